// A pipe whose ends are closed at exec.
#pragma once

#include <fcntl.h>

#include <array>

#include "sys/error.hh"
#include "sys/fd.hh"

namespace mpb {

struct Pipe {
  Fd reader;
  Fd writer;

  // Throws SysError.
  Pipe() {
    std::array<int, 2> ends{};
    check(pipe2(ends.data(), O_CLOEXEC), "making a pipe");
    reader = Fd{ends[0]};
    writer = Fd{ends[1]};
  }
};

}  // namespace mpb
