// The grid of an experiment: which variables and values its options permit.
#pragma once

#include <vector>

#include "experiment/plan.hh"

namespace mpb {

// The grid with its values as results have them, each once. Throws BadInput for a variable or a
// value that these options cannot have, with the nearest name.
std::vector<Variable> checked_grid(const std::vector<Variable>& grid,
                                   const ExperimentOptions& options);

// Throws BadInput if the backend shapes no links and the grid needs it to. An MTU needs no shaping.
void check_backend(const ExperimentOptions& options);

// The options under each condition; without a grid the options themselves.
std::vector<ExperimentOptions> under_each_condition(const ExperimentOptions& options);

}  // namespace mpb
