// Whether an experiment that was interrupted can go on: what is run now must be the same world as
// what was run then.
#pragma once

#include <string>

#include "experiment/plan.hh"
#include "result/result.hh"

namespace mpb {

// `now` is what a new result would record. Throws BadInput that names the first field that differs
// and both values: the version of the tool, kernel, seed, store, backend, scenario or workload as
// they are read now. What only describes may differ.
void check_same_world(const Result& before, const Result& now, const std::string& file);

// Throws BadInput when the runs are not those that these options begin with.
void check_plan(const ExperimentOptions& options, const Result& before, const std::string& file);

}  // namespace mpb
