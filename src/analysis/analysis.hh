// All figures that follow from a result. They are computed once, for the tables, the page, the
// exports, the gate and the result file itself.
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
  std::vector<Figure> figures;  // metrics, and ratios between protocols
  std::vector<Explanation> explanations;
  std::vector<SloAnswer> answers;  // if the result is a search
};

// The analysis refers to `result`, which must outlive it.
Analysis analyse(const Result& result);

// The figures that are ratios between protocols. For each protocol in a cell, the headline comes
// first.
std::vector<const Figure*> ratios_in(const Analysis& analysis);

// Those that can have a verdict: without the latency of a closed loop, which throughput determines,
// and without throughput where links change.
std::vector<const Figure*> judged_ratios_in(const Analysis& analysis);

}  // namespace mpb
