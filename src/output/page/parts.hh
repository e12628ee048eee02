// The parts of a page.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/analysis.hh"
#include "analysis/published.hh"
#include "result/result.hh"

namespace mpb {

struct NamedResult {
  std::string name;  // of the file, without folder and ending; unique in a page
  Result result;
};

struct NamedAnalysis {
  std::string name;
  Analysis analysis;
};

// The parts of a page that do not come from its results.
struct PageParts {
  std::string style;
  std::vector<std::string> scripts;            // empty: no charts
  std::map<std::string, std::string> charts;   // Vega-Lite, by name
  std::map<std::string, Published> published;  // by the scenario's name
  std::string without_charts;                  // why a page has no charts, and the remedy
};

}  // namespace mpb
