// The state of bbr in the TCP sockets of a network namespace, those of MPTCP's subflows among them,
// which the owner of an MPTCP socket cannot ask: by sock_diag(7), as ss(8) does, in some
// microseconds a socket.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mpb {

struct BbrSocket {
  std::uint64_t cookie = 0;  // the kernel's name for the socket, never used again
  // In PROBE_RTT, for at least 200 ms: it alone of bbr's modes has a gain of the window of 1.
  bool probes_rtt = false;
};

// Established ones of the calling thread's namespace, without those over loopback. None where the
// kernel cannot tell.
std::vector<BbrSocket> bbr_sockets();

// Takes them from one datagram of the kernel's answer, as aligned as a netlink header; false when
// it was the last. Throws SysError when the dump failed.
bool add_bbr_sockets(std::span<const char> datagram, std::vector<BbrSocket>& all);

}  // namespace mpb
