// What a result says of an experiment before the first run: command, host, links, workload and
// store.
#pragma once

#include "lab/plan.hh"
#include "result/result.hh"

namespace mpb {

// Reads the host, and asks a target for its version.
Result recorded(const ExperimentOptions& options);

}  // namespace mpb
