// Workload "replica-sync": a primary in the server's namespace, a replica in the client's, and
// nothing but their replication on the links.
//
// First a full synchronisation of a data set that nobody changes, from REPLICAOF until the replica
// says that its link to the primary is up with every key in it. Then SETs at a rate, from the
// primary's own namespace over its loopback, while the offsets of both are read every two
// milliseconds: how far the replica is behind, in bytes and in time. The links' counters are of the
// synchronisation.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiment/plan.hh"
#include "experiment/runner.hh"

namespace mpb {

// Throws BadInput, with the remedy, when the experiment cannot be one of replication.
void check_replica(const ExperimentOptions& options);

// How many keys make up the data.
std::uint64_t replica_keys(const Workload& workload, const ValueSize& size);

// The command lines of one run: primary, replica, fill, REPLICAOF as a person would send it, SETs.
struct ReplicaCommands {
  std::vector<std::string> primary, replica, fill, replicaof, load;
};
ReplicaCommands replica_commands(const ExperimentOptions& options, const Cell& cell);

Run run_replica(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                Evidence* evidence);

// Both offsets at one moment, the replica's read just before the primary's.
struct OffsetSample {
  Nanos at{};
  std::int64_t primary = 0;
  std::int64_t replica = 0;
};

// How far behind the replica was at each sample from `from` to `to`, and how long it took until it
// had what the primary had then: a multiple of the time between two samples. `samples` ascend in
// time and may go on after `to`; one whose data never arrived has no time.
struct Lag {
  std::vector<std::int64_t> bytes;
  std::vector<std::int64_t> ns;
};
Lag lag_of(const std::vector<OffsetSample>& samples, Nanos from, Nanos to);

// When the links had carried what they carried in all, but for `rest`: `received` is (time, bytes
// so far), ascending in both.
Nanos carried_by(const std::vector<std::pair<Nanos, std::int64_t>>& received, std::int64_t rest);

// Of unsorted values; a p99 with fewer than ten of them beyond it is left out.
Spread spread_of(std::vector<std::int64_t> values);

using Counters = std::map<std::string, std::int64_t>;

// Connections asked for as MPTCP, answered as such, and fallen back, from the growth of the
// kernel's counters by nstat(8)'s names.
struct MptcpCounters {
  std::int64_t asked = 0;
  std::int64_t answered = 0;
  std::int64_t fallbacks = 0;
};
MptcpCounters mptcp_counters(const Counters& grown);

}  // namespace mpb
