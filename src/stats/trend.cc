#include "stats/trend.hh"

#include <algorithm>
#include <limits>
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

std::optional<std::size_t> mser5(const std::vector<double>& values) {
  constexpr std::size_t kBatch = 5;
  constexpr std::size_t kFewestBatches = 10;
  constexpr std::size_t kLeast = 5;  // with fewer batches, the error may be small by chance
  std::vector<double> means;
  for (std::size_t i = 0; i + kBatch <= values.size(); i += kBatch) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(i);
    means.push_back(std::accumulate(first, first + kBatch, 0.0) / kBatch);
  }
  if (means.size() < kFewestBatches) return std::nullopt;
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t left_out = 0; left_out + kLeast <= means.size(); ++left_out) {
    const auto first = means.begin() + static_cast<std::ptrdiff_t>(left_out);
    const auto count = static_cast<double>(means.size() - left_out);
    const double mean = std::accumulate(first, means.end(), 0.0) / count;
    const double squares = std::accumulate(first, means.end(), 0.0, [mean](double sum, double x) {
      return sum + (x - mean) * (x - mean);
    });
    if (squares / (count * count) < least) {
      least = squares / (count * count);
      best = left_out;
    }
  }
  if (best > means.size() / 2) return std::nullopt;
  return best * kBatch;
}

std::optional<std::size_t> transient_of(const std::vector<double>& values, double margin) {
  if (const auto left_out = mser5(values)) return left_out;
  constexpr std::size_t kParts = 10;
  const std::size_t part = values.size() / kParts;
  if (part == 0) return std::nullopt;
  std::vector<double> slices;
  for (std::size_t i = 0; i < kParts; ++i) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * part);
    slices.push_back(std::accumulate(first, first + static_cast<std::ptrdiff_t>(part), 0.0));
  }
  const std::optional<std::size_t> left_out = unsettled_slices(slices, margin / 4);
  if (!left_out) return std::nullopt;
  return std::max<std::size_t>(1, *left_out) * part;
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
