// The variants and conditions of an experiment, from the options of the main command: the variants
// that --congestion, --ip, --vary and the workload file let compete, the grid of conditions, and
// the sysctls of all runs. Each function throws BadInput that names the option.
#pragma once

#include "cmd/bench_options.hh"

namespace mpb {

// Needs the protocols, the workload and its rates. Also checks --base.
void take_variants(const BenchOptions& options, ExperimentOptions& experiment);

void take_sysctls(const BenchOptions& options, ExperimentOptions& experiment);

// After the links of the scenario are known, or that there are none.
void take_grid(const BenchOptions& options, ExperimentOptions& experiment);

}  // namespace mpb
