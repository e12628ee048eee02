// Whether an interrupted experiment can be resumed: the world of its next runs must be the same as
// that of the finished ones.
#pragma once

#include <string>

#include "experiment/plan.hh"
#include "result/result.hh"

namespace mpb {

// `now` is the record of a new result. Throws BadInput that names the first field that differs,
// with both values: version of the tool, kernel, seed, store, backend, scenario or workload.
// Descriptions may differ.
void check_same_world(const Result& before, const Result& now, const std::string& file);

// Throws BadInput if the finished runs are not the first ones of these options.
void check_plan(const ExperimentOptions& options, const Result& before, const std::string& file);

}  // namespace mpb
