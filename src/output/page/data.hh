// What the charts of a page draw: named tables, as JSON. Their columns have the names and units of
// the result. Only what is drawn is there: distributions are merged over blocks and cut to points,
// and of each group one run is shown over time.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "output/page/parts.hh"

namespace mpb {

struct ChartData {
  std::string json;  // {"datasets": {NAME: [ROW, ...]}, "colours": {FIELD: {VALUE: COLOUR}},
                     // "cells": [...]}
  std::set<std::string> datasets;     // those that have rows
  bool latency_as_published = false;  // the bars of latency are means to the first byte, like the
                                      // published ones beside them
};
ChartData chart_data(const std::vector<NamedAnalysis>& results, const PageParts& parts);

}  // namespace mpb
