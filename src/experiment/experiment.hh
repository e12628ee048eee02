// An experiment: a matrix of runs, each in a fresh world with a fresh store and fresh connections,
// and the result they add up to.
//
// It runs what next_cells() says until there is nothing more. The result file is written after
// every run, so an interruption loses one run at most.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiment/plan.hh"
#include "experiment/runner.hh"
#include "result/result.hh"

namespace mpb {

// Every command of one run in each protocol, then the order of all runs.
std::string dry_run(const ExperimentOptions& options);

struct Progress {
  const Cell* cell = nullptr;  // null in the clean-up of a target
  std::size_t runs = 0;        // that are planned; 0 in a search, which does not know
  std::string phase;           // "building the links", "measuring", "done", ...
  double elapsed_s = 0;        // of the measured window
  double throughput_rps = 0;
  const Run* finished = nullptr;  // in phase "done"
};

class Experiment {
 public:
  // `before` is what there is of an experiment that was interrupted, or null.
  Experiment(ExperimentOptions options, const Result* before, Runner runner,
             std::function<void(const Progress&)> observe);

  // Runs what is planned; throws what ends it early, Interrupted by a signal. result() then holds
  // the runs that were finished.
  void run();
  const Result& result() const { return result_; }
  bool is_saved() const {
    return saved_;
  }  // the result file holds it, but perhaps for the run that failed

 private:
  void run_next(const Cell& cell, std::size_t planned, bool last);
  Run run_cell(const ExperimentOptions& options, const Cell& cell, std::size_t planned);
  void note_steal();
  void save();
  void clean();
  std::string try_to_clean();

  ExperimentOptions options_;
  Runner runner_;
  std::function<void(const Progress&)> observe_;
  Result result_;
  bool saved_ = false;
  double steal_pct_ = 0;  // of the runs before an interruption
  long long stolen_before_ = 0;
  Nanos started_{};
};

}  // namespace mpb
