// The protocols that are compared, in one table: names, order, what each of them uses, colours.
//
// "X-again" is a protocol's second run in a block, compared with its first one.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace mpb {

enum class Proto { kTcp, kTcpSplit, kMptcp, kMptcpOne, kTcpOnMptcp };

struct Protocol {
  std::string_view name;
  bool client_is_mptcp;  // the load's sockets
  bool store_is_mptcp;   // the store's listener
  bool uses_all_links;   // else the first one alone
  const char* colour;
  const char* paler;  // of "X-again"
};

// By Proto, in the order of every table. The colours are Okabe and Ito's, which people who do not
// see all colours can tell apart.
inline constexpr std::array<Protocol, 5> kProtocols{{
    // TCP on the first link: what one link gives.
    {"tcp", false, false, false, "#0072b2", "#8fc1de"},
    // TCP, connections spread over all links: what the links give without MPTCP to an application
    // that knows of them.
    {"tcp-split", false, false, true, "#56b4e9", "#b8dff4"},
    // MPTCP on all links.
    {"mptcp", true, true, true, "#d55e00", "#f0b48a"},
    // MPTCP on the first link alone: compared with tcp, the cost of the stack itself.
    {"mptcp-one", true, true, false, "#e69f00", "#f3d28c"},
    // TCP clients at the MPTCP listener: what the listener costs those that do not speak MPTCP.
    {"tcp-on-mptcp", false, true, false, "#cc79a7", "#e6bcd3"},
}};

constexpr const Protocol& protocol(Proto proto) {
  return kProtocols[static_cast<std::size_t>(proto)];
}

std::string protocol_names();  // "tcp, tcp-split, ..."

// Whether there is such a protocol, or it is one with -again.
bool is_proto(const std::string& name);

// Of a protocol or one with -again; false for no protocol.
bool uses_all_links(const std::string& name);

// The protocol that this one is compared with, wherever there are ratios: tcp; of "X-again" X
// itself; and "" of tcp, with which the others are compared.
std::string base_of(const std::string& name);

// Where a protocol stands among those of a cell: in the table's order, each "X-again" right behind
// X.
std::size_t rank_of(const std::string& name);

// Of its series in every chart; a grey for no protocol.
const char* colour_of(const std::string& name);

}  // namespace mpb
