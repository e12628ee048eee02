// `mptcp-bench lab SCENARIO --check`: sends packets over the links and compares them with the
// scenario.
//
// It measures every direction of every link with its own datagrams: the rate with a flood of full
// frames (with a cap per flow, of as many flows as fill the line, and then of a single one), the
// delay with small frames at long intervals, the loss with small frames at short ones. No datagram
// may be fragmented, so a full frame arrives only if all interfaces on its way have the MTU of the
// link, which is also read back. Queue limits and the length of bursts are not checked. Two figures
// are printed without a verdict: the delay of full frames at half the rate, because it contains
// every pause of the machine, and the goodput of iperf3 over the same links, if it is installed,
// because the behaviour of TCP is not a property of a link.
#pragma once

#include <string>

#include "scenario/topology.hh"

namespace mpb {

struct CheckReport {
  std::string text;
  bool ok = false;  // no link deviates
};

// Builds the world and checks it, which takes a few seconds per link. The process must be in a
// Sandbox.
CheckReport check_links(const WorldOptions& options);

}  // namespace mpb
