// Bulk transfers by iperf3(1), if it is installed: an independent program over the same links.
#pragma once

#include <optional>
#include <string>

#include "world/world.hh"

namespace mpb {

struct Iperf3 {
  std::string program;  // path
  std::string version;  // "3.12"
  bool mptcp = false;   // has the option --mptcp (3.19 and later)
};

// Nothing if it is not installed.
std::optional<Iperf3> find_iperf3();

// Goodput in bit/s at the receiver, over two seconds from the client to the server, or back: TCP
// between the two ends of one link, or MPTCP from the addresses of the first link, and so over all
// links of the first client. Nothing if the transfer failed.
std::optional<double> iperf3_over_link(const Iperf3& iperf3, const World& world, std::size_t link,
                                       Direction direction);
std::optional<double> iperf3_over_all(const Iperf3& iperf3, const World& world,
                                      Direction direction);

}  // namespace mpb
