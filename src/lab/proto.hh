// What is compared: how the load's connections and the store's listener use the links.
//
//   tcp           TCP on the first link: what one link gives
//   tcp-split     TCP, connections spread over all links: what the links give without MPTCP to an application that knows of them
//   mptcp         MPTCP on all links
//   mptcp-one     MPTCP on the first link alone: beside tcp, what the stack itself costs
//   tcp-on-mptcp  TCP clients at the MPTCP listener: what the listener costs those that do not speak MPTCP
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "net/socket.hh"

namespace mpb {

enum class Proto { kTcp, kTcpSplit, kMptcp, kMptcpOne, kTcpOnMptcp };

std::string to_text(Proto proto);  // "tcp", "tcp-split", ...

// "tcp,mptcp-one", each once, in the order given; "both" is tcp,mptcp. Throws BadInput that names what there is.
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
