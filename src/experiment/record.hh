// What a result says of an experiment before the first run: command, host, links, workload and
// store.
#pragma once

#include "experiment/plan.hh"
#include "result/result.hh"

namespace mpb {

// Reads the host, and asks a target for its version.
Result recorded(const ExperimentOptions& options);

// The first block of the result as it would be if all its runs were valid: their circumstances, and
// no figures. Asks nobody. No runs where they follow from measurements (--slo, --rate auto).
Result planned(const ExperimentOptions& options);

}  // namespace mpb
