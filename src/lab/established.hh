// The established TCP connections of a network namespace, MPTCP subflows among them, as ss(8) shows
// them: what a socket's owner cannot ask.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace mpb {

struct Established {
  std::string local;  // the address, without port and device
  std::string congestion_control;
  bool mptcp = false;   // a subflow
  bool backup = false;  // either end has asked that it carry data only when no other can

  bool operator==(const Established&) const = default;
};

// Those that the filter lets through: {"dport", "=", ":6379"}. None when ss cannot tell.
std::vector<Established> established_in(int netns_fd, const std::vector<std::string>& filter = {});

// What `ss -HOtin state established` printed; `algorithms` are the names by which congestion
// controls go.
std::vector<Established> established_from(const std::string& text,
                                          const std::set<std::string>& algorithms);

}  // namespace mpb
