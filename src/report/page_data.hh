// What the charts of a page draw: named tables, as JSON. Their columns have the names and units of
// the result. Only what is drawn is there: distributions are merged over blocks and cut to points,
// and of each group one run is shown over time.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "report/page_parts.hh"

namespace mpb {

struct ChartData {
  std::string json;  // {"datasets": {NAME: [ROW, ...]}, "colours": {FIELD: {VALUE: COLOUR}},
                     // "cells": [...]}
  std::set<std::string> datasets;     // those that have rows
  bool latency_as_published = false;  // the bars of latency are means to the first byte, like the
                                      // published ones beside them
};
ChartData chart_data(const std::vector<NamedAnalysis>& results, const PageParts& parts);

// The run that stands for its group over time: the one with the median throughput. Of one valid run
// at least.
const Run& typical(const std::vector<const Run*>& valid);

// Every leaf of a JSON object with the names that lead to it: {"namespaces client rules", "0: from
// all\n32766: ..."}.
using Leaves = std::vector<std::pair<std::string, std::string>>;
Leaves leaves(const Environment& environment);
Leaves leaves(const ScenarioRecord& scenario);
Leaves leaves(const WorkloadRecord& workload);

}  // namespace mpb
