#include "sys/process.hh"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>

#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/interrupt.hh"
#include "sys/privileges.hh"

namespace mpb {

namespace {

// The parent reads errno from a CLOEXEC pipe: exec closes it, so silence means success.
struct Failure {
  int error;
  char doing[60];
};

[[noreturn]] void fail(int report, const char* doing) {
  Failure failure{errno, {}};
  std::strncpy(failure.doing, doing, sizeof failure.doing - 1);
  [[maybe_unused]] const ssize_t written = write(report, &failure, sizeof failure);
  _exit(127);
}

void place(int report, int from, int to) {
  if (from < 0) return;
  if (from == to) {
    if (fcntl(from, F_SETFD, 0) < 0) fail(report, "keeping a descriptor open");
  } else if (dup2(from, to) < 0) {
    fail(report, "redirecting a descriptor");
  }
}

// Between fork and exec. The caller is single-threaded, so the child may use what it likes, but it
// reports instead of throwing.
[[noreturn]] void become(const Spawn& what, int report) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail(report, "asking to die with the parent");
  if (!what.foreground && setpgid(0, 0) < 0) fail(report, "making a process group");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGQUIT}) signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  if (what.netns_fd >= 0 && setns(what.netns_fd, CLONE_NEWNET) < 0)
    fail(report, "entering the network namespace");
  if (what.cwd_fd >= 0 && fchdir(what.cwd_fd) < 0) fail(report, "entering the working directory");
  for (const auto& [name, value] : what.env) setenv(name.c_str(), value.c_str(), 1);
  place(report, what.stdin_fd, 0);
  place(report, what.stdout_fd, 1);
  place(report, what.stderr_fd, 2);
  for (const int fd : what.keep_fds) place(report, fd, fd);
  if (what.unprivileged && !drop_privileges()) fail(report, "giving up privileges");
  std::vector<char*> argv;
  for (const std::string& arg : what.argv) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  fail(report, "executing it");
}

void drain(int fd, std::string& into) {
  std::array<char, 4096> buffer;
  ssize_t n = 0;
  off_t offset = 0;
  while ((n = pread(fd, buffer.data(), buffer.size(), offset)) > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(n));
    offset += n;
  }
}

}  // namespace

std::string ExitStatus::text() const {
  if (signal != 0)
    return "was killed by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
  return "exited with " + std::to_string(code);
}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    kill_and_reap();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
  }
  return *this;
}

Child Child::adopt(pid_t pid) {
  Child child;
  child.pid_ = pid;
  child.pidfd_ = Fd{static_cast<int>(syscall(SYS_pidfd_open, pid, 0))};
  if (child.pidfd_) return child;
  // Out of descriptors. A zombie that nobody reaps would keep its PID namespace, and whoever waits
  // for that, for ever.
  const int error = errno;
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
  throw SysError("opening a pidfd (needs Linux 5.3)", error);
}

void Child::signal(int number) noexcept {
  if (pidfd_) syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
}

std::optional<ExitStatus> Child::wait(Nanos timeout) {
  if (!pidfd_) return ExitStatus{};
  pollfd ended{pidfd_.get(), POLLIN, 0};
  const Nanos deadline = now() + timeout;
  timespec limit = to_timespec(std::max(timeout, Nanos{0}));
  int ready = 0;
  // A signal to us is not the end of the child's time.
  while ((ready = ppoll(&ended, 1, &limit, nullptr)) < 0 && errno == EINTR)
    limit = to_timespec(std::max(deadline - now(), Nanos{0}));
  if (ready <= 0) return std::nullopt;
  siginfo_t info{};
  check(waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED), "reaping a child");
  pidfd_.reset();
  pid_ = -1;
  if (info.si_code == CLD_EXITED) return ExitStatus{info.si_status, 0};
  return ExitStatus{0, info.si_status};
}

void Child::kill_and_reap() noexcept {
  if (!pidfd_) return;
  signal(SIGKILL);
  siginfo_t info{};
  waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED);
  pidfd_.reset();
  pid_ = -1;
}

Child spawn(const Spawn& what) {
  std::array<int, 2> ends{};
  check(pipe2(ends.data(), O_CLOEXEC), "making a pipe");
  Fd reader{ends[0]};
  Fd writer{ends[1]};
  const pid_t pid = check(fork_without_handlers(), "starting " + what.argv[0]);
  if (pid == 0) become(what, writer.get());
  Child child = Child::adopt(pid);
  writer.reset();
  Failure failure{};
  if (read(reader.get(), &failure, sizeof failure) > 0)
    throw SysError("starting " + what.argv[0] + ": " + failure.doing, failure.error);
  return child;
}

Captured run_captured(Spawn what, Nanos timeout) {
  const Fd out = memory_file("stdout");
  const Fd err = memory_file("stderr");
  const Fd null{check(open("/dev/null", O_RDONLY | O_CLOEXEC), "opening /dev/null")};
  what.stdin_fd = null.get();
  what.stdout_fd = out.get();
  what.stderr_fd = err.get();
  Child child = spawn(what);
  if (!wait_ready(child.pidfd(), POLLIN, now() + timeout))
    throw RunFailed(command_text(what.argv) + ": has not ended after " +
                    std::to_string(seconds(timeout)) + " s");
  Captured captured{child.wait(timeout).value(), {}, {}};
  drain(out.get(), captured.out);
  drain(err.get(), captured.err);
  return captured;
}

std::string command_text(const std::vector<std::string>& argv) {
  std::string text;
  for (const std::string& arg : argv) text += (text.empty() ? "" : " ") + for_shell(arg);
  return text;
}

std::string find_program(const std::string& name) {
  const char* path = getenv("PATH");
  // Debian keeps ip, tc and sysctl in sbin, which is not in an ordinary user's PATH.
  std::istringstream folders(std::string(path != nullptr ? path : "/usr/bin:/bin") +
                             ":/usr/local/sbin:/usr/sbin:/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = folder + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is this one. To read only: writing to a closed stdout or stderr
    // remains an error.
    if (open("/dev/null", O_RDONLY) != fd) _exit(127);
  }
}

Fd memory_file(const char* name) {
  return Fd{check(memfd_create(name, MFD_CLOEXEC), "making a file in memory")};
}

std::string tail_of(int fd, std::size_t limit) {
  std::string all;
  drain(fd, all);
  return all.size() > limit ? all.substr(all.size() - limit) : all;
}

bool orphans_are_reaped() {
  constexpr Nanos kPatience = 500ms;
  std::array<int, 2> hold{};  // the orphan lives until we close our end
  std::array<int, 2> tell{};  // its number comes this way
  check(pipe2(hold.data(), O_CLOEXEC), "making a pipe");
  const Fd holds{hold[0]};
  Fd holder{hold[1]};
  check(pipe2(tell.data(), O_CLOEXEC), "making a pipe");
  const Fd told{tell[0]};
  Fd teller{tell[1]};
  const pid_t parent = check(fork_without_handlers(), "starting a process");
  if (parent == 0) {
    holder.reset();
    pid_t orphan = fork();
    if (orphan != 0) _exit(write(teller.get(), &orphan, sizeof orphan) == sizeof orphan ? 0 : 1);
    teller.reset();
    char byte = 0;
    while (read(holds.get(), &byte, 1) < 0 && errno == EINTR) continue;
    _exit(0);
  }
  teller.reset();
  Child between = Child::adopt(parent);
  pid_t pid = -1;
  if (read(told.get(), &pid, sizeof pid) != sizeof pid || pid < 0)
    throw RunFailed("cannot start a process of a process");
  between.wait(kPatience);
  const Fd orphan{static_cast<int>(
      check(syscall(SYS_pidfd_open, pid, 0), "opening a pidfd (needs Linux 5.3)"))};
  holder.reset();
  // A zombie can still be asked whether a signal could be sent to it; one that was reaped cannot.
  for (const Nanos deadline = now() + kPatience; now() < deadline;) {
    if (syscall(SYS_pidfd_send_signal, orphan.get(), 0, nullptr, 0) < 0 && errno == ESRCH)
      return true;
    const timespec pause = to_timespec(5ms);
    nanosleep(&pause, nullptr);
  }
  return false;
}

}  // namespace mpb
