// Decides whether the load, the links and MPTCP did what the run was about. Each function moves
// readings into the run, and adds the reasons against it to run.invalid_reasons, as clauses of a
// sentence. judge_host.hh decides about the machine; docs/validity.md lists all reasons.
#pragma once

#include <string>
#include <vector>

#include "experiment/plan.hh"
#include "net/sock_diag.hh"
#include "result/result.hh"

namespace mpb {

// Counts, latencies, proof of MPTCP and CPU times of the load. `expected_subflows` 0 accepts any
// number.
void judge_outcome(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                   int expected_subflows, Run& run);

// The part of it that only records: the outcome with the names of links and events.
void record_outcome(const Outcome& outcome, const ExperimentOptions& options, Run& run);

// Adds the congestion controls of established connections at one end ("client"). Without any there
// is no proof, and the run is invalid.
void note_congestion_controls(const std::vector<TcpSocket>& connections, const std::string& end,
                              Run& run);

// Adds to each recorded subflow the backup flag and the congestion control of the client's socket
// with the same address, which is unique to a link.
void describe_subflows(const std::vector<TcpSocket>& ours, Run& run);

// Records the version of IP of the client's sockets, `ours`, over each link. All must have that of
// the set-up. Does nothing in a world without IPv6, or without sockets.
void judge_ip_versions(const std::vector<TcpSocket>& ours, const ExperimentOptions& options,
                       const Cell& cell, Run& run);

// All connections used one congestion control: `wanted`, unless that is "".
void judge_congestion_control(const std::string& wanted, Run& run);

}  // namespace mpb
