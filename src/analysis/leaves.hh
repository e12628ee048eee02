// The records of a result as lists of names and values, for people to read.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "result/environment.hh"
#include "result/parameters.hh"
#include "result/result.hh"

namespace mpb {

// Every leaf of a JSON object with the names that lead to it: {"namespaces client rules", "0: from
// all\n32766: ..."}. A link is one leaf, in words.
using Leaves = std::vector<std::pair<std::string, std::string>>;
Leaves leaves(const Environment& environment);
Leaves leaves(const ScenarioRecord& scenario);
Leaves leaves(const WorkloadRecord& workload);

}  // namespace mpb
