#include "sys/namespace.hh"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>

#include "sys/error.hh"
#include "sys/interrupt.hh"

namespace mpb {

namespace {

void write_file(const char* path, const std::string& text) {
  const Fd fd{check(open(path, O_WRONLY | O_CLOEXEC), std::string("opening ") + path)};
  check(write(fd.get(), text.data(), text.size()), std::string("writing ") + path);
}

int unshare_all(int extra) { return unshare(extra | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET); }

[[noreturn]] void refuse_more() {
  throw CannotRun(
      "this host allows no more namespaces: raise user.max_net_namespaces, user.max_pid_namespaces and user.max_mnt_namespaces "
      "(sysctl -w user.max_net_namespaces=10000)");
}

// Ends when the orchestrator's end of the pipe closes; until then it reaps what falls to pid 1.
[[noreturn]] void keep(int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "mptcp-bench-ns");
  signal(SIGCHLD, SIG_IGN);  // orphans are reaped by the kernel
  signal(SIGINT, SIG_IGN);   // Ctrl-C is the orchestrator's to handle
  char byte;
  while (read(pipe, &byte, 1) < 0 && errno == EINTR) continue;
  _exit(0);
}

}  // namespace

Sandbox::Sandbox() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare_all(0) < 0) {
    if (errno == ENOSPC) refuse_more();
    if (errno != EPERM) throw SysError("making namespaces");
    if (unshare_all(CLONE_NEWUSER) < 0) {
      throw CannotRun("this host allows no user namespaces to uid " + std::to_string(uid) +
                      ": run as root, or allow them (sysctl -w user.max_user_namespaces=10000; Debian before 11: "
                      "kernel.unprivileged_userns_clone=1; Ubuntu 24.04: kernel.apparmor_restrict_unprivileged_userns=0; "
                      "in a container: --cap-add SYS_ADMIN)");
    }
    unprivileged_ = true;
    try {
      write_file("/proc/self/setgroups", "deny");  // else the kernel refuses the gid map
      write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
      write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
    } catch (const SysError& error) {
      throw CannotRun(std::string(error.what()) +
                      ": this host restricts user namespaces (Ubuntu 24.04: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0); "
                      "run as root, or lift the restriction");
    }
  }
  check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making the mounts private");
  std::array<int, 2> ends{};
  check(pipe2(ends.data(), O_CLOEXEC), "making a pipe");
  const Fd reader{ends[0]};
  keepalive_ = Fd{ends[1]};
  const pid_t pid = check(fork_without_handlers(), "starting the namespace keeper");
  if (pid == 0) {
    keepalive_.reset();
    keep(reader.get());
  }
  keeper_ = Child::adopt(pid);
}

Fd Sandbox::scratch_directory() {
  const Fd context{check(fsopen("tmpfs", FSOPEN_CLOEXEC), "opening a tmpfs (needs Linux 5.2)")};
  check(fsconfig(context.get(), FSCONFIG_SET_STRING, "mode", "0700", 0), "configuring a tmpfs");
  check(fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "creating a tmpfs");
  return Fd{check(fsmount(context.get(), FSMOUNT_CLOEXEC, 0), "mounting a tmpfs")};
}

NetNs::NetNs() {
  const Fd home{check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "opening the network namespace")};
  check(unshare(CLONE_NEWNET), "making a network namespace");
  fd_ = Fd{open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
  const int error = errno;
  check(setns(home.get(), CLONE_NEWNET), "going back to the first network namespace");
  if (!fd_) throw SysError("opening a network namespace", error);
}

NetNsVisit::NetNsVisit(int netns_fd) : home_(check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "opening the network namespace")) {
  check(setns(netns_fd, CLONE_NEWNET), "entering a network namespace");
}

NetNsVisit::~NetNsVisit() {
  // Going on in the wrong namespace would send traffic where nobody asked for it: better to stop.
  if (setns(home_.get(), CLONE_NEWNET) < 0) std::abort();
}

}  // namespace mpb
