#include "sys/namespace.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "sys/clock.hh"
#include "sys/error.hh"
#include "sys/interrupt.hh"
#include "sys/output.hh"
#include "sys/pipe.hh"

namespace mpb {

namespace {

void write_file(const char* path, const std::string& text) {
  const Fd fd{check(open(path, O_WRONLY | O_CLOEXEC), std::string("opening ") + path)};
  check(write(fd.get(), text.data(), text.size()), std::string("writing ") + path);
}

int unshare_all(int extra) { return unshare(extra | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET); }

[[noreturn]] void refuse_more() {
  throw CannotRun(
      "this host allows no more namespaces: raise user.max_net_namespaces, "
      "user.max_pid_namespaces and user.max_mnt_namespaces "
      "(sysctl -w user.max_net_namespaces=10000)");
}

sigset_t supervised_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&set, number);
  return set;
}

// Whether a process sent the signal. A Ctrl-C reaches all our processes from the terminal, so it is
// not passed on.
bool is_from_process(const siginfo_t& info) {
  return info.si_signo != SIGCHLD && info.si_code <= 0;
}

// The process that the user started. It represents the orchestrator: it passes signals on to it and
// adopts its exit status.
[[noreturn]] void stand_by(pid_t keeper) {
  signal(SIGQUIT, SIG_IGN);  // Ctrl-\ is for the orchestrator, which ignores it in a lab
  const sigset_t set = supervised_signals();
  struct sigaction term {};
  sigaction(SIGTERM, nullptr, &term);
  Nanos limit = Nanos::max();
  while (true) {
    int status = 0;
    if (waitpid(keeper, &status, WNOHANG) == keeper) {
      if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
      say("the keeper of the namespaces was killed, and all processes in them with it");
      _exit(kFailed);
    }
    siginfo_t info{};
    const timespec left = to_timespec(std::clamp(limit - now(), Nanos{0}, Nanos{1h}));
    if (sigtimedwait(&set, &info, &left) < 0) {
      // An orchestrator that is stopped, or that waits for a broken disk, does not end by itself.
      // The kernel kills it when this process ends.
      if (now() >= limit) _exit(128 + SIGTERM);
      continue;
    }
    if (!is_from_process(info)) continue;
    kill(keeper, info.si_signo);
    if (info.si_signo == SIGTERM && term.sa_handler != SIG_IGN)
      limit = std::min(limit, now() + kGrace + 500ms);
  }
}

// Runs as process 1 of the namespace.
[[noreturn]] void keep(pid_t orchestrator) {
  prctl(PR_SET_NAME, "mptcp-bench-ns");
  const sigset_t set = supervised_signals();
  while (true) {
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != orchestrator) continue;
      if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
      say(fmt::format("the process that runs the experiment was killed by signal {}",
                      WTERMSIG(status)));
      _exit(128 + WTERMSIG(status));
    }
    siginfo_t info{};
    // Only signals from outside the namespace are passed on. The sender's number is then 0, because
    // it has no number in this namespace.
    if (sigwaitinfo(&set, &info) > 0 && is_from_process(info) && info.si_pid == 0)
      kill(orchestrator, info.si_signo);
  }
}

// Mounts a new /proc over the present one, in our own mount namespace. Returns the reason if that
// fails, otherwise "".
std::string mount_own_proc() {
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0) return "";
  return std::strerror(errno);
}

// Returns in the orchestrator only.
void become_orchestrator() {
  Pipe lifetime;  // of the parent, whose end closes when it dies
  const sigset_t set = supervised_signals();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &set, &before);
  const pid_t keeper = fork_without_handlers();
  if (keeper < 0) {
    const int error = errno;
    sigprocmask(SIG_SETMASK, &before, nullptr);
    throw SysError("starting the namespace keeper", error);
  }
  if (keeper > 0) stand_by(keeper);
  lifetime.writer.reset();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd parent{lifetime.reader.get(), POLLIN, 0};
  if (poll(&parent, 1, 0) != 0) _exit(kFailed);  // the parent died before the call of prctl()
  const pid_t orchestrator = fork_without_handlers();
  if (orchestrator < 0) {
    say(fmt::format("starting a process in the namespaces: {}", std::strerror(errno)));
    _exit(kFailed);
  }
  if (orchestrator > 0) keep(orchestrator);
  catch_interrupts();
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

Sandbox::Sandbox() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare_all(0) < 0) {
    if (errno == ENOSPC) refuse_more();
    if (errno != EPERM) throw SysError("making namespaces");
    if (unshare_all(CLONE_NEWUSER) < 0) {
      throw CannotRun(
          fmt::format("this host does not allow user namespaces for uid {}: run as root, or allow "
                      "them (sysctl -w user.max_user_namespaces=10000; "
                      "Debian before 11: kernel.unprivileged_userns_clone=1; "
                      "Ubuntu 24.04: kernel.apparmor_restrict_unprivileged_userns=0; "
                      "in a container: --cap-add SYS_ADMIN --cap-add NET_ADMIN)",
                      uid));
    }
    unprivileged_ = true;
    try {
      write_file("/proc/self/setgroups", "deny");  // otherwise the kernel refuses the gid map
      write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
      write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
    } catch (const SysError& error) {
      throw CannotRun(
          fmt::format("{}: this host restricts user namespaces (Ubuntu 24.04: "
                      "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0); "
                      "run as root, or lift the restriction",
                      error.what()));
    }
  }
  check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making the mounts private");
  become_orchestrator();
  why_host_proc_ = mount_own_proc();
}

Fd Sandbox::scratch_directory() {
  const Fd context{check(fsopen("tmpfs", FSOPEN_CLOEXEC), "opening a tmpfs (needs Linux 5.2)")};
  check(fsconfig(context.get(), FSCONFIG_SET_STRING, "mode", "0700", 0), "configuring a tmpfs");
  check(fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "creating a tmpfs");
  return Fd{check(fsmount(context.get(), FSMOUNT_CLOEXEC, 0), "mounting a tmpfs")};
}

NetNs::NetNs() {
  const Fd home{
      check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "opening the network namespace")};
  check(unshare(CLONE_NEWNET), "making a network namespace");
  fd_ = Fd{open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
  const int error = errno;
  check(setns(home.get(), CLONE_NEWNET), "returning to the first network namespace");
  if (!fd_) throw SysError("opening a network namespace", error);
}

NetNsVisit::NetNsVisit(int netns_fd)
    : home_(
          check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "opening the network namespace")) {
  check(setns(netns_fd, CLONE_NEWNET), "entering a network namespace");
}

NetNsVisit::~NetNsVisit() {
  // In the wrong namespace the program would send traffic to an unintended network.
  if (setns(home_.get(), CLONE_NEWNET) < 0) std::abort();
}

}  // namespace mpb
