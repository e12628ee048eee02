// Everything that is computed from a result, once, for all outputs: tables, page, exports, gate and
// the document itself.
#pragma once

#include <vector>

#include "analysis/explain.hh"
#include "analysis/figures.hh"
#include "analysis/group.hh"
#include "analysis/slo.hh"
#include "result/result.hh"

namespace mpb {

struct Analysis {
  const Result& result;
  std::vector<RunGroup> groups;
  std::vector<Figure> figures;  // metrics, and the ratios of protocols
  std::vector<Explanation> explanations;
  std::vector<SloAnswer> answers;  // of a search
};

// `result` must stay where it is for as long as the analysis is used.
Analysis analyse(const Result& result);

// Those of its figures that are ratios of protocols: of each protocol in a cell first the one of
// its headline.
std::vector<const Figure*> ratios_in(const Analysis& analysis);

}  // namespace mpb
