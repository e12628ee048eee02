// Stream sockets over TCP or MPTCP, and their addresses.
//
// The transport is requested by protocol number. If the kernel refuses an MPTCP socket, the result
// is an error with the remedy, never silently a TCP socket. Every socket is CLOEXEC and
// non-blocking. SO_SNDBUF and SO_RCVBUF are not set, because they disable autotuning.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "sys/fd.hh"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace mpb {

enum class Transport { kTcp, kMptcp };

std::string_view to_text(Transport transport);  // "tcp", "mptcp"

// An IPv4 or IPv6 address and port.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  // Resolves the address for TCP with any transport, because glibc before 2.41 does not know MPTCP.
  // Throws BadInput if it does not resolve.
  static Address resolve(const std::string& host, std::uint16_t port);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  std::uint16_t port() const;
  std::string host() const;  // "10.1.1.1", "[::1]"
  std::string text() const;  // "10.1.1.1:6379", "[::1]:6379"
};

// Splits "HOST:PORT" or "[V6]:PORT"; throws BadInput.
Address parse_address(std::string_view host_port);

// A socket of this transport with TCP_NODELAY. Throws CannotRun if the kernel has no MPTCP, or if
// MPTCP is switched off.
Fd open_stream(int family, Transport transport);

// A listening socket with SO_REUSEADDR. If `address` has port 0, it receives the port that the
// kernel chose.
Fd listen_on(Address& address, Transport transport);

// Starts to connect; true if the connection is established already. Does not throw: the caller
// reads errno and counts the error.
bool connect_start(int fd, const Address& address);

// The pending error of the socket (SO_ERROR), or 0.
int take_error(int fd);

}  // namespace mpb
