// Sentences next to the tables, the same in every output.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// The set-up of the result in one line, with which every output begins: "two-lossy-links (links by
// tun, RTT 10ms), redis 7.0.15, 50 connections, closed loop, 5s a run, cubic, 10 blocks, ...".
std::string about(const Analysis& analysis);

// The valid runs that stand apart from the others, and the troubles of valid runs.
std::vector<std::string> remark_sentences(const Analysis& analysis);

// Whether any ratio has an interval. With fewer than six blocks, the table of ratios shows no more
// than the column of ratios in the first table.
bool has_intervals(const Analysis& analysis);

}  // namespace mpb
