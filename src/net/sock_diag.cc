#include "net/sock_diag.hh"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <optional>

#include "net/netlink.hh"

namespace mpb {

namespace {

constexpr int kTcpEstablished = 1;         // of the kernel's tcp_states.h
constexpr std::uint32_t kGainOfOne = 256;  // the kernel's BBR_UNIT
constexpr const char* kReadingSockets = "reading the sockets' congestion control";

bool is_loopback(const inet_diag_msg& socket) {
  return socket.idiag_family == AF_INET && (ntohl(socket.id.idiag_src[0]) >> 24) == 127;
}

}  // namespace

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
  inet_diag_req_v2 request{};
  request.sdiag_family = AF_INET;
  request.sdiag_protocol = IPPROTO_TCP;
  // Any congestion control's own figures; the bit of bbr's does not fit into the field.
  request.idiag_ext = 1 << (INET_DIAG_VEGASINFO - 1);
  request.idiag_states = 1 << kTcpEstablished;
  std::vector<BbrSocket> all;
  try {
    dump_netlink(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, request, kReadingSockets,
                 [&all](std::span<const char> datagram) { return add_bbr_sockets(datagram, all); });
  } catch (const SysError&) {
    return {};
  }
  return all;
}

}  // namespace mpb
