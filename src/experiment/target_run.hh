// A run against a store that we did not start, and the removal of its keys.
#pragma once

#include <functional>
#include <string>

#include "experiment/load_host.hh"
#include "experiment/plan.hh"
#include "experiment/runner.hh"
#include "sys/interrupt.hh"

namespace mpb {

// A run without links of ours. The load comes from all `hosts` together.
Run run_at_target(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                  const LoadHosts& hosts, Evidence* evidence);

// Removes the keys that the runs at the target have written. After a signal it has the rest of
// kCleanUpTime. Throws RunFailed, or Interrupted after a signal, with the text of
// keys_may_remain().
constexpr Nanos kCleanUpTime = kGrace - 500ms;
void clean_target(const ExperimentOptions& options,
                  const std::function<void(Nanos elapsed)>& observe);

// "keys that begin with mpb: may remain; this command removes them: mptcp-bench load ..."
std::string keys_may_remain(const ExperimentOptions& options);

}  // namespace mpb
