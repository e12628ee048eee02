// Where links change: the longest stall and the first success after a change, over all blocks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "report/analysis.hh"
#include "report/text.hh"

namespace mpb {

// "104-131" in milliseconds; "-" for none.
std::string milliseconds_text(const std::optional<Interval>& interval);

using CellName = std::function<std::string(const RunGroup&)>;

// A header, then of every cell and protocol whose links changed the medians of both with their
// intervals, and their ratios with verdicts. Only the header for links that did not change.
std::vector<Row> stall_rows(const Analysis& analysis, const CellName& name);

}  // namespace mpb
