// One run: its world, its store, its load, and the judgement whether what came out can be believed.
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

// A Runner for links and a store of ours.
Run run_in_world(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                 Evidence* evidence);

// Against a store that runs elsewhere: no links to build, none to account for.
Run run_at_target(const ExperimentOptions& options, const Cell& cell, const RunContext& context);

// What runs of every kind are made of. A run with all that is known before it starts:
Run described(const ExperimentOptions& options, const Cell& cell);

// What the links carried between two readings; and what the kernel counted: of MPTCP all, of TCP
// what tells how data had to be sent again, without what stayed as it was.
std::vector<LinkTraffic> difference(const std::vector<LinkTraffic>& before,
                                    std::vector<LinkTraffic> after);
std::map<std::string, std::int64_t> difference(const std::map<std::string, std::int64_t>& before,
                                               const std::map<std::string, std::int64_t>& after);

// A line of a load that we started: what cannot be read is that load's failure, and nobody's bad
// input. Throws RunFailed.
std::variant<LoadEvent, Outcome> said_by_load(std::string_view line);

// A helper of ours (fill, clean-up) run to its end; throws RunFailed with its last words.
// `meanwhile` is called ten times a second.
void run_helper(const std::vector<std::string>& argv, int netns_fd, const std::string& doing,
                Nanos timeout, const std::function<void()>& meanwhile = stop_if_interrupted);

// How long one may take that handles so many keys. A key takes a fraction of a millisecond; a store
// that takes ten is not going to make it.
Nanos helper_timeout(std::uint64_t keys);

// Removes the keys that runs at the target have written. After a signal it has what is left of
// kCleanUpTime. Throws RunFailed, or then Interrupted, with what keys_may_remain() says.
constexpr Nanos kCleanUpTime = kGrace - 500ms;
void clean_target(const ExperimentOptions& options,
                  const std::function<void(Nanos elapsed)>& observe);

// "keys that begin with mpb: may remain; this removes them: mptcp-bench load ..."
std::string keys_may_remain(const ExperimentOptions& options);

}  // namespace mpb
