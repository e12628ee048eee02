// The experiment that the options of the main command describe. All text of the options is parsed
// here, and options that contradict each other are refused.
#pragma once

#include <string>
#include <vector>

#include "cmd/bench_options.hh"

namespace mpb {

// The experiment, except for the backend of the links, which is chosen in the sandbox, and the
// output. Throws BadInput that names the option.
ExperimentOptions experiment_of(const BenchOptions& options,
                                const std::vector<std::string>& command);

}  // namespace mpb
