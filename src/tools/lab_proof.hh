// The proof of a program that ran in a lab: the protocols of its connections and the share of each
// link, as numbers, as sentences with tables, and as JSON. Pure.
//
// The kernel counts connections and further subflows when they are opened, answered or fall back,
// so these numbers are exact, however short a connection is. The links count their packets exactly
// too. Only the sockets of a link at one time are a result of sampling.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "result/capture.hh"
#include "sys/clock.hh"

namespace mpb {

// The counters of a namespace by the names of nstat(8), or their change.
using Counters = std::map<std::string, std::int64_t>;

// The connections that the programs of one namespace opened. Each is in one of the members behind
// `opened`.
struct OpenedConnections {
  std::int64_t opened = 0;
  std::int64_t mptcp = 0;       // answered as MPTCP, and still MPTCP at the end
  std::int64_t fell_back = 0;   // requested as MPTCP, and became TCP
  std::int64_t tcp = 0;         // requested as TCP
  std::int64_t unanswered = 0;  // requested as MPTCP, and refused or not answered

  std::int64_t further_subflows = 0;  // of these connections, and answered

  bool operator==(const OpenedConnections&) const = default;
};
// By the changes of the counters in all namespaces of the lab: connections end in no other one.
std::map<std::string, OpenedConnections> opened_connections(
    const std::map<std::string, Counters>& changes);

// The connections that the programs of one namespace accepted as MPTCP, and that became TCP there.
std::int64_t accepted_fallbacks(const Counters& change);

// The counters that an older kernel does not have, so that a part of the proof is inexact.
struct MissingCounters {
  bool joins = false;      // Linux 6.12: subflows that got no answer count as TCP connections
  bool fallbacks = false;  // Linux 6.17: some fallbacks after the handshake count as MPTCP

  bool operator==(const MissingCounters&) const = default;
};
MissingCounters missing_counters(const Counters& change);

struct LinkUse {
  std::string name;
  std::int64_t client_tx_bytes = 0;
  std::int64_t client_rx_bytes = 0;
  // The most established sockets of the client at one time.
  std::int64_t most_subflows = 0;  // of MPTCP
  std::int64_t most_tcp = 0;
};

struct LabProof {
  std::string scenario;
  std::string backend;  // "tun"
  std::vector<std::string> command;
  int exit_status = 0;
  Nanos duration{};
  std::map<std::string, Counters> counters;  // their changes, by the role of the namespace
  std::vector<LinkUse> links;
  std::int64_t samples = 0;  // of sockets; 0 if the kernel does not list them
  std::optional<CaptureRecord> capture;
};

// "All 51 connections were MPTCP."
std::string answer(const LabProof& proof);

// The answer and the tables, as lines for a terminal.
std::string to_text(const LabProof& proof);

// The document of --json, which docs/lab.md describes.
std::string to_json(const LabProof& proof);

}  // namespace mpb
