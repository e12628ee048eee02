// One run: its world, its store, its load, and the decision whether it is valid.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiment/plan.hh"
#include "experiment/runner.hh"
#include "load/events.hh"
#include "sys/interrupt.hh"

namespace mpb {

// The Runner for links and a store of ours.
Run run_in_world(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                 Evidence* evidence);

// A run against a store that runs elsewhere, without links of ours.
Run run_at_target(const ExperimentOptions& options, const Cell& cell, const RunContext& context);

// The functions below are common to runs of every kind.

// A run that has not started, with the values that its cell determines.
Run new_run(const ExperimentOptions& options, const Cell& cell);

// The traffic of the links between two readings.
std::vector<LinkTraffic> difference(const std::vector<LinkTraffic>& before,
                                    std::vector<LinkTraffic> after);
// The growth of the kernel's counters between two readings, without those that did not change: all
// counters of MPTCP, those of TCP about data that was sent again, and loss_counters().
std::map<std::string, std::int64_t> difference(const std::map<std::string, std::int64_t>& before,
                                               const std::map<std::string, std::int64_t>& after);

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

// Removes the keys that the runs at the target have written. After a signal it has the rest of
// kCleanUpTime. Throws RunFailed, or Interrupted after a signal, with the text of
// keys_may_remain().
constexpr Nanos kCleanUpTime = kGrace - 500ms;
void clean_target(const ExperimentOptions& options,
                  const std::function<void(Nanos elapsed)>& observe);

// "keys that begin with mpb: may remain; this command removes them: mptcp-bench load ..."
std::string keys_may_remain(const ExperimentOptions& options);

}  // namespace mpb
