// The result of an experiment: the one document that tables, exports and plots read, `schema:
// "mptcp-bench/result/2"`.
//
// result/fields.hh has the name of every field, and results/result.schema.json documents it.
// Durations are nanoseconds, sizes are bytes, and a value that was not measured is absent: there is
// no null, NaN or 0 in its place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "result/environment.hh"
#include "result/outcome.hh"
#include "result/parameters.hh"
#include "result/slo_rule.hh"

namespace mpb {

inline constexpr const char* kSchema = "mptcp-bench/result/2";
inline constexpr const char* kSchemaBefore = "mptcp-bench/result/1";  // is read, not written

// Of one experiment. Far more than tell anything that fewer do not, and still a second of
// arithmetic.
inline constexpr int kMostBlocks = 1000;
inline constexpr std::size_t kMostRuns = 100'000;  // more than a day of the shortest ones

// How much later than it should a packet left the emulator.
struct Lateness {
  Nanos p50{};
  Nanos p99{};
  Nanos max{};
};

struct EmulatorRecord {
  Lateness lateness;
  std::optional<Lateness> read_delay;  // at most so long packets waited to be read
  std::optional<bool> sched_fifo;      // whether it had real-time priority
};

// Of a set of whole numbers. A p99 with fewer than ten of them beyond it is absent.
struct Spread {
  std::int64_t p50 = 0;
  std::optional<std::int64_t> p99;
  std::int64_t max = 0;
};

// What a run of the workload replica-sync has on top: a full synchronisation, then how far the
// replica is behind under SETs.
struct Replication {
  double sync_s = 0;      // from REPLICAOF until the replica has everything
  double transfer_s = 0;  // until the links had carried it: the rest is the stores' own
  std::int64_t data_bytes = 0;
  double transfer_bps = 0;
  std::int64_t lag_samples = 0;
  std::optional<Spread> lag_bytes;
  std::optional<Spread> lag_ns;
};

// bbr's PROBE_RTT at one end, in the window: sockets that were seen (of MPTCP, subflows), those of
// them that went into it, and how many times all together.
struct ProbeRtt {
  std::int64_t sockets = 0;
  std::int64_t probing = 0;
  std::int64_t phases = 0;

  bool operator==(const ProbeRtt&) const = default;
};

// One run: fresh namespaces, fresh store, fresh connections.
struct Run {
  int block = 0;
  int order = 0;  // position among all runs, as they were executed
  std::string proto;
  std::string op;
  std::string values;  // the sizes as asked for: "4k", "1k-16k"
  std::int64_t value_bytes = 0;
  int connections = 0;
  int threads = 0;
  int pipeline = 0;
  std::string arrivals;  // "closed", "constant" or "poisson"
  std::optional<double> rate_rps;
  std::string congestion;       // where several compete, the one that this run was asked for
  std::optional<Nanos> warmup;  // before the window, where pilot runs chose it
  bool search = false;  // made by a search for the highest rate under a rule (Result::slo): says
                        // something of its rate alone
  std::vector<std::string> invalid_reasons;
  std::vector<std::string> notes;  // what a valid run went through, as clauses of a sentence
  bool saturated = false;  // open loop only: the offered rate was not reached, or the backlog grew
  double throughput_rps = 0;  // of a synchronisation: keys
  double goodput_bps = 0;

  // What the load saw; of a synchronisation that its SETs follow, what came of the transfer. Its
  // congestion control is also the server's end. Without events in the scenario it has no segments.
  Outcome outcome;
  MptcpProof mptcp;  // of both edges of the window, the worse
  std::vector<LinkTraffic> links;
  std::optional<EmulatorRecord> emulator;
  std::optional<double> store_pct;
  std::optional<double> store_thread_pct;  // its busiest thread
  std::optional<double> emulator_pct;
  // This host with all that ran on it in the window but at a lower priority (nice), interrupts
  // included; of one CPU, so that it can be above 100.
  std::optional<double> system_pct;
  std::optional<double> nice_pct;  // at a lower priority, which system_pct leaves out
  // Over netem, in soft interrupts, of the CPU that spent most in them: the links' work.
  std::optional<double> softirq_pct;
  std::optional<double> system_before_pct;  // before the load, with the store at rest
  std::optional<double> steal_pct;          // of all CPUs, taken by the hypervisor
  std::optional<double> pressure_pct;       // of the time, somebody on this host waited for a CPU
  std::optional<Attendance> store_attendance;
  std::optional<Attendance> emulator_attendance;
  std::map<std::string, std::map<std::string, std::int64_t>>
      kernel;  // "client", "server": what nstat(8) counted in the window
  std::map<std::string, ProbeRtt> probe_rtt;  // by end too; empty where bbr was not used
  std::vector<std::string> commands;          // the command lines of this run's processes
  std::optional<Replication> replication;

  bool valid() const { return invalid_reasons.empty(); }
};

struct StoreInfo {
  std::string kind;  // "valkey", "redis", "builtin", "target"
  std::string version;
  std::string why;  // why this store was taken
  std::vector<std::string> command;
  bool mptcp = false;  // it was started with an MPTCP listener for the MPTCP runs
  std::map<std::string, std::string> configuration;  // read back
};

// How fast a link is, for what can at most go over it; 0 where it has no limit.
struct LinkCapacity {
  std::string name;
  double up_bps = 0;
  double down_bps = 0;
};

// A short run in closed loop that found out how much gets through at most, so that rates could be
// chosen: no result. The load of an open loop that falls behind is the same: all connections always
// wait for a reply.
struct CapacityProbe {
  std::string op, values, proto;
  double throughput_rps = 0;
  double duration_s = 0;
  std::vector<std::string> invalid_reasons;
};

// A run from cold, of a cell and protocol, that found out how long a warm-up has to be: no result.
struct Pilot {
  std::string op, values, proto, congestion;
  std::optional<double> rate_rps;
  Nanos duration{};
  std::optional<Nanos> settled_after;  // since its first request; nothing where it did not settle
                                       // within its first half
  std::vector<std::string> invalid_reasons;
};

// The rule of a search for the highest rate that holds it.
struct SloAsked {
  SloRule rule;
  double least_rps = 0;  // the lowest rate at which a run of this duration can tell
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
  std::vector<Pilot> pilots;             // likewise
  std::optional<SloAsked> slo;
  // Whether all runs were made, and how many there are to be: unknown to a search, and to a result
  // of a version that did not write it.
  std::optional<bool> complete;
  std::optional<std::size_t> planned_runs;
  std::vector<Run> runs;
  std::string measured_sha256;  // as read; "" where an older version wrote the file
};

// What competes in a block, and stands in the column of protocols: "mptcp", and "mptcp+bbr" where
// several congestion controls compete.
std::string contestant(const Run& run);

// Whether at least ten samples lie beyond the quantile: with fewer it says more about luck than
// about the tail, and is shown nowhere.
bool can_tell(const Histogram& histogram, double q);

// "interrupted: 7 of 24 runs" where runs that were planned are missing; "" where none is known to
// be.
std::string interruption(const Result& result);

// The latency that tables and figures show. Open loop: from when the request was due, or a stall
// would hide the requests that it held up.
const Histogram& headline_latency(const Run& run);

// 0 when every run is valid, 1 otherwise.
int exit_code(const Result& result);

}  // namespace mpb
