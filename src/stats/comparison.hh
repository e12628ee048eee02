// Whether one thing is faster than another, and by how much: the ratio of two sets of positive
// values, with its exact interval.
//
// The unit is the run. paired() is for runs that stand side by side in blocks, where what the
// machine was like cancels out: the effect is the Hodges-Lehmann median of the Walsh averages of
// ln(b/a), its interval and p come from inverting the exact signed-rank test. unpaired() is for
// results of different days: the Hodges-Lehmann shift between ln a and ln b, and the exact
// Mann-Whitney test. (Hollander and Wolfe, Nonparametric Statistical Methods, chapters 3 and 4.) No
// bootstrap, which promises too much at ten runs, and no random numbers: the same values always
// give the same answer. Pure arithmetic; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "stats/summary.hh"

namespace mpb {

// The middle of values on a linear scale: the median of their Walsh averages, with the interval of
// the signed-rank test.
struct Centre {
  double value = 0;
  std::optional<Interval> interval;
};
Centre centre_of(const std::vector<double>& values);  // of one at least

struct Comparison {
  std::size_t n = 0;                 // pairs, or the smaller of two unpaired sets
  double ratio = 1;                  // b / a
  std::optional<Interval> interval;  // of the ratio, covering kConfidence or more; nothing for
                                     // fewer than kFewestForInterval
  double p = 1;                      // two-sided, of the ratio being 1
  // What can be claimed with the practical margin: the ratio lies beyond it where the estimate
  // does, or else within it.
  bool beyond = false;
  double claim_p = 1;  // two-sided, of the ratio lying at the margin's end; of both ends the
                       // larger p where the claim is that it lies within
  double mann_whitney_p =
      1;  // two-sided, of the two sets without their pairing: what benchstat and compare.py print
  double cliffs_delta = 0;  // P(b > a) - P(b < a), -1 to 1
};

// a[i] and b[i] are of the same block. Both at least one, all positive. A ratio from 1 / (1 +
// margin) to 1 + margin makes no practical difference: on a logarithmic scale, so that it is the
// same whichever of the two is the base.
Comparison paired(const std::vector<double>& a, const std::vector<double>& b, double margin = 0);
Comparison unpaired(const std::vector<double>& a, const std::vector<double>& b, double margin = 0);

// The two-sided p of the signed-rank test that the ratios of pairs lie around `ratio`: what a gate
// asks about its threshold.
double signed_rank_p(const std::vector<double>& ratios, double ratio);

// The probability of at most `w` under the null: the sum of positive ranks of n pairs; the
// Mann-Whitney count of n and m values.
double signed_rank_cdf(std::size_t n, double w);
double rank_sum_cdf(std::size_t n, std::size_t m, double u);

// Exact given the ties there are, for up to 30 values each; a normal approximation beyond, here and
// in unpaired().
double mann_whitney_p(const std::vector<double>& a, const std::vector<double>& b);

// The p of several tests that are decided upon together, so that all of them are right with
// kConfidence (Holm 1979), in the order given.
std::vector<double> holm(const std::vector<double>& p);

// How much wider an interval is about, if `tests` are to be right together, than one of kConfidence
// that stands for itself (normal, Bonferroni).
double widening(std::size_t tests);

// A ratio within 1 +- this makes no practical difference: of throughput, and of latency, whose
// tails vary more.
constexpr double kThroughputMargin = 0.02;
constexpr double kLatencyMargin = 0.05;

// A p-value that holds at each of several looks at growing data (Bonferroni): who adds blocks until
// a p is small enough finds one.
double over_looks(double p, std::size_t looks);

// The fewest blocks that can decide `tests` comparisons together: the smallest two-sided p of n
// blocks is 2 / 2^n. Six decide one, ten 25.
std::size_t fewest_blocks(std::size_t tests);

// How many blocks more would bring an interval of n blocks off a bound that lies `distance` from
// the estimate, on a logarithmic scale, if effect and noise stay what they are and `tests` are
// decided together: the width falls with the square root of the number. At least 1; nothing when it
// would take more than 1000.
std::optional<std::size_t> blocks_missing(std::size_t n, const std::optional<Interval>& interval,
                                          double distance, std::size_t tests);

enum class Verdict { kBetter, kWorse, kEquivalent, kInconclusive, kNone };

std::string to_text(Verdict verdict);  // "better", ..., "no verdict"

// What can be said when `p` is the comparison's claim_p, adjusted for all that are decided upon
// with it:
//   better, worse  the ratio lies beyond the margin
//   equivalent     the ratio lies within it
//   inconclusive   neither is certain enough
//   no verdict     there is no interval
Verdict verdict(const Comparison& comparison, bool bigger_is_better, double p);

// How far the estimate is from the nearest end of the margin, on a logarithmic scale.
double distance_to_margin(const Comparison& comparison, double margin);

// Half the interval's width, as a fraction of the value.
double half_width(const Interval& interval);

}  // namespace mpb
