// The TCP sockets of a network namespace, those of MPTCP's subflows among them, which the owner of
// an MPTCP socket cannot ask: by sock_diag(7), as ss(8) does, in some microseconds a socket.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mpb {

struct TcpSocket {
  std::string local;  // the address, without port and device: "10.0.1.1", "[::1]"
  std::uint16_t remote_port = 0;
  std::string congestion_control;
  bool mptcp = false;   // a subflow
  bool backup = false;  // either end has asked that it carry data only when no other can

  bool operator==(const TcpSocket&) const = default;
};

// Established ones of the calling thread's namespace, IPv4 and IPv6. Needs CAP_NET_ADMIN in the
// namespace: without it, the kernel shows no MPTCP flags. Throws CannotRun where the kernel cannot
// list sockets, SysError when the dump failed.
std::vector<TcpSocket> established_sockets();

struct BbrSocket {
  std::uint64_t cookie = 0;  // the kernel's name for the socket, never used again
  // In PROBE_RTT, for at least 200 ms: it alone of bbr's modes has a gain of the window of 1.
  bool probes_rtt = false;
};

// Established ones of the calling thread's namespace, without those over loopback. None where the
// kernel cannot tell.
std::vector<BbrSocket> bbr_sockets();

// The parsers behind these. Each takes sockets from one datagram of the kernel's answer, as aligned
// as a netlink header; false when it was the last. Throws SysError when the dump failed.
bool add_established(std::span<const char> datagram, std::vector<TcpSocket>& all);
bool add_bbr_sockets(std::span<const char> datagram, std::vector<BbrSocket>& all);

}  // namespace mpb
