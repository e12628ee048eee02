// The processes of a run that fill the store and load it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiment/plan.hh"
#include "experiment/runner.hh"
#include "load/events.hh"
#include "sys/interrupt.hh"

namespace mpb {

// The caller's part in a run. All are called from the thread that follows the load.
struct LoadHooks {
  // When the store has been filled.
  std::function<void()> before_load = [] {};
  std::function<void(const LoadEvent&)> on_event = [](const LoadEvent&) {};
  // Does the work that is due, and returns the time of the next call.
  std::function<Nanos()> on_time = [] { return Nanos::max(); };
  // A reason to end the run, or "".
  std::function<std::string()> trouble = [] { return std::string(); };
};

// The part of a run that is the same in a world of ours and at a target: fill, load, judge.
// `fill_netns` and `load_netns` are -1 for the caller's own namespace.
void fill_and_load(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                   int fill_netns, int load_netns, int subflows, Run& run, const LoadHooks& hooks);

void record_command(const std::vector<std::string>& argv, Run& run);

// Parses a line of a load that we started. An invalid line is a failure of that load, not bad
// input, so this throws RunFailed.
std::variant<LoadEvent, Outcome> parse_load_line(std::string_view line);

// Runs a helper (fill, clean-up) to its end; throws RunFailed with its last line. `meanwhile` is
// called ten times a second.
void run_helper(const std::vector<std::string>& argv, int netns_fd, const std::string& doing,
                Nanos timeout, const std::function<void()>& meanwhile = stop_if_interrupted);

// The time limit of a helper that handles this number of keys: 10 ms per key, where a healthy store
// takes a fraction of a millisecond.
Nanos helper_timeout(std::uint64_t keys);

}  // namespace mpb
