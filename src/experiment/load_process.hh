// The processes of a run that fill the store and load it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiment/follow.hh"
#include "experiment/plan.hh"
#include "sys/interrupt.hh"

namespace mpb {

// The part of a run that is the same in a world of ours and at a target: fill, load, judge.
// `fill_netns` is -1 for the caller's own namespace. The load comes from all `hosts` together.
void fill_and_load(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                   int fill_netns, const LoadHosts& hosts, int subflows, Run& run,
                   const LoadHooks& hooks);

void record_command(const std::vector<std::string>& argv, Run& run);

// Runs a helper (fill, clean-up) to its end; throws RunFailed with its last line. `meanwhile` is
// called ten times a second.
void run_helper(const std::vector<std::string>& argv, int netns_fd, const std::string& doing,
                Nanos timeout, const std::function<void()>& meanwhile = stop_if_interrupted);

// The time limit of a helper that handles this number of keys: 10 ms per key, where a healthy store
// takes a fraction of a millisecond.
Nanos helper_timeout(std::uint64_t keys);

}  // namespace mpb
