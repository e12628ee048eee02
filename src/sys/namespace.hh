// Private namespaces that leave nothing behind.
//
// A network namespace with a name is a file in /run/netns that outlives whoever made it. Ours have
// none: they are held by descriptors, and the kernel dismantles one, with every interface, route
// and endpoint in it, when the last descriptor and the last process in it are gone. The processes
// live in a PID namespace, the orchestrator among them:
//
//   mptcp-bench, as it was started: stands by, passes signals on, ends as the orchestrator ends
//    └─ keeper: the namespace's process 1, reaps orphans
//        └─ orchestrator: goes on where the Sandbox was made
//            └─ emulator, store, load, ...
//
// Whichever of the upper three dies, a SIGKILL included, the kernel kills all that is below the
// keeper. Every process inside has its parent inside, so the keeper's end does not depend on a
// process outside: the kernel holds it until the last zombie in the namespace is reaped, and one
// whose parent was the orchestrator outside would be left to the host's process 1, which in many a
// container never reaps.
//
// unshare(2) and setns(2) work on one thread, and a user namespace needs a process with just one:
// call everything here before threads.
#pragma once

#include <string>

#include "sys/fd.hh"
#include "sys/process.hh"

namespace mpb {

// The constructor returns in another process, the orchestrator above; its exit status becomes that
// of the program. It sees a /proc of its own namespace. Without privileges it also makes a user
// namespace in which the caller's uid is root (uid map `0 <uid> 1`). Throws CannotRun with the
// remedy when the host does not allow it.
class Sandbox {
 public:
  Sandbox();

  bool unprivileged() const { return unprivileged_; }

  // Why /proc is still the host's, "" when it is not: a container that hides parts of its /proc
  // lets nobody in a user namespace mount one.
  const std::string& why_host_proc() const { return why_host_proc_; }

  // A directory on a tmpfs of its own, mounted nowhere: it vanishes with the last descriptor
  // (fsmount(2), Linux 5.2).
  static Fd scratch_directory();

 private:
  bool unprivileged_ = false;
  std::string why_host_proc_;
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

// Runs `f` inside a network namespace and comes back, also when it throws. Sockets that f opens
// stay in the namespace.
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
