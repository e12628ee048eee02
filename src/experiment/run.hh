// One run over links and with a store of ours.
#pragma once

#include "experiment/plan.hh"
#include "experiment/runner.hh"

namespace mpb {

// The Runner for links and a store of ours.
Run run_in_world(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                 Evidence* evidence);

// A run of any kind that has not started, with the values that its cell determines.
Run new_run(const ExperimentOptions& options, const Cell& cell);

}  // namespace mpb
