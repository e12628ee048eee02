#include "tools/lab_proof.hh"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "output/table.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

std::int64_t sum_of(const Counters& change, std::initializer_list<const char*> names) {
  std::int64_t sum = 0;
  for (const char* name : names) {
    const auto found = change.find(name);
    if (found != change.end()) sum += found->second;
  }
  return sum;
}

constexpr const char* kJoinsSent = "MPTcpExtMPJoinSynTx";
constexpr const char* kJoinsAnswered = "MPTcpExtMPJoinSynAckRx";
constexpr const char* kAnswered = "MPTcpExtMPCapableSYNACKRX";
constexpr const char* kDssFallback = "MPTcpExtDssFallback";

// The connections that stopped being MPTCP after their handshake. Since Linux 6.17 each fallback
// has exactly one counter. Before, a received infinite mapping is the only trace of some.
std::int64_t late_fallbacks(const Counters& change) {
  const char* received =
      missing_counters(change).fallbacks ? "MPTcpExtInfiniteMapRx" : kDssFallback;
  return sum_of(change, {"MPTcpExtMPCapableDataFallback", "MPTcpExtDSSCorruptionFallback",
                         "MPTcpExtInfiniteMapTx", received});
}

// Those of them that the opening end noticed. If both ends are in this namespace, each counts the
// fallback.
std::int64_t opener_fallbacks(const Counters& change) {
  return std::min(late_fallbacks(change), sum_of(change, {kAnswered}));
}

// The connections that the programs of a namespace opened, by its counters alone. The kernel counts
// a request for MPTCP before it looks for a route. If there is none, no packet leaves, and the
// kernel does not count an active open. These counters are then the same as those of a request that
// got no answer, if there is also a TCP connection. So `unanswered` is the largest possible number.
OpenedConnections opened_by(const Counters& change) {
  const std::int64_t in_handshake =
      sum_of(change, {"MPTcpExtMPCapableFallbackSYNACK", "MPTcpExtMPCapableSYNTXDrop",
                      "MPTcpExtSimultConnectFallback"});
  const std::int64_t requested = sum_of(change, {"MPTcpExtMPCapableSYNTX"});
  const std::int64_t answered = sum_of(change, {kAnswered});
  OpenedConnections its;
  its.further_subflows = sum_of(change, {kJoinsAnswered});
  // Every further subflow is an active open of TCP too.
  const std::int64_t joins =
      missing_counters(change).joins ? its.further_subflows : sum_of(change, {kJoinsSent});
  its.opened = std::max<std::int64_t>(0, sum_of(change, {"TcpActiveOpens"}) - joins);
  std::int64_t rest = its.opened;
  const auto take = [&rest](std::int64_t count) {
    const std::int64_t taken = std::min(std::max<std::int64_t>(0, count), rest);
    rest -= taken;
    return taken;
  };
  its.mptcp = take(answered - opener_fallbacks(change));
  its.fell_back = take(opener_fallbacks(change) + in_handshake);
  // The kernel gave up MPTCP before it sent the first packet.
  its.fell_back +=
      take(sum_of(change, {"MPTcpExtMPFallbackTokenInit", "MPTcpExtMPCapableSYNTXDisabled",
                           "MPTcpExtMD5SigFallback"}));
  its.unanswered = take(requested - answered - in_handshake);
  its.tcp = rest;
  return its;
}

OpenedConnections total(const LabProof& proof) {
  OpenedConnections all;
  for (const auto& [role, its] : opened_connections(proof.counters)) {
    all.opened += its.opened;
    all.mptcp += its.mptcp;
    all.fell_back += its.fell_back;
    all.tcp += its.tcp;
    all.unanswered += its.unanswered;
    all.further_subflows += its.further_subflows;
  }
  return all;
}

// The fallbacks that only the accepting end noticed: at least that many.
std::int64_t accepted_only(const LabProof& proof) {
  std::int64_t only = 0;
  for (const auto& [role, change] : proof.counters)
    only += accepted_fallbacks(change) - opener_fallbacks(change);
  return std::max<std::int64_t>(0, only);
}

Table connection_table(const LabProof& proof) {
  Table table;
  table.keys = 1;
  table.columns = {word("opened by"),
                   number_of("connections"),
                   number_of("mptcp"),
                   number_of("fell back"),
                   number_of("tcp"),
                   number_of("no answer"),
                   number_of("further subflows")};
  for (const auto& [role, its] : opened_connections(proof.counters)) {
    if (its == OpenedConnections{}) continue;
    table.rows.push_back({role, std::to_string(its.opened), std::to_string(its.mptcp),
                          std::to_string(its.fell_back), std::to_string(its.tcp),
                          std::to_string(its.unanswered), std::to_string(its.further_subflows)});
  }
  table.notes = {
      "Exact: the kernel counted all TCP connections of the namespace, also those over loopback.",
      "mptcp: still MPTCP at the end; further subflows: those that the other end answered."};
  MissingCounters missing;
  for (const auto& [role, change] : proof.counters) missing = missing_counters(change);
  if (missing.joins) {
    table.notes.emplace_back(
        "This kernel (before Linux 6.12) does not count subflows without an answer; they are in "
        "the column tcp.");
  }
  if (missing.fallbacks) {
    table.notes.emplace_back(
        "This kernel (before Linux 6.17) does not count every fallback after the handshake; such a "
        "connection is in the column mptcp.");
  }
  return table;
}

Table link_table(const LabProof& proof) {
  const bool sampled = proof.samples > 0;
  std::int64_t all = 0;
  for (const LinkUse& link : proof.links) all += link.client_tx_bytes + link.client_rx_bytes;
  Table table;
  if (all == 0) return table;
  table.keys = 1;
  table.columns = {word("link"), number_of("kB from client"), number_of("kB to client"),
                   number_of("share")};
  if (sampled) {
    table.columns.push_back(number_of("subflows at once"));
    table.columns.push_back(number_of("tcp at once"));
  }
  const auto kilobytes = [](std::int64_t bytes) {
    return fixed(static_cast<double>(bytes) / 1e3, 1);
  };
  for (const LinkUse& link : proof.links) {
    const std::int64_t bytes = link.client_tx_bytes + link.client_rx_bytes;
    Row row{link.name, kilobytes(link.client_tx_bytes), kilobytes(link.client_rx_bytes),
            fixed(100 * static_cast<double>(bytes) / static_cast<double>(all), 1) + " %"};
    if (sampled) {
      row.push_back(std::to_string(link.most_subflows));
      row.push_back(std::to_string(link.most_tcp));
    }
    table.rows.push_back(std::move(row));
  }
  table.notes = {"kB, share: exact, of all packets with their headers until the command ended.",
                 sampled
                     ? fmt::format("at once: the most sockets of the client in any of {} sample{}; "
                                   "short ones may be missing.",
                                   proof.samples, proof.samples == 1 ? "" : "s")
                     : "Subflows at once: unknown, because the command was too short, or the "
                       "kernel lacks tcp_diag."};
  return table;
}

// The clauses about connections that are not MPTCP.
std::string exceptions(const OpenedConnections& all, std::int64_t accepted) {
  std::vector<std::string> clauses;
  if (all.tcp > 0) clauses.push_back(fmt::format("{} opened as TCP", all.tcp));
  if (all.fell_back > 0) clauses.push_back(fmt::format("{} fell back to TCP", all.fell_back));
  if (all.unanswered > 0) clauses.push_back(fmt::format("{} got no answer", all.unanswered));
  std::string text = fmt::format("{}", fmt::join(clauses, ", "));
  if (accepted > 0)
    text +=
        fmt::format(", and {} more fell back to TCP only at the end that accepted them", accepted);
  return text + ".";
}

// The causes of connections that are not MPTCP, and the remedies.
std::string hints(const OpenedConnections& all, std::int64_t accepted) {
  std::string text;
  if (all.tcp > 0) {
    text += line_of(
        "A program that opens TCP sockets may have an option for MPTCP; otherwise start it with:");
    text += line_of("mptcpize run COMMAND");
  }
  if (all.fell_back + accepted > 0) {
    text += line_of("A connection falls back if the listener is not MPTCP, or if a device on the");
    text += line_of("path removes the options of MPTCP.");
  }
  return text;
}

}  // namespace

MissingCounters missing_counters(const Counters& change) {
  const bool mptcp = change.contains("MPTcpExtMPCapableSYNTX");
  return {.joins = mptcp && !change.contains(kJoinsSent),
          .fallbacks = mptcp && !change.contains(kDssFallback)};
}

std::int64_t accepted_fallbacks(const Counters& change) {
  return sum_of(change, {"MPTcpExtMPCapableFallbackACK"}) + late_fallbacks(change) -
         opener_fallbacks(change);
}

std::map<std::string, OpenedConnections> opened_connections(
    const std::map<std::string, Counters>& changes) {
  std::map<std::string, OpenedConnections> all;
  // TCP connections that were accepted, and are not in a column yet.
  std::int64_t missing = 0;
  for (const auto& [role, change] : changes) {
    const OpenedConnections its = all[role] = opened_by(change);
    missing += sum_of(change, {"TcpPassiveOpens"}) - its.mptcp - its.fell_back - its.tcp -
               its.further_subflows;
  }
  // They are in `unanswered`, in place of requests that failed before their first packet. If
  // several namespaces have such requests, the first one gets the connections.
  for (auto& [role, its] : all) {
    const std::int64_t moved = std::clamp<std::int64_t>(missing, 0, its.unanswered);
    its.unanswered -= moved;
    its.tcp += moved;
    missing -= moved;
  }
  return all;
}

std::string answer(const LabProof& proof) {
  const OpenedConnections all = total(proof);
  const std::int64_t accepted = accepted_only(proof);
  if (all.opened <= 0) return "The command opened no TCP connection in the lab.";
  const bool one = all.opened == 1;
  if (all.mptcp == all.opened && accepted > 0) {
    return one ? "The only connection was MPTCP at the end that opened it, but it fell back to TCP "
                 "at the end that accepted it."
               : fmt::format(
                     "All {} connections were MPTCP at the end that opened them, but {} "
                     "fell back to TCP at the end that accepted them.",
                     all.opened, accepted);
  }
  if (all.mptcp == all.opened) {
    return one ? "The only connection was MPTCP."
               : fmt::format("All {} connections were MPTCP.", all.opened);
  }
  const std::string except = exceptions(all, accepted);
  if (all.mptcp > 0)
    return fmt::format("{} of {} connections were MPTCP: {}", all.mptcp, all.opened, except);
  return one ? fmt::format("The only connection was not MPTCP: {}", except)
             : fmt::format("None of the {} connections was MPTCP: {}", all.opened, except);
}

std::string to_text(const LabProof& proof) {
  std::string text = "\n" + line_of(answer(proof)) + hints(total(proof), accepted_only(proof));
  for (const Table& table : {connection_table(proof), link_table(proof)}) {
    if (!table.rows.empty()) text += "\n" + to_text(table);
  }
  return text;
}

}  // namespace mpb
