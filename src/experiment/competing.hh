// The TCP flow that shares a link with the load (Scenario::competing_flow). It sends in the
// direction in which the values go, from the beginning of the warm-up to the end of the run.
#pragma once

#include <memory>
#include <string>

#include "experiment/plan.hh"
#include "world/competing_flow.hh"
#include "world/world.hh"

namespace mpb {

// Throws BadInput if the scenario has such a flow and the workload no single direction.
void check_competing_flow(const ExperimentOptions& options);

// Null if the scenario has none.
std::unique_ptr<CompetingFlow> connect_competing_flow(const ExperimentOptions& options,
                                                      const Cell& cell, const World& world);

// Records the data of the flow between two readings, and the CPU time of its process.
void record_competing_flow(const ExperimentOptions& options, const FlowReading& before,
                           const FlowReading& after, Run& run);

// The flow competed for the whole window: its own ends never kept it from sending for long.
void judge_competing_flow(Run& run);

// The lines of --dry-run; "" if there is no flow.
std::string competing_flow_text(const ExperimentOptions& options, const Cell& cell);

}  // namespace mpb
