// Child processes as objects: each has a pidfd, ends with its owner, and is reaped exactly once.
//
// Fork before threads: every function here expects a single-threaded caller. A child inherits only
// the descriptors that its Spawn lists (all are CLOEXEC), and the kernel kills it when the process
// that started it ends (PR_SET_PDEATHSIG).
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
  int code = 0;    // the exit code, if signal is 0
  int signal = 0;  // the signal that killed the process, or 0

  bool ok() const { return code == 0 && signal == 0; }
  std::string text() const;  // "exited with 3", "was killed by signal 9 (Killed)"
};

// A program to start, and its environment. Descriptors are borrowed: they have to stay open until
// spawn() returns. -1 means "as in the parent".
struct Spawn {
  std::vector<std::string> argv;  // argv[0] is searched in PATH
  std::vector<std::pair<std::string, std::string>> env;
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  int netns_fd = -1;          // network namespace to enter
  int cwd_fd = -1;            // directory to change to
  bool unprivileged = false;  // without capabilities, and without a way to obtain any
  std::vector<int> keep_fds;  // stay open in the child under the same numbers
  // Stays in our process group and so receives the Ctrl-C of the terminal. Only we stop the others.
  bool foreground = false;
};

class Child {
 public:
  Child() = default;
  Child(Child&&) noexcept = default;
  Child& operator=(Child&& other) noexcept;
  ~Child() { kill_and_reap(); }

  explicit operator bool() const { return static_cast<bool>(pidfd_); }
  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable after the process has ended

  void signal(int number) noexcept;
  std::optional<ExitStatus> wait(Nanos timeout);  // nullopt if it still runs after `timeout`
  void kill_and_reap() noexcept;

  // Wraps a process that the caller has just forked. If that fails, kills and reaps the process
  // before it throws.
  static Child adopt(pid_t pid);

 private:
  pid_t pid_ = -1;
  Fd pidfd_;
};

// Starts a program. Throws SysError if there is no such program, instead of an exit code later.
Child spawn(const Spawn& program);

// Runs a program to its end and returns its output. Throws RunFailed if it has not ended within
// `timeout`, Interrupted after a signal.
struct Captured {
  ExitStatus status;
  std::string out;
  std::string err;
};
Captured run_captured(Spawn program, Nanos timeout);

// The command as a person would type it, with the quotes that a shell needs.
std::string command_text(const std::vector<std::string>& argv);

// The path of an executable found in PATH, or "".
std::string find_program(const std::string& name);

// Opens /dev/null in place of a closed stdin, stdout or stderr. Otherwise the next opened file, for
// example a result, would get this number and receive the text for stdout or stderr. For main(),
// before anything else.
void open_standard_descriptors();

// An anonymous file in memory for the output of a child, and the last `limit` bytes of such a file.
Fd memory_file(const char* name);
std::string tail_of(int fd, std::size_t limit);

// Whether processes whose parent has died are reaped here: by process 1 of our PID namespace, or by
// a subreaper above us. Tries it with a process, within half a second.
bool orphans_are_reaped();

}  // namespace mpb
