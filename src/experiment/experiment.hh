// An experiment: its runs, each in a fresh world with a fresh store and fresh connections, and
// their result.
//
// It runs the cells of next_cells() until there are none. The result file is written after every
// run, so an interruption loses one run at most.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiment/plan.hh"
#include "experiment/runner.hh"
#include "result/result.hh"

namespace mpb {

struct Progress {
  const Cell* cell = nullptr;  // null during the clean-up of a target
  std::size_t runs = 0;        // planned, with the purpose of the cell; 0 in a search: unknown
  std::string phase;           // "building the links", "measuring", "done", ...
  double elapsed_s = 0;        // of the measured window
  double throughput_rps = 0;
  const Run* finished = nullptr;  // in phase "done"
  Nanos left{};  // planned for the known cells of this purpose that have not finished
};

class Experiment {
 public:
  // `before` is the result of an interrupted experiment, or null.
  Experiment(ExperimentOptions options, const Result* before, Runner runner,
             std::function<void(const Progress&)> observe);

  // Runs the plan to its end. Throws the error that ends it early, Interrupted after a signal;
  // result() then holds the finished runs.
  void run();
  const Result& result() const { return result_; }
  bool is_saved() const { return saved_; }  // the result file holds every finished run

 private:
  void run_next(const Cell& cell, std::size_t planned, Nanos left);
  Run run_cell(const Cell& cell, std::size_t planned, Nanos left);
  void refuse_changed_host(const Evidence& evidence, Run& run);
  void note_steal();
  void save();
  void clean();
  std::string try_to_clean();

  ExperimentOptions options_;
  Runner runner_;
  std::function<void(const Progress&)> observe_;
  Result result_;
  bool saved_ = false;
  double steal_pct_ = 0;  // during the runs before an interruption
  long long stolen_before_ = 0;
  Nanos started_{};
};

}  // namespace mpb
