// What the protocols of result/protocol mean for the load, the store and the links.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "net/socket.hh"
#include "result/protocol.hh"

namespace mpb {

std::string to_text(Proto proto);  // "tcp", "tcp-split", ...

// "tcp,mptcp-one", each once, in the order given; "both" is tcp,mptcp. Throws BadInput that names
// what there is.
std::vector<Proto> parse_protos(const std::vector<std::string>& words);

Transport client_transport(Proto proto);  // what the load speaks
Transport store_transport(Proto proto);   // what the store listens on
bool needs_mptcp(Proto proto);            // at either end
bool is_spread(Proto proto);              // connections take turns over the links

// What every connection must show: 0 for TCP, where it means nothing.
int expected_subflows(Proto proto, std::size_t links);

// How many links the protocol may use.
std::size_t links_of(Proto proto, std::size_t links);

}  // namespace mpb
