// The result of an experiment: the one document that tables, exports and plots read, `schema:
// "mptcp-bench/result/2"`.
//
// result/fields.hh has the name of every field, and results/result.schema.json documents it.
// Durations are nanoseconds, and sizes are bytes. A value that was not measured is absent: it is
// never null, NaN or 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "result/capture.hh"
#include "result/condition.hh"
#include "result/environment.hh"
#include "result/outcome.hh"
#include "result/parameters.hh"
#include "result/slo_rule.hh"
#include "result/variant.hh"

namespace mpb {

inline constexpr const char* kSchema = "mptcp-bench/result/2";
inline constexpr const char* kSchemaBefore = "mptcp-bench/result/1";  // read, but not written

// The limit of blocks in an experiment: more than any question needs, and few enough that their
// analysis takes only a second.
inline constexpr int kMostBlocks = 1000;
inline constexpr std::size_t kMostRuns = 100'000;  // more than a day of the shortest runs

// The time from the computed departure of a packet to its actual departure from the emulator.
struct Lateness {
  Nanos p50{};
  Nanos p99{};
  Nanos max{};
};

struct EmulatorRecord {
  Lateness lateness;
  std::optional<Lateness> read_delay;  // upper bounds of the time that packets waited to be read
  std::optional<bool> sched_fifo;      // whether the emulator had real-time priority
};

// Quantiles of a set of whole numbers. A p99 with fewer than ten numbers beyond it is absent.
struct Spread {
  std::int64_t p50 = 0;
  std::optional<std::int64_t> p99;
  std::int64_t max = 0;
};

// The additional measurements of the workload replica-sync: a full synchronisation, then the lag of
// the replica under SETs.
struct Replication {
  double sync_s = 0;      // from REPLICAOF until the replica has all data
  double transfer_s = 0;  // until the links had carried the data; the stores used the rest
  std::int64_t data_bytes = 0;
  double transfer_bps = 0;
  std::int64_t lag_samples = 0;
  std::optional<Spread> lag_bytes;
  std::optional<Spread> lag_ns;
};

// The TCP flow that shared a link with the load, in the window, by the kernel's counts of its two
// ends. The bytes are those of its data.
struct CompetingRecord {
  std::string link;
  std::int64_t acked_bytes = 0;     // at the sender
  std::int64_t received_bytes = 0;  // at the receiver
  double goodput_bps = 0;           // of the received bytes
  // The time in which not the links limited the sender, but one of the two ends.
  Nanos held_back{};

  bool operator==(const CompetingRecord&) const = default;
};

// PROBE_RTT of bbr at one end, in the window: the number of sockets (for MPTCP, of subflows), of
// sockets that entered PROBE_RTT, and of their PROBE_RTT phases.
struct ProbeRtt {
  std::int64_t sockets = 0;
  std::int64_t probing = 0;
  std::int64_t phases = 0;

  bool operator==(const ProbeRtt&) const = default;
};

// The clock of a host with one of its own: its CLOCK_MONOTONIC minus that of the first host, before
// and after the window, each within +- `bound`.
struct HostClock {
  Nanos offset_before{};
  Nanos offset_after{};
  Nanos bound{};
};

// One of several hosts from which the load of a run came. Its latency is that of the headline: see
// headline_latency().
struct HostRecord {
  std::string name;
  int connections = 0;
  std::uint64_t requests = 0;
  double throughput_rps = 0;
  Histogram latency;
  std::optional<MptcpProof> mptcp;  // at the end of the window; absent for TCP
  std::optional<Nanos> longest_stall;
  std::vector<double> cpu_pct;      // of each of its threads, in the window
  std::vector<Attendance> threads;  // likewise
  std::vector<std::string> links;   // those of its own; empty if the links are not ours
  std::optional<HostClock> clock;
};

// An interface of this host, in the window, with the traffic of all programs.
struct DeviceCount {
  std::string name;
  std::int64_t tx_bytes = 0;
  std::int64_t rx_bytes = 0;
  std::int64_t tx_dropped = 0;
  std::int64_t rx_dropped = 0;
  std::int64_t qdisc_dropped = 0;  // by its root qdisc

  bool operator==(const DeviceCount&) const = default;
};

// The observations of this host, and the store's own counts, in a run at a target. All but the
// calls may include other programs of this host.
struct TargetRecord {
  std::vector<DeviceCount> devices;            // those that the load used
  std::map<std::string, std::int64_t> kernel;  // the counters of nstat(8) in the window
  std::optional<std::int64_t> blackholes;      // MPTcpExtBlackhole since this host was started
  std::optional<std::int64_t> tcp_metrics;     // cached for the target's address before the load
  std::map<std::string, std::int64_t> store_calls;  // of all clients, by command, in the whole load
  std::string no_store_calls;                       // the reason if the store's count is unknown

  bool operator==(const TargetRecord&) const = default;
};

// One run: fresh namespaces, fresh store, fresh connections.
struct Run {
  int block = 0;
  int order = 0;  // the position among all runs, in the order of their execution
  std::string proto;
  std::string op;
  std::string values;  // the sizes as requested: "4k", "1k-16k"
  std::int64_t value_bytes = 0;
  int connections = 0;
  int threads = 0;
  int pipeline = 0;
  std::string arrivals;  // "closed", "constant" or "poisson"
  std::optional<double> rate_rps;
  Settings variant;             // of the settings that compete, those that this run had
  Settings conditions;          // of the grid, those under which this run was made
  std::optional<Nanos> warmup;  // the time before the window, if pilot runs determined it
  // Belongs to the search for the highest rate that satisfies a rule (Result::slo). Such a run says
  // something about its rate only.
  bool search = false;
  std::vector<std::string> invalid_reasons;
  std::vector<std::string> notes;  // remarks about a valid run, as clauses of a sentence
  bool saturated = false;  // open loop only: the offered rate was not reached, or the backlog grew
  double throughput_rps = 0;  // for a synchronisation, keys per second
  double goodput_bps = 0;

  // The measurements of the load generator; for a synchronisation followed by SETs, those of the
  // transfer. Its congestion controls include those of the server's end. It has segments only if
  // the scenario has events.
  Outcome outcome;
  MptcpProof mptcp;               // the worse one of both edges of the window
  std::vector<HostRecord> hosts;  // empty if there was only one
  std::vector<LinkTraffic> links;
  std::optional<EmulatorRecord> emulator;
  std::optional<double> store_pct;
  std::optional<double> store_thread_pct;  // its busiest thread
  std::optional<double> emulator_pct;
  std::optional<double> competing_flow_pct;
  // The CPU time of this host in the window, for all work including interrupts but without work at
  // a lower priority (nice), in percent of one CPU. So it can be above 100.
  std::optional<double> system_pct;
  std::optional<double> nice_pct;  // at a lower priority, which system_pct leaves out
  // Over netem, the time in soft interrupts of the CPU that spent most in them: the links' work.
  std::optional<double> softirq_pct;
  std::optional<double> system_before_pct;  // before the load, with an idle store
  std::optional<double> steal_pct;          // of all CPUs, taken by the hypervisor
  std::optional<double> pressure_pct;       // of the time in which a task waited for a CPU
  std::optional<Attendance> store_attendance;
  std::optional<Attendance> emulator_attendance;
  // By end ("client", "server"): the counters of nstat(8) in the window.
  std::map<std::string, std::map<std::string, std::int64_t>> kernel;
  std::map<std::string, ProbeRtt> probe_rtt;  // by end; empty if no socket used bbr
  // By link, the client's connections (of MPTCP: subflows) over each version of IP ("v4", "v6")
  // when all of them were ready. Empty for worlds without IPv6.
  std::map<std::string, std::map<std::string, std::int64_t>> ip_versions;
  std::optional<CompetingRecord> competing_flow;
  std::optional<CaptureRecord> capture;
  std::vector<std::string> commands;  // the command lines of this run's processes
  std::optional<Replication> replication;
  std::optional<TargetRecord> target;

  bool valid() const { return invalid_reasons.empty(); }
};

// Whether a link of the run has a trace, so that the rate is meant to change during the window.
inline bool follows_trace(const Run& run) {
  return std::any_of(run.links.begin(), run.links.end(),
                     [](const LinkTraffic& link) { return link.follows_trace(); });
}

struct StoreInfo {
  std::string kind;  // "valkey", "redis", "builtin", "target"
  std::string version;
  std::string why;  // the reason for the choice of this store
  std::vector<std::string> command;
  bool mptcp = false;  // whether it was started with an MPTCP listener for the MPTCP runs
  std::map<std::string, std::string> configuration;  // read back
};

// A short closed loop that determined the capacity, so that rates could be chosen; not a result. It
// has the load of an open loop that falls behind: all connections always wait for a reply.
struct CapacityProbe {
  std::string op, values, proto;
  double throughput_rps = 0;
  double duration_s = 0;
  std::vector<std::string> invalid_reasons;
};

// A run from cold, of a cell and a protocol, that determined the warm-up; not a result.
struct Pilot {
  std::string op, values, proto;
  Settings variant;
  std::optional<double> rate_rps;
  Nanos duration{};
  // Since the first request; nothing if it did not settle within its first half.
  std::optional<Nanos> settled_after;
  std::vector<std::string> invalid_reasons;
  Settings conditions{};
};

// The rule of a search for the highest rate that satisfies it.
struct SloAsked {
  SloRule rule;
  double least_rps = 0;  // the lowest rate at which a run of this duration has enough samples
};

struct Result {
  std::string tool_version = MPB_VERSION;
  std::vector<std::string> command;  // as typed
  std::string started;               // UTC, ISO 8601
  std::uint64_t seed = 0;
  Parameters parameters;
  Defaults defaults;
  Environment environment;
  ScenarioRecord scenario;
  WorkloadRecord workload;
  StoreInfo store;
  std::vector<LinkCapacity> capacities;  // of the scenario's links
  std::vector<CapacityProbe> probes;     // in the order in which they ran
  std::vector<Pilot> pilots;             // in the order in which they ran
  std::optional<SloAsked> slo;
  // Whether all planned runs were made, and their number. A search does not know the number, and
  // older versions wrote neither.
  std::optional<bool> complete;
  std::optional<std::size_t> planned_runs;
  // The number of blocks of the finished experiment each time that --resume --repeat added more.
  // The person who adds blocks has seen the verdicts of the earlier ones.
  std::vector<int> extended_from;
  std::vector<Run> runs;
  std::string measured_sha256;  // as read; "" if an older version wrote the file
};

// The name in the column of protocols: "mptcp", "mptcp+signal", or "mptcp+bbr" if several
// congestion controls compete.
std::string contestant(const Run& run);

// All contestants of a block. Those of a result of version 1, which has no parameters, follow from
// its runs.
std::vector<Contestant> contestants_of(const Result& result);

// Whether at least ten samples lie beyond the quantile. With fewer, it depends on chance, and it is
// shown nowhere.
bool has_enough_samples(const Histogram& histogram, double q);

// The number of times that the verdicts of an experiment were seen: once when it was finished, and
// once for each time that blocks were added to at least `least` blocks, because fewer have no
// verdict.
std::size_t looks_at(const Result& result, std::size_t least);

// "interrupted: 7 of 24 runs" if planned runs are missing; otherwise "".
std::string interruption(const Result& result);

// The latency that tables and figures show. In an open loop it begins at the due time of the
// request, because otherwise a stall would hide the requests that had to wait for it.
const Histogram& headline_latency(const Run& run);

// 0 if every run is valid, otherwise 1.
int exit_code(const Result& result);

}  // namespace mpb
