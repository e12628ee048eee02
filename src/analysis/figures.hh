// What a result publishes: every figure under the one name that it has in all derived files,
// `scenario/cell/metric/variant`, such as `two-lossy-links/get_4k/p99/mptcp+congestion=bbr`, and a
// ratio as `.../mptcp+congestion=bbr-vs-tcp+congestion=bbr`. Names are ASCII without blanks, the
// same from run to run: no commit, host or date.
//
// A cell is the circumstances: operation, size, and what is not a default (`get_4k_c200`,
// `get_4k_500rps_poisson`, `get_4k_zipf`, and of a search `get_4k_p99_20ms`). A variant is what
// competes in it: the protocol, then `+KEY=VALUE` of what else may be chosen, with the congestion
// control first. Only valid runs count, every value is finite, and where more was offered than got
// through there is no latency.
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
  double margin;  // a ratio within 1 +- this makes no practical difference
  bool headline;  // worth a ratio to its base_of(), and a column of a history
  const char*
      family;  // of OpenMetrics, without the unit: metrics of one family differ by their percentile
  const char* percentile;                   // "p99"; null where there is none
  std::optional<double> (*of)(const Run&);  // of one run; nothing where it cannot tell
};

// What is said of a ratio, together with all other ratios of its table.
struct Judgement {
  Verdict verdict = Verdict::kNone;
  double p = 1;            // of the claim, adjusted for the table (Holm) and the looks at it
  std::size_t family = 0;  // how many verdicts the table has; 0 where this one is none of them
  std::optional<std::size_t> blocks_missing;  // of an inconclusive one, where it can be told
  bool cut_off = false;  // inconclusive for values that are bounds, which no further block changes
};

struct Claim {
  const Comparison* comparison;
  const Metric* metric;
  bool can_be_judged;
  std::size_t untold;     // blocks or runs that were too short to tell
  bool at_least = false;  // of the ratio, Figure's
  bool at_most = false;
};
// `looks`: how often a family of so many verdicts was looked at. All verdicts of all looks are
// right together with 95 %.
std::vector<Judgement> judge_together(const std::vector<Claim>& claims,
                                      const std::function<std::size_t(std::size_t family)>& looks);

// Whether a difference of the metric can be judged in such runs. Latency only in an open loop whose
// links do not change: in a closed loop it is the number of connections divided by throughput, told
// once more, and a percentile hides the outage that few requests waited for.
bool can_be_judged(const Metric& metric, const Run& run);

// Whether the metric of such a run follows from how long its window is: throughput where links
// change, because the share of the window in which a link is down is chosen. A table gives no
// verdict on it. A gate may judge it, whose threshold is of one scenario, and so may a comparison
// of two results, whose windows are equal.
bool depends_on_window(const Metric& metric, const Run& run);

struct Figure {
  std::string name;
  const Metric* metric;
  std::string cell;     // "get_4k"
  std::string proto;    // "mptcp"
  std::string variant;  // "mptcp+congestion=bbr"
  std::string base;     // "tcp", or whatever base_of() says, of a ratio, which has no unit;
                        // otherwise empty
  std::vector<const Run*> runs;  // those that could tell; of a ratio the blocks' runs of `proto`
  std::vector<double> values;    // one a run, at least one
  double value = 0;              // their median; of a ratio the Hodges-Lehmann estimate
  std::size_t made = 0;          // runs of this cell and protocol, valid or not
  std::size_t invalid = 0;       // of them
  std::size_t base_made = 0;     // of a ratio, those of its base
  std::size_t base_invalid = 0;
  // Valid runs, of a ratio blocks with a valid run of both, that were too short to tell. Those that
  // are left are no fair sample: slow runs are the ones with few requests. So there is no verdict
  // then but "inconclusive".
  std::size_t untold = 0;

  // Some values are bounds: a wait was not over at the next change, or at the window's end.
  // Of a ratio those of its base bound it from above. What they leave open cannot be claimed.
  bool at_least = false;
  bool at_most = false;

  std::optional<Interval> interval;  // of `value`, 95 %, exact where it is of values: nothing for
                                     // fewer than six
  double mad = 0;                    // of a plain figure: the median absolute deviation
  std::vector<std::size_t>
      outliers;  // indices of values that stand apart; they count like the others
  std::optional<Comparison> comparison;  // of a ratio within blocks
  std::string withheld;  // why there is no verdict although there are values; otherwise empty
  Judgement judgement;   // of a ratio; judge_together() of all in a result
};

// In the table's order: of each cell and protocol its metrics, then its ratios to its base_of().
// The runs stay the result's.
std::vector<Figure> figures_of(const Result& result, const std::vector<RunGroup>& groups,
                               const std::vector<SloAnswer>& answers);

// What one metric says of one group; of the blocks in which both have a valid run. Without values
// when no run can tell. The name is left empty.
Figure figure_of(const Metric& metric, const RunGroup& group);
Figure ratio_of(const Metric& metric, const RunGroup& group, const RunGroup& base);

// By name, "p99.9" as well as "p99_9"; null when there is none.
const Metric* find_metric(const std::string& name);
std::vector<std::string> metric_names();

// Of the run's operation, sizes and parameters: "get_4k".
std::string cell_name(const Result& result, const Run& run);
// Of an invalid first run the parameters are right, but a replica may not have come as far as its
// data: the first valid one's.
std::string cell_name(const Result& result, const RunGroup& group);

// Of a group, valid or not: "mptcp+congestion=bbr". Without congestion control where the runs did
// not tell it, or not all the same.
std::string variant_name(const Result& result, const RunGroup& group);

// Of a ratio, as the column of protocols has them: "mptcp", or "mptcp+bbr" against "tcp+bbr".
std::string contestant(const Figure& figure);
std::string contestant_base(const Figure& figure);

// Of a request: what saturation makes meaningless.
bool is_latency(const Metric& metric);

// The estimate of a search, from all its runs: its only value.
bool is_threshold(const Metric& metric);

// Whether a run of this kind has the metric, if it is long enough: a synchronisation has no latency
// of requests.
bool applies(const Metric& metric, const Run& run);

// The scenario's name with everything but letters, digits, '.', '_' and '-' replaced; "target" for
// a store that was there already.
std::string scenario_name(const Result& result);

// All runs of the group's cell and protocol, valid or not.
std::size_t runs_made(const Result& result, const RunGroup& group);

}  // namespace mpb
