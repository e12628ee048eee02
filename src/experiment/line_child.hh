// A child whose output we read by lines. `log` is its stderr, which explains an early end.
#pragma once

#include <fcntl.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sys/error.hh"
#include "sys/lines.hh"
#include "sys/process.hh"

namespace mpb {

struct LineChild {
  Fd log;
  std::optional<LineReader> lines;
  Child child;

  LineChild(const std::vector<std::string>& argv, int netns_fd) : log(memory_file("load")) {
    std::array<int, 2> out{};
    check(pipe2(out.data(), O_CLOEXEC), "making a pipe");
    lines.emplace(Fd{out[0]});
    const Fd writer{out[1]};
    Spawn what;
    what.argv = argv;
    what.netns_fd = netns_fd;
    what.stdout_fd = writer.get();
    what.stderr_fd = log.get();
    child = spawn(what);
  }
};

}  // namespace mpb
