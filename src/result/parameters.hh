// The parameters of an experiment: the links, the workload, and the plan of the runs.
//
// Quantities of links are text with their unit, as in a scenario file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sys/clock.hh"

namespace mpb {

// The bounds of an offered rate, in requests per second. At the slowest one, even the longest
// window (24 h) has no request.
inline constexpr double kSlowestRate = 1e-6;
inline constexpr double kFastestRate = 1e8;
constexpr bool is_rate(double rps) { return rps >= kSlowestRate && rps <= kFastestRate; }
inline constexpr const char* kRateOutOfRange =
    "is not between 0.000001 and 100 million requests a second";

// Names and values, in the order in which they are written.
using Settings = std::vector<std::pair<std::string, std::string>>;

// The trace of one direction of a link. Rates are those of full frames, during a window that opens
// at the start of the trace: the mean, and the least and the most in a tenth of a second.
struct TraceRecord {
  std::string sha256;  // of the file
  Nanos period{};
  double mean_bps = 0;
  double least_bps = 0;
  double most_bps = 0;
  // Of the whole file; absent if the file has none.
  std::optional<Nanos> least_delay;
  std::optional<Nanos> most_delay;
};

struct LinkRecord {
  std::string name;
  Settings up, down;    // rate, delay, ... of each direction
  bool backup = false;  // its subflows carry data only when no other can
  std::optional<TraceRecord> up_trace{}, down_trace{};
};

// The properties of a link that bound its throughput. A rate is 0 if it has no limit, and that of a
// trace is its mean over the window.
struct LinkCapacity {
  std::string name;
  double up_bps = 0;
  double down_bps = 0;
  double mtu_bytes = 1500;
  bool ipv6 = false;  // its packets have headers of IPv6
  // The cap of each flow in each direction.
  double up_flow_bps = 0;
  double down_flow_bps = 0;
};

struct ScenarioRecord {
  std::string name;  // "target": the user's own network, about which nothing else is known
  std::optional<std::string> description;
  std::string backend;  // "tun", "netem", "veth", "none"
  std::optional<std::string> backend_why;
  std::optional<int> clients;            // the number of client hosts; absent: one
  std::vector<LinkRecord> links;         // of all clients, one client's after the other's
  std::optional<std::string> endpoints;  // the mode of its file; absent: "subflow"
  std::optional<int> subflows_per_link;
  std::optional<std::string> competing_flow;  // the link that a TCP flow shares with the load
  std::vector<Settings> events;
  std::map<std::string, std::map<std::string, std::string>> sysctls;  // by role: "server"

  // The number of links that each client has if there are `all`.
  std::size_t per_client(std::size_t all) const {
    return all / static_cast<std::size_t>(clients.value_or(1));
  }
};

// The workload file with the changes of the command line.
struct WorkloadRecord {
  std::optional<std::string> kind;         // "replica-sync"; absent for requests
  std::optional<std::int64_t> data_bytes;  // that a replica copies
  std::vector<std::string> ops;
  std::vector<std::string> sizes;
  std::string keys;
  std::optional<std::uint64_t> keyspace;
  int connections = 0;
  int threads = 0;
  int pipeline = 0;
  std::optional<int> requests_per_connection;  // absent: connections last
  std::optional<double> rate_rps;
  std::vector<double> rates_rps;     // of a sweep
  std::optional<std::string> rates;  // "auto": they followed from earlier measurements
  std::string arrivals;              // "closed", "constant" or "poisson"
  Nanos warmup{};
  Nanos duration{};
  Nanos timeout{};
};

// A setting (--vary) or a circumstance (--grid) that varies within a block, and its values.
struct Variable {
  std::string name;
  std::vector<std::string> values;

  bool operator==(const Variable&) const = default;
};

// The parameters of both ends of the links, in addition to the scenario.
struct WorldParameters {
  std::string congestion;                      // a congestion control; "" keeps the host's default
  std::map<std::string, std::string> sysctls;  // of every namespace; after those of the scenario
  std::map<std::string, Settings> variants;    // the named ones of the workload file
};

// The parameters of the plan: which runs, and how often.
struct PlanParameters {
  int repeat = 1;
  // Adds blocks until every headline interval is within +- this fraction; 0: exactly `repeat`
  // blocks.
  double until_ci = 0;
  int max_repeat = 40;         // the limit of blocks with until_ci
  std::vector<Variable> vary;  // the settings that compete in each block, with every protocol
  std::string base;  // the contestant with which all others are compared; "": see contestants_of()
  std::vector<Variable> grid;  // every combination of the values is a condition of each cell
  bool again = false;          // each protocol runs twice per block, to show the noise
  bool auto_warmup = false;    // the warm-up follows from pilot runs
  Nanos timeline = 100ms;      // the interval of its rows; 0: no timeline
};

// All other parameters, in the structs that the experiment uses. A result of version 1 does not
// contain them, and then there are no protocols here.
struct Parameters : WorldParameters, PlanParameters {
  std::vector<std::string> protos;
};

// The values that the name of a figure leaves out. These are the defaults of version 1, which did
// not write them; a new result contains its own.
struct Defaults {
  int connections = 50;
  int threads = 1;
  int pipeline = 1;
  std::uint64_t keyspace = 1000;
  std::string keys = "uniform";
};

}  // namespace mpb
