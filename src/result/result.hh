// The result of an experiment: the one document that tables, exports and plots read, `schema:
// "mptcp-bench/result/1"`.
//
// results/result.schema.json documents every field; the tests hold what is written here to it.
// Durations are nanoseconds, sizes are bytes, and a value that was not measured is absent: there is
// no null, NaN or 0 in its place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stats/histogram.hh"
#include "stats/timeline.hh"

namespace mpb {

// Of one experiment. Far more than tell anything that fewer do not, and still a second of
// arithmetic.
inline constexpr int kMostBlocks = 1000;
inline constexpr std::size_t kMostRuns = 100'000;  // more than a day of the shortest ones

// What one link carried during the measured window, as frames of Ethernet's length (an IP packet +
// 14 bytes).
struct LinkTraffic {
  std::string name;
  std::int64_t client_tx_bytes = 0;
  std::int64_t client_rx_bytes = 0;
  std::int64_t lost_packets = 0;  // by the link's random loss, both ways
  std::optional<std::int64_t>
      dropped_packets;  // by a full queue, both ways; absent where a backend cannot tell
};

struct RunMptcp {
  int connections = 0;
  int fallbacks = 0;
  int subflows_min = 0;
  int subflows_max = 0;
  int complete = 0;  // connections that had all their subflows at the end
};

struct EmulatorLateness {
  Nanos p50{};
  Nanos p99{};
  Nanos max{};
};

// A part of the window, from one event of the scenario to the next.
struct RunSegment {
  std::string event;   // what began it, in plain words: "link1 down"; empty for the first
  std::string link;    // the one that the event is about, when it is about one
  std::string state;   // what it became, when it changed its state: "down", "unplugged", "up"
  Nanos from{}, to{};  // since the window opened, as planned
  Nanos late{};        // how much later than that the event had happened
  std::uint64_t requests = 0;
  std::uint64_t lost = 0;
  double throughput_rps = 0;
  // The longest that any connection waited without one of its requests completing; a wait that
  // outlasts an event counts at that event.
  Nanos longest_stall{};
  std::optional<Nanos>
      first_success;  // from the event to the first completion of a request sent after it
  std::vector<LinkTraffic> links;
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
  double duration_s = 0;
  std::vector<std::string> invalid_reasons;
  bool saturated = false;  // open loop only: the offered rate was not reached, or the backlog grew
  // Open loop only: requests that were due and not answered yet, at the best moment of each quarter
  // of the window. It grows from one to the next when more is offered than gets through.
  std::vector<std::uint64_t> backlog;
  bool search = false;  // made by a search for the highest rate under a rule (Result::slo): says
                        // something of its rate alone

  std::uint64_t requests = 0;
  std::map<std::string, std::uint64_t> errors;
  std::uint64_t censored = 0;
  std::uint64_t unsent = 0;  // those of the censored that an open loop never got to send
  std::uint64_t misses = 0;
  std::uint64_t verified = 0;
  std::uint64_t reconnects = 0;
  double throughput_rps = 0;
  double goodput_bps = 0;
  Histogram first_byte;
  Histogram last_byte;
  Histogram response;    // open loop only
  Histogram send_delay;  // open loop only

  std::vector<LinkTraffic> links;
  RunMptcp mptcp;
  std::vector<std::string> congestion_control;
  std::optional<EmulatorLateness> emulator;
  std::vector<double> load_threads_pct;
  std::optional<double> store_pct;
  std::optional<double> emulator_pct;
  std::vector<std::string> notes;    // what a valid run went through, as clauses of a sentence
  Nanos longest_stall{};             // RunSegment's, of the whole window
  std::vector<RunSegment> segments;  // of a scenario with events
  Timeline timeline;                 // of requests and links
  std::vector<SubflowTrace> subflows;
  std::map<std::string, std::map<std::string, std::int64_t>>
      kernel;                         // "client", "server": what nstat(8) counted in the window
  std::vector<std::string> commands;  // the command lines of this run's processes
  std::optional<Replication> replication;

  bool valid() const { return invalid_reasons.empty(); }
};

struct StoreInfo {
  std::string kind;  // "valkey", "redis", "builtin", "target"
  std::string version;
  std::string why;  // why this store was taken
  std::vector<std::string> command;
  bool mptcp = false;  // it was started with an MPTCP listener for the MPTCP runs
  std::vector<std::string> configuration;  // read back: name and value in turn
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

// The rule of a search for the highest rate that holds it; report/slo reads it.
struct SloAsked {
  std::string rule;      // "p99 < 20ms"
  double least_rps = 0;  // the lowest rate at which a run of this duration can tell
};

struct Result {
  std::string tool_version = MPB_VERSION;
  std::vector<std::string> command;
  std::string started;  // UTC, ISO 8601
  std::uint64_t seed = 0;
  std::string environment_json =
      "{}";  // report/environment and lab fill these three: JSON objects as text
  std::string scenario_json = "{}";
  std::string workload_json = "{}";
  StoreInfo store;
  std::vector<LinkCapacity> capacities;  // of the scenario's links
  std::vector<CapacityProbe> probes;     // in the order in which they ran
  std::optional<SloAsked> slo;
  // Whether all runs were made, and how many there are to be: unknown to a search, and to a result
  // of a version that did not write it.
  std::optional<bool> complete;
  std::optional<std::size_t> planned_runs;
  std::vector<Run> runs;
};

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
