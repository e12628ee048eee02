// What a few runs of the same thing say: their median, an interval for it that assumes nothing
// about their distribution, their spread, and which of them stand apart. Pure arithmetic, no random
// numbers: the same values always give the same summary.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace mpb {

// What every interval here covers at least, and the fewest values that can give one: of five, the
// largest and the smallest cover 93.75 %.
constexpr double kConfidence = 0.95;
constexpr std::size_t kFewestForInterval = 6;

struct Interval {
  double low = 0;
  double high = 0;
  bool operator==(const Interval&) const = default;
};

double median(std::vector<double> values);  // of one at least

// The exact interval for the median from order statistics (e.g. Conover, Practical Nonparametric
// Statistics, 3.2), covering kConfidence or more; nothing for fewer than kFewestForInterval values.
std::optional<Interval> median_interval(std::vector<double> values);

// The two-sided p of a sign test that the median is `value`; values equal to it are left out. 1
// when none is left.
double sign_test_p(const std::vector<double>& values, double value);

struct Summary {
  double median = 0;
  std::optional<Interval> interval;
  double mad = 0;                     // the median of the absolute deviations from the median
  std::vector<std::size_t> outliers;  // indices of values further than 3 x 1.4826 x MAD from the
                                      // median: to be shown, never to be dropped
};

Summary summarize(const std::vector<double>& values);  // of one at least

}  // namespace mpb
