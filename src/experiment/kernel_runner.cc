#include "experiment/kernel_runner.hh"

#include "experiment/process_host.hh"
#include "experiment/replica.hh"
#include "experiment/run.hh"
#include "experiment/target_run.hh"

namespace mpb {

Runner kernel_runner(Ranks* ranks) {
  return [ranks](const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                 Evidence* evidence) {
    if (options.target)
      return run_at_target(options, cell, context,
                           ranks != nullptr ? ranks->hosts() : single_host(), evidence);
    const bool sync = options.workload.kind == WorkloadKind::kReplicaSync;
    return (sync ? run_replica : run_in_world)(options, cell, context, evidence);
  };
}

}  // namespace mpb
