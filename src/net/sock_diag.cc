#include "net/sock_diag.hh"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/mptcp.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "net/netlink.hh"

namespace mpb {

namespace {

constexpr int kTcpEstablished = 1;         // of the kernel's tcp_states.h
constexpr std::uint32_t kGainOfOne = 256;  // the kernel's BBR_UNIT
constexpr const char* kReadingSockets = "reading the TCP sockets (sock_diag)";

constexpr int bit_of(int extension) { return 1 << (extension - 1); }

// Requests the established sockets of a family, with the attributes of the bits in `extensions`.
template <class Take>
void dump_established(int family, int extensions, Take take) {
  inet_diag_req_v2 request{};
  request.sdiag_family = static_cast<std::uint8_t>(family);
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_ext = static_cast<std::uint8_t>(extensions);
  request.idiag_states = 1 << kTcpEstablished;
  dump_netlink(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, request, kReadingSockets, take);
}

bool is_loopback(const inet_diag_msg& socket) {
  if (socket.idiag_family == AF_INET) return (ntohl(socket.id.idiag_src[0]) >> 24) == 127;
  in6_addr address;
  std::memcpy(&address, socket.id.idiag_src, sizeof address);
  // 127.0.0.1, at a listener that accepts both versions, is ::ffff:127.0.0.1.
  return IN6_IS_ADDR_LOOPBACK(&address) ||
         (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127);
}

// As in Address::text().
std::string local_host(const inet_diag_msg& socket) {
  char host[INET6_ADDRSTRLEN] = "?";
  inet_ntop(socket.idiag_family, socket.id.idiag_src, host, sizeof host);
  return socket.idiag_family == AF_INET6 ? "[" + std::string(host) + "]" : host;
}

// Reads the upper-layer protocol of the socket: its name and its attributes.
void take_upper_protocol(const rtattr* ulp, TcpSocket& socket) {
  std::uint32_t flags = 0;
  for_each_nested(ulp, [&](int type, const rtattr* attribute) {
    if (type == INET_ULP_INFO_NAME) socket.mptcp = text_of(attribute) == "mptcp";
    if (type != INET_ULP_INFO_MPTCP) return;
    for_each_nested(attribute, [&flags](int inner_type, const rtattr* inner) {
      if (inner_type == MPTCP_SUBFLOW_ATTR_FLAGS) flags = value_of<std::uint32_t>(inner);
    });
  });
  constexpr auto kBackup = MPTCP_SUBFLOW_FLAG_BKUP_REM | MPTCP_SUBFLOW_FLAG_BKUP_LOC;
  socket.backup = socket.mptcp && (flags & kBackup) != 0;
}

}  // namespace

bool add_established(std::span<const char> datagram, std::vector<TcpSocket>& all) {
  return for_each_message<inet_diag_msg>(
      datagram, kReadingSockets,
      [&all](const inet_diag_msg& message, const rtattr* first, std::size_t length) {
        if (message.idiag_state != kTcpEstablished) return;
        if (message.idiag_family != AF_INET && message.idiag_family != AF_INET6) return;
        TcpSocket& socket = all.emplace_back();
        socket.local = local_host(message);
        socket.remote_port = ntohs(message.id.idiag_dport);
        for_each_attribute(first, length, [&socket](int type, const rtattr* attribute) {
          if (type == INET_DIAG_CONG) socket.congestion_control = text_of(attribute);
          if (type == INET_DIAG_ULP_INFO) take_upper_protocol(attribute, socket);
        });
      });
}

std::vector<TcpSocket> established_sockets() {
  std::vector<TcpSocket> all;
  try {
    for (const int family : {AF_INET, AF_INET6}) {
      // INET_DIAG_ULP_INFO has no bit. The kernel sends it together with INET_DIAG_INFO.
      dump_established(
          family, bit_of(INET_DIAG_CONG) | bit_of(INET_DIAG_INFO),
          [&all](std::span<const char> datagram) { return add_established(datagram, all); });
    }
  } catch (const SysError& error) {
    if (error.code().value() != ENOENT) throw;
    throw CannotRun(
        "this kernel does not list its TCP sockets; run: modprobe tcp_diag, or boot one with "
        "CONFIG_INET_TCP_DIAG");
  }
  return all;
}

bool add_bbr_sockets(std::span<const char> datagram, std::vector<BbrSocket>& all) {
  return for_each_message<inet_diag_msg>(
      datagram, kReadingSockets,
      [&all](const inet_diag_msg& socket, const rtattr* first, std::size_t length) {
        if (is_loopback(socket)) return;
        std::optional<bool> probes_rtt;
        for_each_attribute(first, length, [&probes_rtt](int type, const rtattr* attribute) {
          if (type == INET_DIAG_BBRINFO)
            probes_rtt = value_of<tcp_bbr_info>(attribute).bbr_cwnd_gain == kGainOfOne;
        });
        if (!probes_rtt) return;
        const std::uint64_t high = socket.id.idiag_cookie[1];
        all.push_back({high << 32 | socket.id.idiag_cookie[0], *probes_rtt});
      });
}

std::vector<BbrSocket> bbr_sockets() {
  std::vector<BbrSocket> all;
  try {
    // This bit requests the figures of any congestion control. That of bbr does not fit into the
    // field.
    for (const int family : {AF_INET, AF_INET6}) {
      dump_established(family, bit_of(INET_DIAG_VEGASINFO), [&all](std::span<const char> datagram) {
        return add_bbr_sockets(datagram, all);
      });
    }
  } catch (const SysError&) {
    return {};
  }
  return all;
}

}  // namespace mpb
