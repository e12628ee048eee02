// Lines of text from a child process, read with a timeout. The orchestrator receives all reports of
// the programs that it starts in this way.
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

  // The next line without its newline. Nothing if no complete line arrives in time, or if the
  // writer has closed its end (then ended() is true).
  std::optional<std::string> next(Nanos timeout);

  bool ended() const { return ended_; }

 private:
  std::optional<std::string> take_line();

  Fd fd_;
  std::string buffer_;
  std::size_t searched_ = 0;  // the bytes at the start of buffer_ that contain no newline
  bool ended_ = false;
};

}  // namespace mpb
