// The verdicts of ratios, which are reached together, so that all verdicts of a table are right
// with the stated confidence.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "analysis/metric.hh"
#include "result/parameters.hh"
#include "stats/comparison.hh"

namespace mpb {

// The verdict of a ratio, reached together with all other ratios of its table.
struct Judgement {
  Verdict verdict = Verdict::kNone;
  double p = 1;            // of the claim, adjusted for the table and for the looks at it
  std::size_t family = 0;  // the number of verdicts in the table; 0 if this one is not among them
  std::optional<std::size_t>
      blocks_missing;    // to decide an inconclusive one, if it can be estimated
  bool cut_off = false;  // inconclusive because values are bounds; more blocks would not help
};

// A ratio that is to be judged. `too_short`, `at_least` and `at_most` are those of Figure.
struct Claim {
  const Comparison* comparison;
  const Metric* metric;
  bool can_be_judged;
  std::size_t too_short;
  bool at_least = false;
  bool at_most = false;
};
// `looks` returns the number of looks at a family of that number of verdicts. By Holm's method the
// verdicts of all looks are right together with 95 %.
std::vector<Judgement> judge_together(const std::vector<Claim>& claims, Adjustment adjustment,
                                      const std::function<std::size_t(std::size_t family)>& looks);

// The adjustment of a result's verdicts: by Holm's method, and for a grid with several conditions
// by that of Benjamini and Hochberg.
Adjustment adjustment_of(const PlanParameters& plan);

}  // namespace mpb
