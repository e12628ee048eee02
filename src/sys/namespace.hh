// Private namespaces that leave nothing behind.
//
// A network namespace with a name is a file in /run/netns that outlives its creator. Ours have no
// names: descriptors keep them alive. When the last descriptor and the last process of a namespace
// are gone, the kernel removes it, with every interface, route and endpoint in it. The processes,
// including the orchestrator, live in a PID namespace:
//
//   mptcp-bench, as it was started: passes signals on, and ends as the orchestrator ends
//    └─ keeper: process 1 of the namespace, reaps orphans
//        └─ orchestrator: continues where the Sandbox was constructed
//            └─ emulator, store, load, ...
//
// If any of the first three ends, even by SIGKILL, the kernel kills every process below the keeper.
// The end of the keeper must not depend on a process outside: the kernel delays it until the last
// zombie of the namespace is reaped. The orchestrator therefore lives inside. If it lived outside,
// the zombies of its children would be left to process 1 of the host, which in many containers
// never reaps.
//
// unshare(2) and setns(2) affect one thread, and only a process with a single thread can create a
// user namespace. So call everything here before threads start.
#pragma once

#include <string>

#include "sys/fd.hh"
#include "sys/process.hh"

namespace mpb {

// The constructor returns in another process, the orchestrator of the figure above, whose exit
// status becomes that of the program. This process sees the /proc of its own namespace. Without
// privileges the constructor also creates a user namespace in which the caller's uid is root (uid
// map `0 <uid> 1`). Throws CannotRun with the remedy if the host does not allow it.
class Sandbox {
 public:
  Sandbox();

  bool unprivileged() const { return unprivileged_; }

  // The reason why /proc is still that of the host, or "". In a container that hides parts of its
  // /proc, a process in a user namespace cannot mount a new one.
  const std::string& why_host_proc() const { return why_host_proc_; }

  // A directory on its own tmpfs, which is mounted nowhere. It disappears with its last descriptor
  // (fsmount(2), Linux 5.2).
  static Fd scratch_directory();

 private:
  bool unprivileged_ = false;
  std::string why_host_proc_;
};

// Enters a network namespace; the destructor returns to the previous one.
class NetNsVisit {
 public:
  explicit NetNsVisit(int netns_fd);
  ~NetNsVisit();
  NetNsVisit(const NetNsVisit&) = delete;
  NetNsVisit& operator=(const NetNsVisit&) = delete;

 private:
  Fd home_;
};

// Runs `f` inside a network namespace and returns to the previous one, also if `f` throws. Sockets
// that `f` opens stay in the namespace.
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
