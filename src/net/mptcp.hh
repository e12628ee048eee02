// The true state of an MPTCP connection, read from the kernel: MPTCP, or silently TCP, and its
// subflows.
//
// The abilities of the kernel are detected by trying (option lengths and errors), never by its
// version. TCP_INFO on an MPTCP socket describes the first subflow only, so subflows are read one
// by one. The kernel forgets a subflow and its counters when it closes, so read them during the
// run. Any thread may read a socket that it owns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/socket.hh"
#include "sys/clock.hh"

namespace mpb {

struct Subflow {
  Address local, remote;
  bool established = false;
  std::uint64_t bytes_sent = 0;           // including retransmissions
  std::uint64_t bytes_retransmitted = 0;  // by TCP, on this subflow
  std::uint64_t bytes_received = 0;
  std::uint32_t rtt_us = 0;  // smoothed
  std::uint32_t cwnd = 0;    // segments
};

// The counters of a connection at the level of MPTCP. A counter is absent if the MPTCP_INFO of this
// kernel is too short for it.
struct MptcpTotals {
  std::optional<std::uint32_t> retransmits;          // by MPTCP, on any subflow
  std::optional<std::uint64_t> bytes_retransmitted;  // Linux 6.5
};

struct MptcpState {
  bool mptcp = false;     // whether the connection uses MPTCP
  bool fallback = false;  // whether it was opened as MPTCP, and the peer or the path made it TCP
  // The number of established subflows, of which two can have the same addresses.
  int subflows = 0;
  std::vector<Subflow> all;
  MptcpTotals totals;
};

// The state of a connected socket. All members are false, 0 or empty for other sockets, or if the
// kernel does not show the state.
MptcpState mptcp_state(int fd);

// A connected TCP socket in the form of a single subflow.
Subflow tcp_state(int fd);

// The retransmission timeout (tcpi_rto); for an MPTCP socket, that of its first subflow. 0 if the
// kernel does not show it.
Nanos retransmission_timeout(int fd);

// The congestion control in use, read back ("cubic"); for an MPTCP socket, that of its first
// subflow. Empty if the kernel does not show it.
std::string congestion_control(int fd);

}  // namespace mpb
