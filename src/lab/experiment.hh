// An experiment: a matrix of runs, each in a fresh world with a fresh store and fresh connections, and the result they add up to.
//
// In every block each cell (operation x size) is run once per protocol, one right after the other, in an order drawn from the seed; the
// links' random streams are the same for all runs of a block. The result file is written after every run, so an interruption loses one run
// at most.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lab/proto.hh"
#include "lab/scenario.hh"
#include "lab/store.hh"
#include "lab/topology.hh"
#include "load/workload.hh"
#include "report/result.hh"
#include "sys/namespace.hh"

namespace mpb {

// A store that runs elsewhere, reached over the host's own network: no namespaces, no links of ours.
struct Target {
  std::string host;
  std::string port;
  std::string auth_env;   // the environment variable that holds the password, or ""
  std::string auth_file;  // the file that holds it, or ""
  int db = 0;
};

struct ExperimentOptions {
  std::vector<std::string> command;  // as typed
  Scenario scenario;
  std::optional<Target> target;  // then `scenario`, `backend` and `store` mean nothing
  Backend backend = Backend::kTun;
  std::string backend_why;
  std::string congestion;
  StoreChoice store;
  std::vector<Proto> protos;
  Workload workload;
  int repeat = 1;
  std::uint64_t seed = 1;
  Nanos timeline = 100ms;  // between its rows; 0 for none
  std::string output;      // "" for none
};

struct Cell {
  int block = 0;
  int order = 0;
  Proto proto = Proto::kTcp;
  Op op;
  ValueSize size;
  std::string name;  // of what it measures: "get", "sync"
};

std::vector<Cell> plan_cells(const ExperimentOptions& options);

// Whether the world of a protocol's runs has limits and endpoints for more than one subflow. TCP runs have them too where MPTCP is measured
// beside: the worlds are the same then.
bool has_endpoints(const ExperimentOptions& options, Proto proto);

// A scenario's events must fall into the window: without a duration that was `asked` for it reaches 5 s beyond the last one. Throws
// BadInput when the one asked for is too short.
void fit_window(ExperimentOptions& options, bool asked);

// "100ms": how far apart the rows of a timeline are; throws BadInput below 10 ms, which would disturb what it observes.
Nanos parse_interval(const std::string& text);

// Every command of one run in each protocol, then the order of all runs.
std::string dry_run(const ExperimentOptions& options);

struct Progress {
  const Cell* cell = nullptr;
  std::size_t runs = 0;  // of the whole experiment
  std::string phase;     // "building the links", "measuring", "done", ...
  double elapsed_s = 0;  // of the measured window
  double throughput_rps = 0;
  const Run* finished = nullptr;  // in phase "done"
};

// Thrown when interrupted() said so; what was finished is in the result file.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Experiment {
 public:
  // `interrupted` is asked ten times a second. The sandbox is not needed with a target.
  Experiment(ExperimentOptions options, Sandbox* sandbox, std::function<bool()> interrupted, std::function<void(const Progress&)> observe);

  // Runs what is planned; throws what ends it early. result() then holds the runs that were finished.
  void run();
  const Result& result() const { return result_; }

 private:
  Run run_cell(const Cell& cell);
  void save();
  std::string try_to_clean_target();

  ExperimentOptions options_;
  Sandbox* sandbox_;
  std::function<bool()> interrupted_;
  std::function<void(const Progress&)> observe_;
  std::vector<Cell> cells_;
  Result result_;
};

}  // namespace mpb
