// Which metric the protocols of a cell can differ in, and so carries its verdict: of a closed loop
// throughput, which is all that the protocols decide. In an open loop that keeps up it is what was
// offered, 1.00 by construction, and the tail of latency differs; where links change, the longest
// stall. Table, page, summary and verdicts ask here alone.
#pragma once

#include <string>
#include <vector>

#include "analysis/figures.hh"
#include "analysis/group.hh"

namespace mpb {

// Of the cell that `cell` belongs to: the same for all its protocols. p50 where p99 is not known
// of all its valid runs.
const Metric& headline_of(const std::vector<RunGroup>& groups, const RunGroup& cell);

// The ratio of its cell's headline to the base; null where there is none.
const Figure* headline_ratio(const std::vector<Figure>& figures,
                             const std::vector<RunGroup>& groups, const RunGroup& group);

// Of each protocol's ratios the headline comes first; otherwise their order stays.
void put_headlines_first(std::vector<const Figure*>& ratios, const std::vector<RunGroup>& groups);

// The headlines of the cells that have a ratio, each once: one, unless some rates of a sweep were
// too high.
std::vector<const Metric*> headlines_in(const std::vector<Figure>& figures,
                                        const std::vector<RunGroup>& groups);

// In front of "vs tcp": "req/s", "p99", "stall".
std::string short_name(const Metric& metric);
// In a column of metrics: "throughput", "p99", "longest stall".
std::string shown_name(const Metric& metric);
// In a sentence: "the throughput", "the p99 latency", "the longest stall".
std::string long_name(const Metric& metric);

}  // namespace mpb
