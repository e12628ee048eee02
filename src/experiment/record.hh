// The part of a result that is known before the first run: command, host, links, workload and
// store.
#pragma once

#include "experiment/plan.hh"
#include "result/result.hh"

namespace mpb {

// Reads the host's settings, and asks a target for its version.
Result recorded(const ExperimentOptions& options);

// The first block of the planned result, as if all its runs were valid: their descriptions, without
// figures. Reads neither host nor target. Without runs if they follow from measurements (--slo,
// --rate auto).
Result planned(const ExperimentOptions& options);

}  // namespace mpb
