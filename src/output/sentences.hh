// Sentences that stand on their own, next to the tables: the same lists for every output.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// What valid runs went through, and those that stand apart from the others.
std::vector<std::string> remark_sentences(const Analysis& analysis);

// Whether a ratio has an interval: below six blocks the table of ratios says no more than the
// column of ratios in the first table.
bool has_intervals(const Analysis& analysis);

}  // namespace mpb
