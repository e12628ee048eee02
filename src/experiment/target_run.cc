#include "experiment/target_run.hh"

#include <fmt/format.h>
#include <unistd.h>

#include "experiment/commands.hh"
#include "experiment/host_facts.hh"
#include "experiment/judge.hh"
#include "experiment/judge_host.hh"
#include "experiment/load_process.hh"
#include "experiment/readings.hh"
#include "experiment/run.hh"
#include "experiment/target.hh"
#include "experiment/target_watch.hh"
#include "load/workload.hh"
#include "sys/error.hh"
#include "sys/virtual_time.hh"

namespace mpb {

Run run_at_target(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                  const LoadHosts& hosts, Evidence* evidence) {
  Run run = new_run(options, cell);
  try {
    const std::string before = target_life(*options.target);
    if (!in_virtual_time()) record_cpu_without_load(context, run);
    TargetWatch watch(*options.target);
    LoadHooks hooks;
    hooks.before_load = [&] { watch.before_load(); };
    hooks.on_event = [&](const LoadEvent& event) {
      if (event.kind == LoadEvent::Kind::kMeasuring) watch.open();
      if (event.kind == LoadEvent::Kind::kMeasured) watch.close();
    };
    fill_and_load(options, cell, context, -1, hosts, 0, run, hooks);
    const std::string after = target_life(*options.target);
    const bool restarted = !before.empty() && !after.empty() && before != after;
    watch.record(restarted, run);
    if (evidence != nullptr) evidence->namespaces["client"] = host_facts(devices_in_use(run));
    if (restarted) {
      run.invalid_reasons.insert(
          run.invalid_reasons.begin(),
          "the store was restarted during the run (its run_id changed), so its data is gone");
    }
  } catch (const RunFailed& error) {
    run.invalid_reasons.push_back(error.what());
  }
  if (in_virtual_time()) forget_cpu(run);
  judge_cpu(run);
  judge_gaps(run);
  judge_waiting(run);
  judge_rivals(static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), run);
  judge_congestion_control("", run);
  if (!in_virtual_time()) note_unchecked(run);
  return run;
}

void clean_target(const ExperimentOptions& options,
                  const std::function<void(Nanos elapsed)>& observe) {
  const Nanos started = now();
  const auto meanwhile = [&] {
    if (interrupted_for() > kCleanUpTime) throw Interrupted(keys_may_remain(options));
    observe(now() - started);
  };
  try {
    run_helper(cleanup_command(options), -1, "removing our keys from the store",
               helper_timeout(options.workload.keyspace), meanwhile);
  } catch (const RunFailed& error) {
    throw RunFailed(fmt::format("{}; {}", error.what(), keys_may_remain(options)));
  }
}

std::string keys_may_remain(const ExperimentOptions& options) {
  return fmt::format("keys that begin with {} may remain; this command removes them: {}",
                     LoadSpec{}.prefix, shown_text(cleanup_command(options)));
}

}  // namespace mpb
