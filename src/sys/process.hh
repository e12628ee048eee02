// Child processes as objects: each is held by a pidfd, dies with its owner, and is reaped exactly
// once.
//
// Fork before threads: every function here expects a single-threaded caller. A child never inherits
// a descriptor that was not named for it (everything is CLOEXEC), and the kernel kills it when the
// process that started it dies (PR_SET_PDEATHSIG).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sys/clock.hh"
#include "sys/fd.hh"

namespace mpb {

// How a process ended.
struct ExitStatus {
  int code = 0;    // exit code, meaningful when signal is 0
  int signal = 0;  // the signal that killed it, 0 when it exited

  bool ok() const { return code == 0 && signal == 0; }
  std::string text() const;  // "exited with 3", "was killed by signal 9 (Killed)"
};

// What to start and where. Descriptors are borrowed: they need only live until spawn() returns. -1
// is "leave as the parent's".
struct Spawn {
  std::vector<std::string> argv;  // argv[0] is searched in PATH
  std::vector<std::pair<std::string, std::string>> env;
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  int netns_fd = -1;          // network namespace to enter
  int cwd_fd = -1;            // directory to change to
  bool unprivileged = false;  // without capabilities, and without a way to get any
  std::vector<int> keep_fds;  // stay open in the child under the same numbers
  bool foreground = false;    // shares our process group, and with it the terminal and its Ctrl-C;
                              // all others are ours alone to stop
};

class Child {
 public:
  Child() = default;
  Child(Child&&) noexcept = default;
  Child& operator=(Child&& other) noexcept;
  ~Child() { kill_and_reap(); }

  explicit operator bool() const { return static_cast<bool>(pidfd_); }
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable once it has ended

  void signal(int number) noexcept;
  std::optional<ExitStatus> wait(Nanos timeout);  // nullopt when it still runs after `timeout`
  void kill_and_reap() noexcept;

  // Wraps a process that the caller has just forked; one that cannot be wrapped is killed and
  // reaped before this throws.
  static Child adopt(pid_t pid);

 private:
  pid_t pid_ = -1;
  Fd pidfd_;
};

// Starts a program. A program that is not there throws SysError here, not an exit code later.
Child spawn(const Spawn& what);

// Runs a program to its end and returns what it wrote; throws RunFailed when it has not ended
// within `timeout`, Interrupted by a signal.
struct Captured {
  ExitStatus status;
  std::string out;
  std::string err;
};
Captured run_captured(Spawn what, Nanos timeout);

// The command as a person would type it, quoted where a shell needs it.
std::string command_text(const std::vector<std::string>& argv);

// The path of an executable found in PATH, or "".
std::string find_program(const std::string& name);

// Opens /dev/null in place of a closed stdin, stdout or stderr: else the next file opened, a result
// or a child's output, would take its number and with it everything that is meant for stdout or
// stderr. For main(), before anything else.
void open_standard_descriptors();

// An anonymous file in memory, for a child's output; and its last `limit` bytes.
Fd memory_file(const char* name);
std::string tail_of(int fd, std::size_t limit);

// Whether processes whose parent has died are reaped here: by process 1 of our PID namespace, or by
// a subreaper above us. Found out with one, within half a second.
bool orphans_are_reaped();

}  // namespace mpb
