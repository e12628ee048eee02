#include "analysis/wire_model.hh"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace mpb {

namespace {

constexpr double kEthernet = 14;
constexpr double kIpv4 = 20;
constexpr double kIpv6 = 40;
constexpr double kTcp = 32;       // with timestamps
constexpr double kDss = 28;       // MPTCP's data sequence signal with 8-byte numbers, padded
constexpr double kKeyBytes = 16;  // "mpb:" and twelve digits

double digits(double n) { return std::floor(std::log10(std::max(n, 1.0))) + 1; }

// "$4096\r\n", the bytes, "\r\n".
double bulk(double bytes) { return 1 + digits(bytes) + 2 + bytes + 2; }

// The size of `bytes` on the wire in one direction: full segments and a last one. In a pipeline the
// next request follows at once, so that at best all segments are full.
double on_the_wire(double bytes, const LinkCapacity& link, bool mptcp, bool pipelined) {
  const double headers = (link.ipv6 ? kIpv6 : kIpv4) + kTcp + (mptcp ? kDss : 0);
  const double segments = bytes / (link.mtu_bytes - headers);
  return bytes + (pipelined ? segments : std::ceil(segments)) * (kEthernet + headers);
}

}  // namespace

double get_share(const std::string& op) {
  if (op == "get" || op == "set") return op == "get" ? 1 : 0;
  return std::atof(op.c_str() + 3) / 100;
}

LinkCapacity capacity_for(LinkCapacity link, double flows) {
  const auto limit = [flows](double& bps, double flow_bps) {
    if (flow_bps > 0 && (bps == 0 || flows * flow_bps < bps)) bps = flows * flow_bps;
  };
  limit(link.up_bps, link.up_flow_bps);
  limit(link.down_bps, link.down_flow_bps);
  return link;
}

double wire_ceiling_rps(const std::string& op, double value_bytes, const LinkCapacity& link,
                        bool mptcp, bool pipelined) {
  const double gets = get_share(op);
  const double set_request =
      4 + 9 + bulk(kKeyBytes) + bulk(value_bytes);  // *3, $3 SET, the key, the value
  // A GET's request and a SET's reply are left out: they are small, share their segments with
  // acknowledgements, and cannot fill a link first.
  const auto on_this_wire = [&](double bytes) {
    return on_the_wire(bytes, link, mptcp, pipelined);
  };
  const double down = gets * on_this_wire(bulk(value_bytes));
  const double up = (1 - gets) * on_this_wire(set_request);
  double most = std::numeric_limits<double>::infinity();
  if (down > 0 && link.down_bps > 0) most = std::min(most, link.down_bps / 8 / down);
  if (up > 0 && link.up_bps > 0) most = std::min(most, link.up_bps / 8 / up);
  return std::isinf(most) ? 0 : most;
}

}  // namespace mpb
