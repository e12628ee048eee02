#include "experiment/proto.hh"

#include <fmt/format.h>

#include <algorithm>

#include "sys/error.hh"

namespace mpb {

std::string to_text(Proto proto) { return std::string(protocol(proto).name); }

std::vector<std::string> names_of(const std::vector<Proto>& protos) {
  std::vector<std::string> names;
  for (const Proto proto : protos) names.push_back(to_text(proto));
  return names;
}

std::vector<Proto> parse_protos(const std::vector<std::string>& words) {
  std::vector<Proto> protos;
  const auto add = [&protos](Proto proto) {
    if (std::find(protos.begin(), protos.end(), proto) == protos.end()) protos.push_back(proto);
  };
  for (const std::string& word : words) {
    const auto found = std::find_if(kProtocols.begin(), kProtocols.end(),
                                    [&](const Protocol& p) { return p.name == word; });
    if (word == "both") {
      add(Proto::kTcp);
      add(Proto::kMptcp);
    } else if (found != kProtocols.end()) {
      add(static_cast<Proto>(found - kProtocols.begin()));
    } else {
      throw BadInput(fmt::format("unknown protocol \"{}\"; choose from {} and both (tcp,mptcp)",
                                 word, protocol_names()));
    }
  }
  return protos;
}

Transport client_transport(Proto proto) {
  return protocol(proto).client_is_mptcp ? Transport::kMptcp : Transport::kTcp;
}

Transport store_transport(Proto proto) {
  return protocol(proto).store_is_mptcp ? Transport::kMptcp : Transport::kTcp;
}

bool needs_mptcp(Proto proto) {
  return protocol(proto).client_is_mptcp || protocol(proto).store_is_mptcp;
}

bool is_spread(Proto proto) {
  return protocol(proto).uses_all_links && !protocol(proto).client_is_mptcp;
}

int expected_subflows(Proto proto, const Setup& setup, std::size_t links) {
  if (client_transport(proto) == Transport::kTcp) return 0;
  return protocol(proto).uses_all_links ? subflows_of(setup, links) : 1;
}

std::size_t links_of(Proto proto, std::size_t links) {
  return protocol(proto).uses_all_links ? links : 1;
}

}  // namespace mpb
