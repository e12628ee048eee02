#include "lab/proto.hh"

#include <algorithm>
#include <array>

#include "sys/error.hh"

namespace mpb {

namespace {

constexpr std::array<const char*, 5> kNames{"tcp", "tcp-split", "mptcp", "mptcp-one", "tcp-on-mptcp"};

}  // namespace

std::string to_text(Proto proto) { return kNames[static_cast<std::size_t>(proto)]; }

std::vector<Proto> parse_protos(const std::vector<std::string>& words) {
  std::vector<Proto> protos;
  const auto add = [&protos](Proto proto) {
    if (std::find(protos.begin(), protos.end(), proto) == protos.end()) protos.push_back(proto);
  };
  for (const std::string& word : words) {
    const auto found = std::find(kNames.begin(), kNames.end(), word);
    if (word == "both") {
      add(Proto::kTcp);
      add(Proto::kMptcp);
    } else if (found != kNames.end()) {
      add(static_cast<Proto>(found - kNames.begin()));
    } else {
      throw BadInput("\"" + word + "\" is none of tcp, tcp-split, mptcp, mptcp-one, tcp-on-mptcp and both (tcp,mptcp)");
    }
  }
  return protos;
}

Transport client_transport(Proto proto) {
  return proto == Proto::kMptcp || proto == Proto::kMptcpOne ? Transport::kMptcp : Transport::kTcp;
}

Transport store_transport(Proto proto) { return needs_mptcp(proto) ? Transport::kMptcp : Transport::kTcp; }

bool needs_mptcp(Proto proto) { return proto == Proto::kMptcp || proto == Proto::kMptcpOne || proto == Proto::kTcpOnMptcp; }

bool is_spread(Proto proto) { return proto == Proto::kTcpSplit; }

int expected_subflows(Proto proto, std::size_t links) {
  if (client_transport(proto) == Transport::kTcp) return 0;
  return static_cast<int>(links_of(proto, links));
}

std::size_t links_of(Proto proto, std::size_t links) { return proto == Proto::kTcpSplit || proto == Proto::kMptcp ? links : 1; }

}  // namespace mpb
