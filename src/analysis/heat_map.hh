// The answer of a grid with two variables: for each cell and contestant, the ratio of the headline
// under every condition.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

struct HeatMap {
  std::string cell;  // "GET 4k"; with more variables "GET 4k, connections 50"
  const Metric* metric;
  std::string contestant, base;  // "mptcp" and "tcp"
  const Variable* rows;          // of the result's grid
  const Variable* columns;
  std::vector<std::vector<const Figure*>> ratios;  // by row and column; null if there is none
};

// None unless two variables of the grid have several values. The first two of these are the rows
// and the columns, and every combination of the others has maps of its own. The maps refer to the
// analysis.
std::vector<HeatMap> heat_maps(const Analysis& analysis);

}  // namespace mpb
