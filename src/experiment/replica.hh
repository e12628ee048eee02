// Workload "replica-sync": a primary in the server's namespace and a replica in the client's. The
// links carry only their replication.
//
// First a full synchronisation of a data set that does not change, from REPLICAOF until the replica
// reports that its link to the primary is up and it has every key. Then SETs at a rate, from the
// primary's own namespace over loopback, while the offsets of both are read every two milliseconds:
// they show the lag of the replica in bytes and in time. The link counters are those of the
// synchronisation.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiment/plan.hh"
#include "experiment/runner.hh"

namespace mpb {

// Throws BadInput, with the remedy, if the options do not fit this workload.
void check_replica(const ExperimentOptions& options);

// The number of keys that make up the data.
std::uint64_t replica_keys(const Workload& workload, const ValueSize& size);

// The command lines of one run: primary, replica, fill, REPLICAOF as a person sends it, SETs.
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

// The lag of the replica at each sample from `from` to `to`: the bytes that it was behind, and the
// time until it had the primary's data of that sample, in steps of the time between two samples.
// `samples` ascend in time and may continue after `to`. If the data never arrived, there is no
// time.
struct Lag {
  std::vector<std::int64_t> bytes;
  std::vector<std::int64_t> ns;
};
Lag lag_of(const std::vector<OffsetSample>& samples, Nanos from, Nanos to);

// The time at which the links had carried all but the last `rest` bytes. `received` contains times
// and the bytes until then, ascending in both.
Nanos carried_by(const std::vector<std::pair<Nanos, std::int64_t>>& received, std::int64_t rest);

// `values` need no order. There is no p99 if fewer than ten values are beyond it.
Spread spread_of(std::vector<std::int64_t> values);

using Counters = std::map<std::string, std::int64_t>;

// MPTCP connections that were requested, confirmed and fallen back, from the growth of the kernel's
// counters with the names of nstat(8).
struct MptcpCounters {
  std::int64_t asked = 0;
  std::int64_t answered = 0;
  std::int64_t fallbacks = 0;
};
MptcpCounters mptcp_counters(const Counters& grown);

}  // namespace mpb
