// Lists the TCP sockets of a network namespace with sock_diag(7), like ss(8), in some microseconds
// per socket. The list includes the sockets of MPTCP subflows, which the owner of an MPTCP socket
// cannot access.
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
  bool mptcp = false;   // whether it is a subflow of MPTCP
  bool backup = false;  // whether either end has made it a backup

  bool operator==(const TcpSocket&) const = default;
};

// The established sockets in the namespace of the calling thread, IPv4 and IPv6. Needs
// CAP_NET_ADMIN in the namespace, because the kernel otherwise shows no MPTCP flags. Throws
// CannotRun if the kernel cannot list sockets, SysError if the dump failed.
std::vector<TcpSocket> established_sockets();

struct BbrSocket {
  std::uint64_t cookie = 0;  // the kernel's identifier of the socket, never used again
  // Whether it is in PROBE_RTT, which lasts at least 200 ms. This is the only mode of bbr with a
  // window gain of 1.
  bool probes_rtt = false;
};

// The established sockets that use bbr in the namespace of the calling thread, except those over
// loopback. Empty if the kernel does not show them.
std::vector<BbrSocket> bbr_sockets();

// The parsers behind these functions. Each adds the sockets of one datagram of the kernel's answer,
// which has to be aligned like a netlink header. False if it was the last one. Throws SysError if
// the dump failed.
bool add_established(std::span<const char> datagram, std::vector<TcpSocket>& all);
bool add_bbr_sockets(std::span<const char> datagram, std::vector<BbrSocket>& all);

}  // namespace mpb
