// What is to be run: the options of an experiment, the cells that they make, and which of them come
// next.
//
// In every block each cell (operation x size x offered rate) is run once per protocol, one right
// after the other, in an order drawn from the seed; the links' random streams are the same for all
// runs of a block. Where the rates are not given they follow from what has been measured.
// Everything here is a pure function of the options and of the result so far, so an experiment that
// was interrupted goes on where it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/slo.hh"
#include "experiment/proto.hh"
#include "experiment/store_under_test.hh"
#include "load/workload.hh"
#include "result/result.hh"
#include "scenario/scenario.hh"
#include "scenario/topology.hh"

namespace mpb {

// A store that runs elsewhere, reached over the host's own network: no namespaces, no links of
// ours.
struct Target {
  std::string host;
  std::string port;
  std::string auth_env;   // the environment variable that holds the password, or ""
  std::string auth_file;  // the file that holds it, or ""
  int db = 0;
};

// The seed is that of everything drawn; world_of() gives each run's world its own.
struct ExperimentOptions : WorldOptions, PlanParameters {
  std::vector<std::string> command;  // as typed
  std::optional<Target> target;      // then there is no world, and `store` means nothing
  std::string backend_why;
  StoreChoice store;
  std::vector<Proto> protos;
  Workload workload;
  std::vector<double>
      rates;  // of a sweep, ascending; empty: the workload's own rate, or a closed loop
  bool auto_rates = false;     // a sweep whose rates follow from probes of the capacity
  std::optional<SloRule> slo;  // a search for the highest rate that holds it, instead of a matrix
  Nanos pilot = 20s;           // how long a pilot run is
  std::string output;          // "" for none
};

// Why a cell is run.
enum class Purpose {
  kMeasure,  // its run is a result
  kProbe,    // how much gets through at most, in a short closed loop: no result
  kSearch,   // one step of a search
  kPilot,    // when it has settled, in a run from cold: no result
};

struct Cell {
  int block = 0;
  int order = 0;
  Proto proto = Proto::kTcp;
  Op op;
  ValueSize size;
  std::string name;            // of what it measures: "get", "sync"
  std::optional<double> rate;  // offered; a closed loop without
  bool again = false;          // the protocol's second run in its block
  std::string congestion;      // one of several that compete; "" for that of all runs
  Purpose purpose = Purpose::kMeasure;
  std::optional<Nanos> warmup;  // what pilots found; otherwise the workload's
};

std::string proto_name(const Cell& cell);  // "tcp", "tcp-again"

// The options of a cell's run: with its own congestion control where several compete.
ExperimentOptions options_of(const ExperimentOptions& options, const Cell& cell);

bool is_open_loop(const ExperimentOptions& options);

// Whether rates follow from what gets through at most, which is to be found out first.
bool needs_probes(const ExperimentOptions& options);
ExperimentOptions as_probe(ExperimentOptions options);  // what a probe is run with
std::vector<Cell> probe_cells(const ExperimentOptions& options);

// Whether runs from cold find the warm-up, and what they are run with: a long record of links that
// do not change, from the first request on.
ExperimentOptions as_pilot(ExperimentOptions options);
// One for each cell and contestant of the matrix; of a search one for each protocol. Then, of those
// among `pilots` that had not settled or were not valid, each once more: the method takes one of
// several records that are steady for one that is not.
std::vector<Cell> pilot_cells(const ExperimentOptions& options,
                              const std::vector<CapacityProbe>& probes,
                              const std::vector<Pilot>& pilots);
// What a pilot's run tells of itself.
Pilot pilot_of(const Run& run);
// The longest that any contestant of the cell took to settle, which holds for all of them; half a
// pilot where one did not, or is not valid; never less than the workload's.
Nanos warmup_of(const ExperimentOptions& options, const Cell& cell,
                const std::vector<Pilot>& pilots);

// The lowest rate at which a run has enough requests for the rule's percentile.
double least_rate(const ExperimentOptions& options);

// The rates that are offered to an operation and value size; empty for a closed loop, and as long
// as its probes are not there.
std::vector<double> offered_rates(const ExperimentOptions& options, const std::string& op,
                                  const ValueSize& size, const std::vector<CapacityProbe>& probes);

// Every cell of the matrix, in the order in which they run. The plan for more blocks begins with
// the one for fewer.
std::vector<Cell> plan_cells(const ExperimentOptions& options,
                             const std::vector<CapacityProbe>& probes = {});

// How long the runs of the plan take, about: their windows, warm-ups, and what building a world and
// starting a store takes. Of a search the most that it takes; of rates that are still to be found
// the probes alone.
Nanos time_needed(const ExperimentOptions& options);

// How many blocks there will be, of --until-ci at least.
int least_blocks(const ExperimentOptions& options);

// How many verdicts the result will have, which hold together: each takes blocks. 0 for a search,
// and where the rates are still to be found.
std::size_t planned_verdicts(const ExperimentOptions& options);

// How many blocks there are at most: with --until-ci its limit.
int most_blocks(const ExperimentOptions& options);

// The cells to run after those that `result` holds: probes, pilots, then the matrix or the next
// steps of the search; none when it is complete. Experiment asks again when it has run them.
std::vector<Cell> next_cells(const ExperimentOptions& options, const Result& result);

// The world of a cell's run. It has limits and endpoints for more than one subflow for TCP too
// where MPTCP is measured beside: the worlds are the same then.
WorldOptions world_of(const ExperimentOptions& options, const Cell& cell);

// The seed of everything random in a cell's run: the same for all of a block, so that packet i
// meets the same luck with every protocol; but another for the second run of a protocol that is
// compared with itself, or luck would make the two more alike than any two protocols are. Unlike
// those of any other seed's blocks, so that results of different seeds can be pooled.
std::uint64_t block_seed(const ExperimentOptions& options, const Cell& cell);

// A scenario's events must fall into the window: without a duration that was `asked` for it reaches
// 5 s beyond the last one. Throws BadInput when the one asked for is too short.
void fit_window(ExperimentOptions& options, bool asked);

// bbr measures the links' delay anew every 10 s, for which it nearly stops: a shorter window holds
// that in some runs and not in others. Where nobody `asked` for one, the window becomes at least
// that long. A pilot run sees it within its first half, where alone a transient is told as such.
// `used` are the congestion controls that the runs will have.
void fit_window_to(ExperimentOptions& options, const std::vector<std::string>& used, bool asked);

// A timeline is kept in memory and in the file: throws BadInput when it would have more rows a run
// than both are made for.
void check_rows(const ExperimentOptions& options);

// Throws BadInput when there would be more runs than a result can hold.
void check_runs(const ExperimentOptions& options);

// The stores that an experiment starts hold every key: throws CannotRun when they need more than
// the `available` memory, because the kernel would then kill a process, perhaps another one.
void check_memory(const ExperimentOptions& options, Bytes available);

// "100ms": how far apart the rows of a timeline are; throws BadInput below 10 ms, which would
// disturb what it observes.
Nanos parse_interval(const std::string& text);

}  // namespace mpb
