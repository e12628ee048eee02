// The network namespaces of a world, one for each of its hosts, and access to them: tools of
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
  Spaces(Backend backend, const Scenario& scenario);

  const std::vector<Place>& places() const { return places_; }

  // The descriptor of a host's namespace. Throws BadInput if the backend has none for it.
  int fd(const Place& place) const;

  // Runs a command there. The word "@client2" becomes the path of that client's namespace.
  Captured run(const Place& place, const std::vector<std::string>& argv) const;

  // The output of a command without the space at its end, and its lines. Empty if it fails.
  std::string output_of(const Place& place, const std::vector<std::string>& argv) const;
  std::vector<std::string> output_lines(const Place& place,
                                        const std::vector<std::string>& argv) const;

  SpaceCounters counters(const Place& place) const;

 private:
  Backend backend_;
  std::vector<Place> places_;
  std::vector<NetNs> netns_;  // by the index of the place
};

// Runs a command in a network namespace. Throws CannotRun with the remedy if the program is not
// installed.
Captured run_tool(int netns_fd, const std::vector<std::string>& argv);

std::string without_trailing_space(std::string text);

}  // namespace mpb
