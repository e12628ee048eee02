// The kinds of errors, and the exit code of each.
//
// Setup errors are exceptions, which main catches in one place. A fault during a run is part of the
// measurement and never throws.
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace mpb {

enum ExitCode {
  kOk = 0,
  kFailed = 1,
  kBadInput = 2,
  kGateWorse = 3,
  kGateInconclusive = 4,
  kCannotRun = 77
};

// A failed system call. The message is the gerund of the attempt plus the text of errno: "binding
// 10.1.1.1:6379: Address already in use". Exit code 1.
class SysError : public std::system_error {
 public:
  explicit SysError(std::string_view doing, int error = errno)
      : std::system_error(error, std::generic_category(), std::string(doing)) {}
};

// The input of the user is wrong. The message names the file or option, the field and the remedy.
// Exit code 2.
class BadInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// This host cannot run the command. The message names the missing feature and the remedy. Exit
// code 77.
class CannotRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A program that we started has failed (a store, a tool). The message includes the end of its
// output. Exit code 1.
class RunFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Returns rc, or throws SysError when it is negative.
template <class Rc>
Rc check(Rc rc, std::string_view doing) {
  if (rc < 0) throw SysError(doing);
  return rc;
}

// `text` between quotation marks.
std::string in_quotes(std::string_view text);

// The candidate nearest to `word` by edit distance, or else one that begins with `word` or with
// which `word` begins, for "did you mean ...?"; "" if none is near.
std::string nearest(std::string_view word, const std::string* first, const std::string* last);

}  // namespace mpb
