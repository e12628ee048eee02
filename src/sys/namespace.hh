// Private namespaces that leave nothing behind.
//
// A network namespace with a name is a file in /run/netns that outlives whoever made it. Ours have none: they are held by descriptors,
// and the kernel dismantles one, with every interface, route and endpoint in it, when the last descriptor and the last process in it are
// gone. The processes live in a PID namespace whose first process is a small keeper: it ends when its pipe from the orchestrator closes,
// and the kernel then kills all others. So however the orchestrator dies, a SIGKILL included, nothing of the world remains.
//
//   orchestrator (outside) ── pipe ──> keeper (pid 1 inside) . emulator . store . load
//
// unshare(2) and setns(2) work on one thread, and a user namespace needs a process with just one: call everything here before threads.
#pragma once

#include <string>

#include "sys/fd.hh"
#include "sys/process.hh"

namespace mpb {

// Once made, every later child of this process lives in its PID namespace. Without privileges it also makes a user namespace in which
// the caller's uid is root (uid map `0 <uid> 1`). Throws CannotRun with the remedy when the host does not allow it.
class Sandbox {
 public:
  Sandbox();

  bool unprivileged() const { return unprivileged_; }

  // False once somebody killed the keeper, and with it every process inside: no more can be started.
  bool alive() { return !keeper_.wait(Nanos{0}); }

  // A directory on a tmpfs of its own, mounted nowhere: it vanishes with the last descriptor (fsmount(2), Linux 5.2).
  static Fd scratch_directory();

 private:
  bool unprivileged_ = false;
  Fd keepalive_;  // the keeper reads the other end
  Child keeper_;
};

// Enters a network namespace and goes back to the one before when it is destroyed.
class NetNsVisit {
 public:
  explicit NetNsVisit(int netns_fd);
  ~NetNsVisit();
  NetNsVisit(const NetNsVisit&) = delete;
  NetNsVisit& operator=(const NetNsVisit&) = delete;

 private:
  Fd home_;
};

// Runs `f` inside a network namespace and comes back, also when it throws. Sockets that f opens stay in the namespace.
template <class F>
auto inside_netns(int netns_fd, F&& f) {
  const NetNsVisit visit(netns_fd);
  return f();
}

// A fresh, anonymous network namespace.
class NetNs {
 public:
  NetNs();

  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
};

}  // namespace mpb
