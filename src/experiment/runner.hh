// The seam between an experiment's loop and the kernel: a function that runs one cell.
//
// Experiment only calls the Runner that it is given, so that plans, searches, resumption and
// stopping rules are tested in milliseconds with a function that makes its runs up.
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

// Builds everything that the cell needs, measures, and takes everything down. Failures during the
// run make an invalid run; what cannot be set up throws, and so does a signal (Interrupted). Fills
// `evidence` when it is not null.
using Runner = std::function<Run(const ExperimentOptions& options, const Cell& cell,
                                 const RunContext& context, Evidence* evidence)>;

}  // namespace mpb
