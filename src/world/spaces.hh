// The network namespaces of a world, one for each role of its backend, and access to them: tools of
// iproute2 and ethtool, and the kernel's counters.
//
// Called from one thread. The namespaces have no names, so they disappear with this object.
#pragma once

#include <string>
#include <vector>

#include "net/counters.hh"
#include "scenario/topology.hh"
#include "sys/namespace.hh"
#include "sys/process.hh"

namespace mpb {

struct SpaceCounters {
  std::vector<DeviceCounters> devices;
  std::vector<QdiscCounters> qdiscs;
};

class Spaces {
 public:
  explicit Spaces(Backend backend);

  const std::vector<Role>& roles() const { return roles_; }

  // The descriptor of a role's namespace. Throws BadInput if the backend has none for it.
  int fd(Role role) const;

  // Runs a command there. The word "@client" becomes the path of the client's namespace.
  Captured run(Role role, const std::vector<std::string>& argv) const;

  // The output of a command without the space at its end, and its lines. Empty if it fails.
  std::string output_of(Role role, const std::vector<std::string>& argv) const;
  std::vector<std::string> output_lines(Role role, const std::vector<std::string>& argv) const;

  SpaceCounters counters(Role role) const;

 private:
  Backend backend_;
  std::vector<Role> roles_;
  std::vector<NetNs> netns_;  // by the index of the role
};

// Runs a command in a network namespace. Throws CannotRun with the remedy if the program is not
// installed.
Captured run_tool(int netns_fd, const std::vector<std::string>& argv);

std::string without_trailing_space(std::string text);

}  // namespace mpb
