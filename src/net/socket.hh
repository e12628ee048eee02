// Stream sockets over TCP or MPTCP, and the addresses they speak to.
//
// The transport is asked for by protocol number and nothing else: an MPTCP socket that the kernel
// will not give is an error that names the remedy, never a quiet TCP socket. Every socket is
// CLOEXEC and non-blocking. No SO_SNDBUF or SO_RCVBUF: they stop autotuning.
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

  // Resolves as TCP whatever the transport (glibc before 2.41 knows no other); throws BadInput when
  // it does not resolve.
  static Address resolve(const std::string& host, std::uint16_t port);

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  std::uint16_t port() const;
  std::string text() const;  // "10.1.1.1:6379", "[::1]:6379"
};

// Splits "HOST:PORT" or "[V6]:PORT"; throws BadInput.
Address parse_address(std::string_view host_port);

// A socket of that transport with TCP_NODELAY set. Throws CannotRun when the kernel has no MPTCP or
// has it switched off.
Fd open_stream(int family, Transport transport);

// A listening socket with SO_REUSEADDR; `address` is updated with the port the kernel chose when it
// asked for port 0.
Fd listen_on(Address& address, Transport transport);

// Starts to connect; true when the connection stands already. Throws nothing: the errno is left for
// the caller, who counts it.
bool connect_start(int fd, const Address& address);

// The socket's pending error (SO_ERROR), 0 when none.
int take_error(int fd);

}  // namespace mpb
