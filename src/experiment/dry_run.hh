// The text of --dry-run.
#pragma once

#include <string>

#include "experiment/plan.hh"

namespace mpb {

// Every command of an experiment in its order: the world of a run, its events, then the processes
// of each run. At the end, the number of runs and about how long they take.
std::string dry_run(const ExperimentOptions& options);

}  // namespace mpb
