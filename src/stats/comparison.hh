// The comparison of two sets of positive values: their ratio with its exact interval.
//
// The unit is the run. paired() is for runs of the same blocks, in which the state of the machine
// cancels out: the effect is the Hodges-Lehmann median of the Walsh averages of ln(b/a), and its
// interval and p come from inverting the exact signed-rank test. unpaired() is for results of
// different days: the Hodges-Lehmann shift between ln a and ln b, and the exact Mann-Whitney test.
// (Hollander and Wolfe, Nonparametric Statistical Methods, chapters 3 and 4.) There is no
// bootstrap, whose intervals are too narrow for ten runs, and there are no random numbers: the same
// values always give the same answer. Pure arithmetic; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "stats/summary.hh"

namespace mpb {

// The centre of values on a linear scale: the median of their Walsh averages, with the interval of
// the signed-rank test.
struct Centre {
  double value = 0;
  std::optional<Interval> interval;
};
Centre centre_of(const std::vector<double>& values);  // at least one value

struct Comparison {
  std::size_t n = 0;  // pairs, or the smaller of two unpaired sets
  double ratio = 1;   // b / a
  // Of the ratio, with a coverage of at least kConfidence; nothing for fewer than
  // kFewestForInterval values.
  std::optional<Interval> interval;
  double p = 1;  // two-sided, for a ratio of 1
  // The claim about the practical margin: the ratio lies beyond it if the estimate does, otherwise
  // within it.
  bool beyond = false;
  // Two-sided, for a ratio at the end of the margin; for the claim that it lies within, the larger
  // p of both ends.
  double claim_p = 1;
  // Two-sided, for the two sets without their pairing, as benchstat and compare.py print it.
  double mann_whitney_p = 1;
  double cliffs_delta = 0;  // P(b > a) - P(b < a), -1 to 1
};

// a[i] and b[i] belong to the same block. Each has at least one value, and all are positive. A
// ratio from 1 / (1 + margin) to 1 + margin makes no practical difference. The margin is
// logarithmic, so that it does not depend on which of the two is the base.
Comparison paired(const std::vector<double>& a, const std::vector<double>& b, double margin = 0);
Comparison unpaired(const std::vector<double>& a, const std::vector<double>& b, double margin = 0);

// The two-sided p of the signed-rank test for the hypothesis that the ratios of pairs lie around
// `ratio`. A gate uses it for its threshold.
double signed_rank_p(const std::vector<double>& ratios, double ratio);

// The probability of at most `w` or `u` under the null hypothesis: of the sum of positive ranks of
// n pairs, and of the Mann-Whitney count of n and m values.
double signed_rank_cdf(std::size_t n, double w);
double rank_sum_cdf(std::size_t n, std::size_t m, double u);

// Exact, including ties, for up to 30 values each. For more values, this and unpaired() use a
// normal approximation.
double mann_whitney_p(const std::vector<double>& a, const std::vector<double>& b);

// Adjusts the p of several tests that are decided together, so that all are right with kConfidence
// (Holm 1979). Keeps their order.
std::vector<double> holm(const std::vector<double>& p);

// The same, so that of the tests that are decided at most 1 - kConfidence are wrong on average
// (Benjamini and Hochberg 1995). Unlike Holm's method, it needs no more blocks for more tests if
// all of them are equally clear. Keeps their order.
std::vector<double> benjamini_hochberg(const std::vector<double>& p);

// How the p of tests that are decided together are adjusted.
enum class Adjustment { kHolm, kBenjaminiHochberg };
std::vector<double> adjusted_p(const std::vector<double>& p, Adjustment adjustment);

// The approximate factor by which an interval is wider if `tests` have to be right together,
// instead of each with kConfidence (normal, Bonferroni).
double widening(std::size_t tests);

// The practical margins of throughput and latency: a ratio within 1 +- this makes no practical
// difference. The margin of latency is wider because its tails vary more.
constexpr double kThroughputMargin = 0.02;
constexpr double kLatencyMargin = 0.05;

// Adjusts a p for several looks at growing data (Bonferroni). Without it, adding blocks until the p
// is small enough would always succeed.
double over_looks(double p, std::size_t looks);

// The fewest blocks that can decide `tests` comparisons together. The smallest two-sided p of n
// blocks is 2 / 2^n, so six blocks decide one comparison, and ten decide 25.
std::size_t fewest_blocks(std::size_t tests);

// The fewest blocks with which any of `tests` comparisons could be decided. By Benjamini and
// Hochberg's method this does not depend on their number, because all of them may be decided.
std::size_t fewest_for_any(std::size_t tests, Adjustment adjustment);

// By how many comparisons the error is shared if one more is decided, in addition to `decided`:
// by Holm's method all of them.
std::size_t sharing(std::size_t tests, std::size_t decided, Adjustment adjustment);

// The number of additional blocks after which an interval of n blocks would exclude a bound at
// `distance` from the estimate (on a logarithmic scale), if effect and noise do not change and
// `tests` are decided together. The width falls with the square root of the number of blocks. At
// least 1; nothing if more than 1000 blocks would be necessary.
std::optional<std::size_t> blocks_missing(std::size_t n, const std::optional<Interval>& interval,
                                          double distance, std::size_t tests);

enum class Verdict { kBetter, kWorse, kEquivalent, kInconclusive, kNone };

std::string to_text(Verdict verdict);  // "better", ..., "no verdict"

// The verdict, where `p` is the comparison's claim_p, adjusted for all tests that are decided with
// it:
//   better, worse  the ratio lies beyond the margin
//   equivalent     the ratio lies within the margin
//   inconclusive   neither is certain enough
//   no verdict     there is no interval
Verdict verdict(const Comparison& comparison, bool bigger_is_better, double p);

// The distance of the estimate from the nearest end of the margin, on a logarithmic scale.
double distance_to_margin(const Comparison& comparison, double margin);

// Half the width of the interval, as a fraction of the value.
double half_width(const Interval& interval);

}  // namespace mpb
