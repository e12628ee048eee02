// ip(8) or tc(8), started once in a network namespace and fed commands through a pipe: what happens
// to a link during a run must happen at its moment, and starting a program takes longer than all
// that it then does. One thread; gone with this object.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sys/lines.hh"
#include "sys/process.hh"

namespace mpb {

class Batch {
 public:
  // `program` is "ip" or "tc". Throws CannotRun when it is not installed.
  Batch(const std::string& program, int netns_fd);

  // Does each command, program name included, in turn and returns when the kernel has done the
  // last. Throws RunFailed with the tool's own words when one fails; the others are done.
  void run(const std::vector<std::vector<std::string>>& commands);

  const std::string& program() const { return program_; }

 private:
  std::string program_;
  Fd stdin_;
  std::optional<LineReader> said_;
  std::size_t lines_ = 0;  // that it was given
  Child child_;
};

}  // namespace mpb
