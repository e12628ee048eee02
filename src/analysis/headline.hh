// The headline of a cell: the metric in which its protocols can differ, which therefore has the
// verdict. In a closed loop it is the throughput. In an open loop that keeps up, throughput equals
// the offered rate for all protocols, and the headline is the tail of the latency. Where links
// change it is the longest stall. Table, page, summary and verdicts all use these functions.
#pragma once

#include <string>
#include <vector>

#include "analysis/figures.hh"
#include "analysis/group.hh"

namespace mpb {

// The headline of the cell that `cell` belongs to, the same for all its protocols. p50 takes the
// place of p99 if a valid run has too few requests for a p99.
const Metric& headline_of(const std::vector<RunGroup>& groups, const RunGroup& cell);

// The ratio of the headline to the group's base; null if there is none.
const Figure* headline_ratio(const std::vector<Figure>& figures,
                             const std::vector<RunGroup>& groups, const RunGroup& group);

// Moves the headline to the front of each protocol's ratios, and keeps the order of the others.
void put_headlines_first(std::vector<const Figure*>& ratios, const std::vector<RunGroup>& groups);

// The headlines of the cells that have a ratio, each once. There are several only if some rates of
// a sweep were too high.
std::vector<const Metric*> headlines_in(const std::vector<Figure>& figures,
                                        const std::vector<RunGroup>& groups);

// In a table: "throughput", "p99", "longest stall".
std::string shown_name(const Metric& metric);
// In a sentence: "the throughput", "the p99 latency", "the longest stall".
std::string name_in_sentence(const Metric& metric);

}  // namespace mpb
