// The answers of `compare` and `gate`, as the sentences with which their outputs begin.
#pragma once

#include <string>
#include <vector>

#include "analysis/compare.hh"
#include "analysis/gate.hh"

namespace mpb {

// "B has 0.98 to 1.02 times the throughput of A in 6 rows (95 % intervals within 0.97-1.03):
// equivalent in all." One sentence for each metric that has a verdict, and one for its ratios
// between protocols.
std::vector<std::string> compare_answer(const std::vector<CompareRow>& rows);

// "The gate fails: 2 of 6 outcomes are worse than their rules allow, and 1 is inconclusive."
std::string gate_answer(const Result& result, const std::vector<GateOutcome>& outcomes);

}  // namespace mpb
