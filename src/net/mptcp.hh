// What an MPTCP connection really is, asked of the kernel: MPTCP or quietly TCP, and over which
// subflows.
//
// What this kernel can answer is found by asking (option lengths and errors), never by its version.
// TCP_INFO on an MPTCP socket answers for the first subflow only, so subflows are read one by one.
// The kernel forgets a subflow when it closes, counters included: sample during the run. Any thread
// may ask about a socket it owns.
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
  std::uint64_t bytes_sent = 0;           // retransmissions included
  std::uint64_t bytes_retransmitted = 0;  // by TCP, on this subflow
  std::uint64_t bytes_received = 0;
  std::uint32_t rtt_us = 0;  // smoothed
  std::uint32_t cwnd = 0;    // segments
};

// What MPTCP itself counts of a connection; absent what this kernel's MPTCP_INFO is too short to
// tell.
struct MptcpTotals {
  std::optional<std::uint32_t>
      retransmits;  // of data that MPTCP sent once more, on whichever subflow
  std::optional<std::uint64_t> bytes_retransmitted;  // Linux 6.5
};

struct MptcpState {
  bool mptcp = false;     // data goes by MPTCP
  bool fallback = false;  // it was opened as MPTCP and the peer, or something between, made it TCP
  int subflows = 0;  // distinct pairs of addresses among the established subflows: one a link, if
                     // the endpoints are set up so
  std::vector<Subflow> all;
  MptcpTotals totals;
};

// Of a connected socket; of any other, or where the kernel cannot say, all of it is false, 0 and
// empty.
MptcpState mptcp_state(int fd);

// A connected TCP socket as the one subflow that it is.
Subflow tcp_state(int fd);

// The time-out after which the kernel sends again what nobody acknowledged (tcpi_rto); of an MPTCP
// socket, its first subflow's. 0 when the kernel does not say.
Nanos retransmission_timeout(int fd);

// The congestion control in use, read back ("cubic"); of an MPTCP socket, its first subflow's.
// Empty when the kernel does not say.
std::string congestion_control(int fd);

}  // namespace mpb
