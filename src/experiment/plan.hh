// The plan of an experiment: its options, the cells that follow from them, and the cells to run
// next.
//
// In every block, each cell (operation x size x offered rate x condition) runs once per protocol,
// one directly after the other, in an order drawn from the seed. The links' random streams are the
// same for all runs of a block. Rates that are not given follow from measurements. Everything here
// is a pure function of the options and of the result so far, so an interrupted experiment resumes
// where it stopped.
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

// A store that runs elsewhere, reached over the host's own network, without namespaces and links of
// ours.
struct Target {
  std::string host;
  std::string port;
  std::string auth_env;   // the environment variable with the password, or ""
  std::string auth_file;  // the file with the password, or ""
  int db = 0;
};

// `seed` determines everything random; world_of() derives the seed of each run's world from it.
struct ExperimentOptions : WorldOptions, PlanParameters {
  std::vector<std::string> command;  // as typed
  std::optional<Target> target;      // if set, there is no world, and `store` is unused
  std::string backend_why;
  StoreChoice store;
  std::vector<Proto> protos;
  Workload workload;
  std::vector<double> rates;   // of a sweep, ascending; if empty, the workload's rate or a closed
                               // loop
  bool auto_rates = false;     // a sweep whose rates follow from probes of the capacity
  std::optional<SloRule> slo;  // a search for the highest rate that satisfies it, not a matrix
  Nanos pilot = 20s;           // length of a pilot run
  std::vector<RankRecord> ranks;  // of mpirun, from which the load comes; empty without it
  std::string output;             // "" for none
};

enum class Purpose {
  kMeasure,  // the run is a result
  kProbe,    // determines the capacity in a short closed loop; not a result
  kSearch,   // one step of a search
  kPilot,    // determines the warm-up in a run from cold; not a result
};

struct Cell {
  int block = 0;
  int order = 0;
  Proto proto = Proto::kTcp;
  Op op;
  ValueSize size;
  std::string name;            // of the operation: "get", "sync"
  std::optional<double> rate;  // offered; absent for a closed loop
  bool again = false;          // the protocol's second run in its block
  Settings variant;            // of the settings that compete
  Settings conditions;         // of the grid
  Purpose purpose = Purpose::kMeasure;
  std::optional<Nanos> warmup;  // found by pilot runs; otherwise that of the workload
};

std::string proto_name(const Cell& cell);  // "tcp", "tcp-again"

// The options of a cell's run: with its own variant, conditions and warm-up. A probe is short and
// has no timeline. A pilot runs long, from cold, with a fine timeline. In both the links do not
// change.
ExperimentOptions options_of(const ExperimentOptions& options, const Cell& cell);

bool is_open_loop(const ExperimentOptions& options);

// Whether rates follow from the capacity, which probes determine first.
bool needs_probes(const ExperimentOptions& options);
std::vector<Cell> probe_cells(const ExperimentOptions& options);

// One pilot run for each cell and contestant of the matrix; in a search, one for each protocol.
// Then one more for each of `pilots` that had not settled or was not valid, because the method
// takes some steady records for unsteady ones.
std::vector<Cell> pilot_cells(const ExperimentOptions& options,
                              const std::vector<CapacityProbe>& probes,
                              const std::vector<Pilot>& pilots = {});
// The record of a pilot run, with the time until it settled, if it did.
Pilot pilot_of(const Run& run);
// The longest time that any contestant of the cell took to settle, which all of them get. A pilot
// that did not settle or is invalid counts as half its length. Never less than the workload's.
Nanos warmup_of(const ExperimentOptions& options, const Cell& cell,
                const std::vector<Pilot>& pilots);

// The lowest rate at which a run has enough requests for the rule's percentile.
double least_rate(const ExperimentOptions& options);

// The rates offered to an operation and value size; empty for a closed loop, or if its probes are
// missing.
std::vector<double> offered_rates(const ExperimentOptions& options, const std::string& op,
                                  const ValueSize& size, const std::vector<CapacityProbe>& probes);

// Every cell of the matrix, in the order of the runs. The plan for more blocks begins with the plan
// for fewer.
std::vector<Cell> plan_cells(const ExperimentOptions& options,
                             const std::vector<CapacityProbe>& probes = {});

// The number of blocks; with --until-ci the smallest.
int least_blocks(const ExperimentOptions& options);

// The largest possible number of blocks: with --until-ci its limit.
int most_blocks(const ExperimentOptions& options);

// The number of verdicts of the result, which are decided together: each needs blocks. 0 for a
// search, and if the rates are still to be found.
std::size_t planned_verdicts(const ExperimentOptions& options);

// The cells to run after those in `result`: probes, then pilots, then the matrix or the next steps
// of the search; empty if it is complete. Experiment asks again after it has run them.
std::vector<Cell> next_cells(const ExperimentOptions& options, const Result& result);

// The world of a cell's run. If MPTCP is measured too, the world of TCP also has limits and
// endpoints for several subflows, so that the worlds are the same.
WorldOptions world_of(const ExperimentOptions& options, const Cell& cell);

// The seed of everything random in a cell's run. It is the same for all runs of a block, so that
// every protocol loses the same packets. The second run of a protocol that is compared with itself
// has another one, because equal losses would make the two more alike than two protocols are. No
// two seeds have a block in common, so results of different seeds can be pooled.
std::uint64_t block_seed(const ExperimentOptions& options, const Cell& cell);

// A scenario's events must be in the window. If no duration was `asked` for, the window ends 5 s
// after the last event. Throws BadInput if the requested one is too short.
void fit_window(ExperimentOptions& options, bool asked);

// bbr measures the links' delay again every 10 s, and nearly stops sending meanwhile. A shorter
// window contains such a phase in some runs and not in others, so the window becomes at least that
// long if no duration was `asked` for. Pilots become long enough to contain it in their first half,
// in which alone a transient is recognised. `used` are the congestion controls of the runs.
void fit_window_to(ExperimentOptions& options, const std::vector<std::string>& used, bool asked);

// Throws BadInput if a run's timeline would have too many rows for memory and the result file.
void check_rows(const ExperimentOptions& options);

// Throws BadInput if there are more runs than a result can hold.
void check_runs(const ExperimentOptions& options);

// The stores that an experiment starts hold every key. Throws CannotRun if they need more than the
// `available` memory, because the kernel would then kill a process, perhaps another one.
void check_memory(const ExperimentOptions& options, Bytes available);

// "100ms", the time between two rows of a timeline. Throws BadInput below 10 ms, which would
// disturb the run.
Nanos parse_interval(const std::string& text);

}  // namespace mpb
