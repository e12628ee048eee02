// Bulk transfers by iperf3(1), where it is installed: what an independent program gets over the
// links.
#pragma once

#include <optional>
#include <string>

#include "world/world.hh"

namespace mpb {

struct Iperf3 {
  std::string program;  // path
  std::string version;  // "3.12"
  bool mptcp = false;   // knows --mptcp: 3.19 and later
};

// None when it is not installed.
std::optional<Iperf3> find_iperf3();

// Goodput in bit/s, as the receiver saw it, of two seconds from the client to the server, or back.
// TCP between the two ends of one link; or MPTCP from the first link's addresses, and so over all
// of them. None when the transfer did not come about.
std::optional<double> iperf3_over_link(const Iperf3& iperf3, const World& world, std::size_t link,
                                       Direction direction);
std::optional<double> iperf3_over_all(const Iperf3& iperf3, const World& world,
                                      Direction direction);

}  // namespace mpb
