#include "net/socket.hh"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <nss.h>

#include <charconv>
#include <cstring>
#include <memory>

#include "sys/error.hh"

namespace mpb {

std::string_view to_text(Transport transport) {
  return transport == Transport::kMptcp ? "mptcp" : "tcp";
}

namespace {

// A static program contains the sources "files" and "dns". Of any other source in nsswitch.conf it
// would load the module of the host, which fits only the C library of the host.
#ifdef MPB_STATIC
constexpr const char* kUnresolved =
    "; this static program asks only /etc/hosts and DNS: write an address";
void choose_sources() { __nss_configure_lookup("hosts", "files dns"); }
#else
constexpr const char* kUnresolved = "";
void choose_sources() {}
#endif

}  // namespace

Address Address::resolve(const std::string& host, std::uint16_t port) {
  choose_sources();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  addrinfo* found = nullptr;
  const int rc = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (rc != 0) {
    throw BadInput(fmt::format("cannot resolve \"{}\": {}{}", host, gai_strerror(rc), kUnresolved));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.length = found->ai_addrlen;
  return address;
}

std::uint16_t Address::port() const {
  if (family() == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

std::string Address::host() const {
  char host[INET6_ADDRSTRLEN] = "?";
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr, host,
              sizeof host);
    return fmt::format("[{}]", host);
  }
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, host, sizeof host);
  return host;
}

std::string Address::text() const { return fmt::format("{}:{}", host(), port()); }

Address parse_address(std::string_view host_port) {
  const std::size_t colon = host_port.rfind(':');
  std::uint16_t port = 0;
  const char* const end = host_port.data() + host_port.size();
  if (colon == std::string_view::npos || colon == 0 ||
      std::from_chars(host_port.data() + colon + 1, end, port) !=
          std::from_chars_result{end, std::errc{}} ||
      port == 0) {
    throw BadInput(fmt::format("\"{}\" is not HOST:PORT; write \"127.0.0.1:6379\"", host_port));
  }
  std::string_view host = host_port.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return Address::resolve(std::string(host), port);
}

Fd open_stream(int family, Transport transport) {
  const bool mptcp = transport == Transport::kMptcp;
  Fd fd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                 mptcp ? IPPROTO_MPTCP : IPPROTO_TCP)};
  if (!fd) {
    switch (mptcp ? errno : 0) {
      case ENOPROTOOPT:
        throw CannotRun(
            "MPTCP is switched off in this network namespace; run: sysctl -w net.mptcp.enabled=1");
      case EPROTONOSUPPORT:
        throw CannotRun(
            "this kernel was built without MPTCP (CONFIG_MPTCP); boot one that has it, Linux 5.6 "
            "or later");
      case EINVAL:
        throw CannotRun(
            "this kernel does not know MPTCP; boot Linux 5.6 or later with CONFIG_MPTCP");
      default:
        throw SysError(mptcp ? "opening an MPTCP socket" : "opening a TCP socket");
    }
  }
  const int one = 1;
  // MPTCP sockets accept TCP_NODELAY since Linux 5.17. Without it, Nagle's algorithm would delay
  // requests, and the comparison would be worthless.
  check(
      setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one),
      mptcp ? "setting TCP_NODELAY on an MPTCP socket (needs Linux 5.17)" : "setting TCP_NODELAY");
  return fd;
}

Fd listen_on(Address& address, Transport transport) {
  Fd fd = open_stream(address.family(), transport);
  const int one = 1;
  check(setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "setting SO_REUSEADDR");
  check(bind(fd.get(), address.get(), address.length), "binding " + address.text());
  check(listen(fd.get(), SOMAXCONN), "listening on " + address.text());
  address.length = sizeof address.storage;
  check(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address.storage), &address.length),
        "reading back the listener's address");
  return fd;
}

bool connect_start(int fd, const Address& address) {
  return connect(fd, address.get(), address.length) == 0;
}

int take_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return errno;
  return error;
}

}  // namespace mpb
