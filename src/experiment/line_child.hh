// A child whose output we read by lines. `log` is its stderr, which explains an early end. Its
// input is ours, unless `stdin_fd` is another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sys/error.hh"
#include "sys/lines.hh"
#include "sys/pipe.hh"
#include "sys/process.hh"

namespace mpb {

struct LineChild {
  Fd log;
  std::optional<LineReader> lines;
  Child child;

  LineChild(const std::vector<std::string>& argv, int netns_fd, int stdin_fd = -1)
      : log(memory_file("load")) {
    Pipe out;
    lines.emplace(std::move(out.reader));
    Spawn what;
    what.argv = argv;
    what.netns_fd = netns_fd;
    what.stdin_fd = stdin_fd;
    what.stdout_fd = out.writer.get();
    what.stderr_fd = log.get();
    child = spawn(what);
  }
};

}  // namespace mpb
