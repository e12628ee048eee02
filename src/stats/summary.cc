#include "stats/summary.hh"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>

namespace mpb {

namespace {

// P(at most k of n values lie below the median).
double below_median(std::size_t n, std::size_t k) {
  return boost::math::cdf(boost::math::binomial(static_cast<double>(n), 0.5),
                          static_cast<double>(k));
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::optional<Interval> median_interval(std::vector<double> values) {
  if (values.size() < kFewestForInterval) return std::nullopt;
  std::sort(values.begin(), values.end());
  // From the k-th smallest to the k-th largest value, for the largest k with which either tail has
  // at most half of the permitted error.
  std::size_t k = 1;
  while (k + 1 <= values.size() / 2 && below_median(values.size(), k) <= (1 - kConfidence) / 2) ++k;
  return Interval{values[k - 1], values[values.size() - k]};
}

double sign_test_p(const std::vector<double>& values, double value) {
  const auto below = static_cast<std::size_t>(
      std::count_if(values.begin(), values.end(), [value](double v) { return v < value; }));
  const auto above = static_cast<std::size_t>(
      std::count_if(values.begin(), values.end(), [value](double v) { return v > value; }));
  return below + above == 0
             ? 1
             : std::min(1.0, 2 * below_median(below + above, std::min(below, above)));
}

Summary summarize(const std::vector<double>& values) {
  Summary summary;
  summary.median = median(values);
  summary.interval = median_interval(values);
  std::vector<double> deviations;
  for (const double value : values) deviations.push_back(std::fabs(value - summary.median));
  summary.mad = median(deviations);
  // 1.4826 times the MAD of a normal distribution is its standard deviation. If most values are
  // equal, the MAD is 0, and no value is an outlier.
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (summary.mad > 0 && deviations[i] > 3 * 1.4826 * summary.mad) summary.outliers.push_back(i);
  }
  return summary;
}

}  // namespace mpb
