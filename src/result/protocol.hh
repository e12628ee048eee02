// The table of the protocols: names, order, sockets, links and colours.
//
// "X-again" is the second run of a protocol in a block. It is compared with the first one.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace mpb {

enum class Proto { kTcp, kMptcp, kTcpSplit, kMptcpOne, kTcpOnMptcp };

struct Protocol {
  std::string_view name;
  bool client_is_mptcp;  // the sockets of the load generator
  bool store_is_mptcp;   // the listener of the store
  bool uses_all_links;   // false: the first link only
  const char* colour;
  const char* paler;  // the colour of "X-again"
};

// By Proto, in the order of every table. The colours are those of Okabe and Ito, which colour-blind
// people can distinguish.
inline constexpr std::array<Protocol, 5> kProtocols{{
    // TCP on the first link: the performance of one link.
    {"tcp", false, false, false, "#0072b2", "#8fc1de"},
    // MPTCP on all links.
    {"mptcp", true, true, true, "#d55e00", "#f0b48a"},
    // TCP with connections spread over all links: the performance of the links without MPTCP, for
    // an application that knows them.
    {"tcp-split", false, false, true, "#56b4e9", "#b8dff4"},
    // MPTCP on the first link only: compared with tcp, the cost of the stack itself.
    {"mptcp-one", true, true, false, "#e69f00", "#f3d28c"},
    // TCP clients at the MPTCP listener: the cost of the listener for clients without MPTCP.
    {"tcp-on-mptcp", false, true, false, "#cc79a7", "#e6bcd3"},
}};

constexpr const Protocol& protocol(Proto proto) {
  return kProtocols[static_cast<std::size_t>(proto)];
}

inline constexpr std::string_view kAgain = "-again";

std::string protocol_names();  // "tcp, mptcp, ..."

// Whether this is the name of a protocol, with or without -again.
bool is_proto(const std::string& name);

// Of a name for which is_proto() is true.
const Protocol& protocol(const std::string& name);

// Of a protocol or one with -again; false for no protocol.
bool uses_all_links(const std::string& name);

// The protocol with which ratios compare this one: tcp; for "X-again" it is X; for tcp it is "".
std::string base_of(const std::string& name);

// The position of a protocol among those of a cell: in the order of the table, with each "X-again"
// right behind X.
std::size_t rank_of(const std::string& name);

// The colour of its series in every chart; grey for an unknown protocol.
const char* colour_of(const std::string& name);

}  // namespace mpb
