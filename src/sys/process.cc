#include "sys/process.hh"

#include <fcntl.h>
#include <fmt/format.h>
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
#include "sys/pipe.hh"
#include "sys/privileges.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

// The child's report to the parent, through a CLOEXEC pipe. A successful exec closes the pipe
// without a report.
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

// Runs between fork and exec. The parent has a single thread, so the child may call any function,
// but it reports errors instead of throwing.
[[noreturn]] void become(const Spawn& program, int report) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail(report, "asking to die with the parent");
  if (!program.foreground && setpgid(0, 0) < 0) fail(report, "making a process group");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGQUIT}) signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  if (program.netns_fd >= 0 && setns(program.netns_fd, CLONE_NEWNET) < 0)
    fail(report, "entering the network namespace");
  if (program.cwd_fd >= 0 && fchdir(program.cwd_fd) < 0)
    fail(report, "entering the working directory");
  for (const auto& [name, value] : program.env) setenv(name.c_str(), value.c_str(), 1);
  place(report, program.stdin_fd, 0);
  place(report, program.stdout_fd, 1);
  place(report, program.stderr_fd, 2);
  for (const int fd : program.keep_fds) place(report, fd, fd);
  if (program.unprivileged && !drop_privileges()) fail(report, "giving up privileges");
  std::vector<char*> argv;
  for (const std::string& arg : program.argv) argv.push_back(const_cast<char*>(arg.c_str()));
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
  if (signal != 0) return fmt::format("was killed by signal {} ({})", signal, strsignal(signal));
  return fmt::format("exited with {}", code);
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
  // No descriptor is left. An unreaped zombie would keep its PID namespace alive for ever, and with
  // it every process that waits for the end of the namespace.
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
  // A signal to this process does not shorten the timeout.
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

Child spawn(const Spawn& program) {
  Pipe report;
  const pid_t pid = check(fork_without_handlers(), "starting " + program.argv[0]);
  if (pid == 0) become(program, report.writer.get());
  Child child = Child::adopt(pid);
  report.writer.reset();
  Failure failure{};
  if (read(report.reader.get(), &failure, sizeof failure) > 0)
    throw SysError(fmt::format("starting {}: {}", program.argv[0], failure.doing), failure.error);
  return child;
}

Captured run_captured(Spawn program, Nanos timeout) {
  const Fd out = memory_file("stdout");
  const Fd err = memory_file("stderr");
  const Fd null{check(open("/dev/null", O_RDONLY | O_CLOEXEC), "opening /dev/null")};
  program.stdin_fd = null.get();
  program.stdout_fd = out.get();
  program.stderr_fd = err.get();
  Child child = spawn(program);
  if (!wait_ready(child.pidfd(), POLLIN, now() + timeout)) {
    throw RunFailed(
        fmt::format("{}: has not ended after {}", command_text(program.argv), to_text(timeout)));
  }
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
    // This is the lowest free number, so open() returns it. Opened for reading only, so that
    // writing to a closed stdout or stderr remains an error.
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
  Pipe lifetime;  // the orphan lives until we close our end
  Pipe report;    // the orphan's number arrives here
  const pid_t parent = check(fork_without_handlers(), "starting a process");
  if (parent == 0) {
    lifetime.writer.reset();
    pid_t orphan = fork();
    if (orphan != 0)
      _exit(write(report.writer.get(), &orphan, sizeof orphan) == sizeof orphan ? 0 : 1);
    report.writer.reset();
    char byte = 0;
    while (read(lifetime.reader.get(), &byte, 1) < 0 && errno == EINTR) continue;
    _exit(0);
  }
  report.writer.reset();
  Child between = Child::adopt(parent);
  pid_t pid = -1;
  if (read(report.reader.get(), &pid, sizeof pid) != sizeof pid || pid < 0)
    throw RunFailed("cannot start a child of a child process");
  between.wait(kPatience);
  const Fd orphan{static_cast<int>(
      check(syscall(SYS_pidfd_open, pid, 0), "opening a pidfd (needs Linux 5.3)"))};
  lifetime.writer.reset();
  // A signal can still be sent to a zombie, but not to a process that was reaped.
  for (const Nanos deadline = now() + kPatience; now() < deadline;) {
    if (syscall(SYS_pidfd_send_signal, orphan.get(), 0, nullptr, 0) < 0 && errno == ESRCH)
      return true;
    const timespec pause = to_timespec(5ms);
    nanosleep(&pause, nullptr);
  }
  return false;
}

}  // namespace mpb
