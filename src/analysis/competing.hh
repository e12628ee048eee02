// The load next to a TCP flow that shares a link with it: the goodput of both, and sentences.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hh"
#include "stats/summary.hh"

namespace mpb {

// Whether all valid runs of the group, at least one, had a competing flow.
bool has_competing_flow(const RunGroup& group);

// The connections of the load, and of MPTCP their subflows.
double flows_of_load(const RunGroup& group);

// The share of the load in the goodput of both, over the valid runs; nothing if neither got any.
std::optional<Summary> share_of_load(const RunGroup& group);

// "GET 256k, next to a TCP flow on link1: tcp (1 flow) got 50 % of the goodput of both, mptcp (2
// flows) 66 %" for each cell.
std::vector<std::string> competing_sentences(const std::vector<RunGroup>& groups);

}  // namespace mpb
