#include "stats/trend.hh"

#include <numeric>

#include "stats/comparison.hh"

namespace mpb {

double trend(const std::vector<double>& slices) {
  const auto count = static_cast<double>(slices.size());
  const double sum = std::accumulate(slices.begin(), slices.end(), 0.0);
  if (sum <= 0) return 0;
  double products = 0, squares = 0;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const double x = static_cast<double>(i) - (count - 1) / 2;
    products += x * slices[i];
    squares += x * x;
  }
  return products / squares * count / (sum / count);
}

Change change_of(const std::vector<double>& trends) {
  const Centre centre = centre_of(trends);
  return {centre.value, centre.interval};
}

bool is_beyond(const Change& change, double margin) {
  return change.interval && (change.interval->low > margin || change.interval->high < -margin);
}

std::optional<std::size_t> unsettled_slices(const std::vector<double>& profile, double margin) {
  for (std::size_t left_out = 0; left_out <= profile.size() / 2; ++left_out) {
    const double rest =
        trend({profile.begin() + static_cast<std::ptrdiff_t>(left_out), profile.end()});
    if (rest >= -margin && rest <= margin) return left_out;
  }
  return std::nullopt;
}

}  // namespace mpb
