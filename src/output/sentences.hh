// Sentences next to the tables, the same in every output.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// The set-up of the result in one line: "two-lossy-links, redis 7.0.15, 50 connections, ...".
std::string about(const Analysis& analysis);

// The valid runs that stand apart from the others, and the troubles of valid runs.
std::vector<std::string> remark_sentences(const Analysis& analysis);

// Whether any ratio has an interval. With fewer than six blocks, the table of ratios shows no more
// than the column of ratios in the first table.
bool has_intervals(const Analysis& analysis);

}  // namespace mpb
