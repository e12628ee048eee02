// ip(8) or tc(8), started once in a network namespace, and given commands through a pipe. An event
// must change its link at the right time, and starting a program takes longer than its work.
// Called from one thread; the program ends with this object.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sys/lines.hh"
#include "sys/process.hh"

namespace mpb {

class Batch {
 public:
  // `program` is "ip" or "tc". Throws CannotRun if it is not installed.
  Batch(const std::string& program, int netns_fd);

  // Executes the commands in order, and returns when the kernel has executed the last one. Each
  // command includes the name of the program. If one fails, the others are executed too; then this
  // throws RunFailed with the message of the tool.
  void run(const std::vector<std::vector<std::string>>& commands);

  const std::string& program() const { return program_; }

 private:
  std::string program_;
  Fd stdin_;
  std::optional<LineReader> output_;
  std::size_t lines_ = 0;  // the number of lines that the program has received
  Child child_;
};

}  // namespace mpb
