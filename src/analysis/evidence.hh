// How far the evidence of a result at a target reaches. Only this host could be observed, so it is
// weaker than over links of ours.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hh"

namespace mpb {

// Whether the runs used a store and a network that are not ours.
bool is_at_target(const Result& result);

// The runs of a group that the tables of paths describe: the valid ones, or all if none is valid,
// because a missing path makes a run invalid.
std::vector<const Run*> runs_with_paths(const Result& result, const RunGroup& group);

// The number of pairs of addresses that the run used.
std::size_t paths_of(const Run& run);

// The checks that were not made, the number of paths, the store's own counts, and the state of this
// host that may affect runs. Empty for other results.
std::vector<std::string> evidence_sentences(const Result& result);

}  // namespace mpb
