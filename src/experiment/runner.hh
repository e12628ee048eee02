// A function that runs one cell: the interface between the loop of an experiment and the kernel.
//
// Experiment only calls the Runner that it receives, so the tests of plans, searches, resumption
// and stopping rules use a function that invents runs, and take milliseconds.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiment/plan.hh"
#include "result/result.hh"

namespace mpb {

struct RunContext {
  std::function<void(const std::string& phase, double elapsed_s, double throughput_rps)> observe;
};

// The world as read back from the kernel, and the store's configuration.
struct Evidence {
  std::map<std::string, NamespaceRecord> namespaces;  // by role
  std::map<std::string, std::string> store_configuration;
};

// Builds everything that the cell needs, measures, and removes everything. A failure during the run
// makes the run invalid; a failure to set it up throws, and so does a signal (Interrupted). Fills
// `evidence` if it is not null.
using Runner = std::function<Run(const ExperimentOptions& options, const Cell& cell,
                                 const RunContext& context, Evidence* evidence)>;

}  // namespace mpb
