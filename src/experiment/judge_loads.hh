// Judges the loads of several hosts: each by itself, by its name, and all together.
#pragma once

#include <string>
#include <vector>

#include "experiment/follow.hh"
#include "experiment/plan.hh"
#include "result/result.hh"

namespace mpb {

// Records and judges the loads, which are in the order of their hosts; `hosts` are the names. For
// one load this is judge_outcome(). Several are merged; each is also judged by itself, with its
// share of the connections, and run.hosts records it.
void judge_loads(const std::vector<std::string>& hosts, const std::vector<FollowedLoad>& loads,
                 const Cell& cell, const ExperimentOptions& options, int expected_subflows,
                 Run& run);

// The greatest distance of an edge of a host's window from that of the first host, the uncertainty
// of its clock included.
Nanos apart(const FollowedLoad& load, const FollowedLoad& first);

}  // namespace mpb
