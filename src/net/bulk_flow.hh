// A TCP connection that always has data to send, in one direction, and the kernel's counts of its
// ends.
#pragma once

#include <cstdint>

#include "sys/clock.hh"
#include "sys/fd.hh"

namespace mpb {

// Sends at one end as fast as the connection takes the data, and discards it at the other. Both are
// ends of one connection. Gives up all privileges, and runs until the connection breaks; then it
// throws RunFailed or SysError.
[[noreturn]] void run_bulk_flow(const Fd& sender, const Fd& receiver);

// The counts of one end since the connection was established (TCP_INFO).
struct TcpCounts {
  std::int64_t acked_bytes = 0;     // of data that it sent
  std::int64_t received_bytes = 0;  // of data, in order
  std::int64_t segments_out = 0;    // without those that were sent again
  std::int64_t segments_again = 0;
  // The time in which it had data to send, and neither the window of the receiver nor its own
  // buffer kept it from sending. The kernel counts in ticks of its timer.
  Nanos sending{};
};

// Throws SysError if the descriptor is not a TCP socket.
TcpCounts tcp_counts(const Fd& socket);

// The kernel's identifier of the socket, as in a list of sock_diag(7).
std::uint64_t socket_cookie(const Fd& socket);

}  // namespace mpb
