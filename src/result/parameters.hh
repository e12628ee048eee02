// What an experiment was asked for: the links, the workload, and how often.
//
// Quantities of links are text with their unit, as a scenario file has them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sys/clock.hh"

namespace mpb {

// Requests a second that may be offered. The slowest sends none within the longest window (24 h).
inline constexpr double kSlowestRate = 1e-6;
inline constexpr double kFastestRate = 1e8;
constexpr bool is_rate(double rps) { return rps >= kSlowestRate && rps <= kFastestRate; }
inline constexpr const char* kNoRate = "is not between 0.000001 and 100 million requests a second";

// Names and values, in the order in which they are written.
using Settings = std::vector<std::pair<std::string, std::string>>;

struct LinkRecord {
  std::string name;
  Settings up, down;    // of the two directions: rate, delay, ...
  bool backup = false;  // its subflows carry data only when no other can
};

struct ScenarioRecord {
  std::string name;  // "target": the user's own network, of which nothing else is known
  std::optional<std::string> description;
  std::string backend;  // "tun", "netem", "veth", "none"
  std::optional<std::string> backend_why;
  std::vector<LinkRecord> links;
  std::vector<Settings> events;
  std::map<std::string, std::map<std::string, std::string>> sysctls;  // by role: "server"
};

// As run: the file with the command line's changes.
struct WorkloadRecord {
  std::optional<std::string> kind;         // "replica-sync"; absent for requests
  std::optional<std::int64_t> data_bytes;  // what a replica copies
  std::vector<std::string> ops;
  std::vector<std::string> sizes;
  std::string keys;
  std::optional<std::uint64_t> keyspace;
  int connections = 0;
  int threads = 0;
  int pipeline = 0;
  std::optional<double> rate_rps;
  std::vector<double> rates_rps;     // of a sweep
  std::optional<std::string> rates;  // "auto": they followed from what was measured
  std::string arrivals;              // "closed", "constant" or "poisson"
  Nanos warmup{};
  Nanos duration{};
  Nanos timeout{};
};

// What was asked of both ends of the links, beside the scenario.
struct WorldParameters {
  std::string congestion;  // a congestion control; "" keeps the host's default
};

// How often what is run.
struct PlanParameters {
  int repeat = 1;
  double until_ci = 0;  // more blocks, until no headline interval is wider than +- this
                        // fraction; 0: `repeat` blocks and no more
  int max_repeat = 40;  // or there are so many
  // Several congestion controls compete in each block; none: all runs have that of their world.
  std::vector<std::string> congestions;
  bool again = false;        // each protocol twice a block: what differs then is noise
  bool auto_warmup = false;  // the warm-up follows from pilot runs
  Nanos timeline = 100ms;    // between its rows; 0 for none
};

// What else was asked for: the same structs as those of the experiment. A result of version 1 does
// not say: then there are no protocols here.
struct Parameters : WorldParameters, PlanParameters {
  std::vector<std::string> protos;
};

// What is not in the name of a figure. The values here are those of version 1, which did not write
// them; whoever makes a result puts its own in their place.
struct Defaults {
  int connections = 50;
  int threads = 1;
  int pipeline = 1;
  std::uint64_t keyspace = 1000;
  std::string keys = "uniform";
};

}  // namespace mpb
