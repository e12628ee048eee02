// The data of the charts of a page: named tables, as JSON. Their columns have the names and units
// of the result. They contain only values that are drawn: distributions are merged over blocks and
// reduced to points, and one run of each group is shown over time.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "output/page/parts.hh"

namespace mpb {

struct ChartData {
  std::string json;  // {"datasets": {NAME: [ROW, ...]}, "colours": {FIELD: {VALUE: COLOUR}},
                     // "cells": [...]}
  std::set<std::string> datasets;     // the names of those that have rows
  bool latency_as_published = false;  // the bars of latency are means to the first byte, like the
                                      // published bars next to them
};
ChartData chart_data(const std::vector<NamedAnalysis>& results, const PageParts& parts);

}  // namespace mpb
