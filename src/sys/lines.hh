// Lines of text from a child process, with a deadline: the protocol between the orchestrator and
// the programs it starts.
#pragma once

#include <optional>
#include <string>

#include "sys/clock.hh"
#include "sys/fd.hh"

namespace mpb {

class LineReader {
 public:
  explicit LineReader(Fd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }

  // The next line without its newline; nullopt when none is complete by then, or when the writer is
  // gone (then ended() is true).
  std::optional<std::string> next(Nanos timeout);

  bool ended() const { return ended_; }

 private:
  std::optional<std::string> take_line();

  Fd fd_;
  std::string buffer_;
  std::size_t searched_ = 0;  // so far into it there is no end of a line
  bool ended_ = false;
};

}  // namespace mpb
