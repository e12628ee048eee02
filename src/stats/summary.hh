// A summary of a few runs of the same cell: their median, its interval without an assumption about
// the distribution, their spread, and the runs that stand apart. Pure arithmetic without random
// numbers: the same values always give the same summary.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace mpb {

// The least coverage of every interval here, and the fewest values for an interval: the largest and
// the smallest of five values cover 93.75 % only.
constexpr double kConfidence = 0.95;
constexpr std::size_t kFewestForInterval = 6;

struct Interval {
  double low = 0;
  double high = 0;
  bool operator==(const Interval&) const = default;
};

double median(std::vector<double> values);  // at least one value

// The exact interval for the median from order statistics (e.g. Conover, Practical Nonparametric
// Statistics, 3.2), with a coverage of at least kConfidence; nothing for fewer than
// kFewestForInterval values.
std::optional<Interval> median_interval(std::vector<double> values);

// The two-sided p of the sign test for a median of `value`. Equal values are left out; if none is
// left, 1.
double sign_test_p(const std::vector<double>& values, double value);

struct Summary {
  double median = 0;
  std::optional<Interval> interval;
  double mad = 0;  // the median of the absolute deviations from the median
  // The indices of values further than 3 x 1.4826 x MAD from the median. They are shown, and never
  // dropped.
  std::vector<std::size_t> outliers;
};

Summary summarize(const std::vector<double>& values);  // at least one value

}  // namespace mpb
