// How many runs an experiment makes and about how long they take: before it starts, and while it
// runs. Pure: time is an argument.
#pragma once

#include <cstddef>
#include <string>

#include "experiment/plan.hh"

namespace mpb {

// About how long a run of this cell takes: its warm-up, its window, and the time to build its world
// and to start its store.
Nanos run_time(const ExperimentOptions& options, const Cell& cell);

Nanos time_of(const std::vector<Cell>& cells, const ExperimentOptions& options);

// About how long all runs take. For a search this is the longest time; if the rates are still to be
// found, it is the time of the probes.
Nanos time_needed(const ExperimentOptions& options);

// "about 12 s", "about 1 min 25 s", "about 12 min", "about 2.5 hours".
std::string about(Nanos time);

// "12 runs, about 1 min 25 s": the runs after those that `so_far` holds; "" if none is left.
std::string forecast(const ExperimentOptions& options, const Result& so_far = {});

// How many blocks the verdicts need, and whether there will be as many: with too few, none is
// possible however large the differences are. "" if there are no verdicts.
std::string needed_blocks(const ExperimentOptions& options);

// The time left while an experiment runs. The finished runs show how much longer a run takes than
// planned, and the estimate for the others is corrected by that.
class TimeLeft {
 public:
  TimeLeft(const ExperimentOptions& options, Nanos start);

  // `cell` has finished, and the next run begins.
  void finish(const Cell& cell, Nanos now);

  // "about 40 s left". `left` is the time planned for the runs of this purpose that have not
  // finished, the first of which, `cell` or the one after it, has begun; `planned` is the number of
  // all runs of its purpose. "" if no run is left, or if the number of the runs is unknown.
  std::string text(const Cell& cell, std::size_t planned, Nanos left, Nanos now) const;

 private:
  ExperimentOptions options_;
  Nanos start_;       // of the first run
  Nanos run_start_;   // of the run under way
  Nanos estimate_{};  // for the finished runs
};

}  // namespace mpb
