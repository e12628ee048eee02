// The figures of a result: the median of a metric over the runs of a group, and the ratio of two
// groups within their blocks. analysis/figure_names.hh defines their names. Only valid runs count,
// every value is finite, and saturated runs have no latency.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hh"
#include "analysis/judgement.hh"
#include "analysis/metric.hh"
#include "analysis/slo.hh"
#include "result/result.hh"
#include "stats/comparison.hh"

namespace mpb {

struct Figure {
  std::string name;
  const Metric* metric;
  std::string cell;     // "get_4k"
  std::string proto;    // "mptcp"
  std::string variant;  // "mptcp+congestion=bbr+endpoints=signal"
  std::string base;     // the protocol of a ratio's base, and a ratio has no unit; otherwise ""
  std::string base_variant;       // "tcp+congestion=bbr"
  const Run* base_run = nullptr;  // any run of the base; not for a ratio of thresholds
  std::vector<const Run*> runs;   // the runs that have a value; of a ratio the runs of `proto`
  std::vector<double> values;     // one for each of these runs, at least one
  double value = 0;               // their median; of a ratio the Hodges-Lehmann estimate
  std::size_t made = 0;           // runs of this cell and protocol, valid or not
  std::size_t invalid = 0;        // the invalid ones among them
  std::size_t base_made = 0;      // of a ratio, the same for its base
  std::size_t base_invalid = 0;
  // The valid runs (of a ratio: blocks) with too few requests for the metric. Slow runs are the
  // ones with few requests, so the others are not a fair sample, and the verdict is "inconclusive".
  std::size_t too_short = 0;

  // Some values are bounds, because a wait was not over at the next event, or at the end of the
  // window. A bound of the base bounds a ratio from above. A claim that depends on the unknown part
  // is not made.
  bool at_least = false;
  bool at_most = false;

  // 95 %, of `value`; exact if it is computed from values. Nothing for fewer than six values.
  std::optional<Interval> interval;
  double mad = 0;                        // the median absolute deviation; not of a ratio
  std::vector<std::size_t> outliers;     // indices of values that stand apart; they count as well
  std::optional<Comparison> comparison;  // of a ratio within blocks
  std::string withheld;  // why there is no verdict although there are values; otherwise ""
  Judgement judgement;   // of a ratio, together with all others of the result
};

// In the order of the table: the metrics of each cell and contestant, then the ratios to its base.
// The figures refer to the runs of `result`.
std::vector<Figure> figures_of(const Result& result, const std::vector<RunGroup>& groups,
                               const std::vector<SloAnswer>& answers);

// The figure of one metric for one group, and its ratio within the blocks in which both groups have
// a valid run. Without values if no run has one. The name stays empty.
Figure figure_of(const Metric& metric, const RunGroup& group);
Figure ratio_of(const Metric& metric, const RunGroup& group, const RunGroup& base);

// The two sides of a ratio as the column of protocols shows them: "mptcp" and "tcp", or "mptcp+bbr"
// and "tcp+bbr".
std::string contestant(const Figure& figure);
std::string contestant_base(const Figure& figure);

// The base of a ratio without the settings that both sides share: "tcp", "mptcp".
std::string plain_base(const Figure& figure);

// The number of runs of the group, valid or not.
std::size_t runs_made(const Result& result, const RunGroup& group);

}  // namespace mpb
