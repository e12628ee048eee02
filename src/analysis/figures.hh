// The figures of a result. Each has one name, which is the same in all derived files:
// `scenario/cell/metric/variant`, such as `two-lossy-links/get_4k/p99/mptcp+congestion=bbr`, and
// for a ratio `.../mptcp+congestion=bbr-vs-tcp+congestion=bbr`. Names are ASCII without blanks, and
// the same from run to run: they contain no commit, host or date.
//
// The cell names the circumstances: operation, size, and the parameters that differ from the
// defaults (`get_4k_c200`, `get_4k_500rps_poisson`, `get_4k_zipf`, for a condition of a grid
// `get_4k_link2.delay=20ms`, and for a search `get_4k_p99_20ms`). The variant names the competitor:
// the protocol, then `+KEY=VALUE` for each other choice, with the congestion control first. Only
// valid runs count, every value is finite, and saturated runs have no latency.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hh"
#include "analysis/slo.hh"
#include "result/result.hh"
#include "stats/comparison.hh"

namespace mpb {

enum class Unit { kRequestsPerSecond, kBitsPerSecond, kNanoseconds };
const char* unit_name(Unit unit);  // "req/s", "bit/s", "ns"

struct Metric {
  const char* name;
  Unit unit;
  bool bigger_is_better;
  double margin;           // a ratio within 1 +- this makes no practical difference
  bool headline;           // has a ratio to the base, and a column in a history
  const char* family;      // of OpenMetrics, without the unit and the percentile
  const char* percentile;  // "p99"; null if there is none
  std::optional<double> (*of)(const Run&);  // its value in a run; nothing if the run has none
};

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

// Whether a difference of the metric can be judged in such runs. Latency can only be judged in an
// open loop whose links do not change: in a closed loop it is the number of connections divided by
// the throughput, and where links change, few requests wait through the outage and a percentile
// hides it.
bool can_be_judged(const Metric& metric, const Run& run);

// Whether the metric of such a run depends on the length of its window. Throughput does if links
// change, because the user chooses the share of the window in which a link is down. A table gives
// no verdict on it. A gate may judge it, because its threshold belongs to one scenario, and so may
// a comparison of two results with equal windows.
bool depends_on_window(const Metric& metric, const Run& run);

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

// By name, "p99.9" as well as "p99_9"; null for an unknown name.
const Metric* find_metric(const std::string& name);
std::vector<std::string> metric_names();

// "get_4k", from the run's operation, sizes and parameters.
std::string cell_name(const Result& result, const Run& run);
// From the first valid run: the size of a replica's data is unknown if an invalid run ended early.
std::string cell_name(const Result& result, const RunGroup& group);

// "mptcp+congestion=bbr+endpoints=signal", from all runs of the group, valid or not. Without a
// congestion control if it is unknown, or if the runs used several.
std::string variant_name(const Result& result, const RunGroup& group);

// The two sides of a ratio as the column of protocols shows them: "mptcp" and "tcp", or "mptcp+bbr"
// and "tcp+bbr".
std::string contestant(const Figure& figure);
std::string contestant_base(const Figure& figure);

// The base of a ratio without the settings that both sides share: "tcp", "mptcp".
std::string plain_base(const Figure& figure);

// A latency of requests. It is meaningless in a saturated run.
bool is_latency(const Metric& metric);

// The estimate of a search: a single value, computed from all runs of the search.
bool is_threshold(const Metric& metric);

// Whether a run of this kind has the metric, provided that it is long enough. A synchronisation has
// no latency of requests.
bool applies(const Metric& metric, const Run& run);

// The scenario's name, in which '_' replaces all characters but letters, digits, '.', '_' and '-';
// "target" for the user's own store.
std::string scenario_name(const Result& result);

// The number of runs of the group, valid or not.
std::size_t runs_made(const Result& result, const RunGroup& group);

}  // namespace mpb
