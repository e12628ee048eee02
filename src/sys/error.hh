// The ways in which the program says no, and the exit code that each of them means.
//
// Set-up errors are exceptions, caught once, in main. What goes wrong during a run is a measurement
// and never throws.
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

// What the program was doing when the kernel said no. The message is the gerund of the attempt plus
// errno's text: "binding 10.1.1.1:6379: Address already in use". Exit code 1.
class SysError : public std::system_error {
 public:
  explicit SysError(std::string_view doing, int error = errno)
      : std::system_error(error, std::generic_category(), std::string(doing)) {}
};

// The user's input cannot be taken; the message names the file or option, the field and the remedy.
// Exit code 2.
class BadInput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// This host cannot do what was asked; the message says what is missing and the remedy. Exit
// code 77.
class CannotRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Something we started failed (a store, a tool); the message carries its own last words. Exit
// code 1.
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

// `text` as a message names it: in quotation marks.
std::string in_quotes(std::string_view text);

// The candidate nearest to `word` by edit distance, or "" when none is near: for "did you mean
// ...?".
std::string nearest(std::string_view word, const std::string* first, const std::string* last);

}  // namespace mpb
