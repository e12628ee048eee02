// The sockets and links that each protocol of result/protocol uses.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "net/socket.hh"
#include "result/protocol.hh"
#include "scenario/setup.hh"

namespace mpb {

std::string to_text(Proto proto);  // "tcp", "tcp-split", ...
std::vector<std::string> names_of(const std::vector<Proto>& protos);

// "tcp,mptcp-one", each once, in the given order; "both" is tcp,mptcp. Throws BadInput that lists
// the protocols.
std::vector<Proto> parse_protos(const std::vector<std::string>& words);

Transport client_transport(Proto proto);  // of the load
Transport store_transport(Proto proto);   // of the store's listener
bool needs_mptcp(Proto proto);            // at either end
bool is_spread(Proto proto);              // connections take turns over the links

// The number of subflows that every connection must have; 0 for TCP, which has none.
int expected_subflows(Proto proto, const Setup& setup, std::size_t links);

// The number of links that the protocol may use.
std::size_t links_of(Proto proto, std::size_t links);

}  // namespace mpb
