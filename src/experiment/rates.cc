#include "experiment/rates.hh"

#include <algorithm>
#include <cmath>

namespace mpb {

namespace {

constexpr double kShares[] = {0.3, 0.6, 0.8, 0.95, 1.1};
constexpr double kNearlyTheSame = 1.08;
constexpr std::size_t kRates = 8;
constexpr double kClose = 1.05;            // ratio of two rates that are not worth distinguishing
constexpr double kMostInformative = 1.54;  // distance from the threshold, in spreads
// A rate of this many times the capacity is expected to fail, until one has failed.
constexpr double kBeyond = 1.05;
constexpr double kUp = 1.3;  // the step up if a rate above that satisfied the rule

double magnitude_of(double rate) { return std::pow(10, std::floor(std::log10(rate))); }

}  // namespace

double round_rate(double rate) {
  if (rate <= 0) return 0;
  const double magnitude = magnitude_of(rate);
  const double step = magnitude * (rate < 2 * magnitude ? 0.05 : 0.1);
  return std::round(rate / step) * step;
}

std::vector<double> sweep_rates(double smallest, double greatest) {
  std::vector<double> rates;
  for (const double capacity : {greatest, smallest}) {
    for (const double share : kShares) {
      const double rate = round_rate(share * capacity);
      const bool known = std::any_of(rates.begin(), rates.end(), [rate](double other) {
        return std::max(rate, other) / std::min(rate, other) < kNearlyTheSame;
      });
      if (!known) rates.push_back(rate);
    }
  }
  std::sort(rates.begin(), rates.end());
  while (rates.size() < kRates) {
    auto widest = rates.begin();
    for (auto it = rates.begin(); it + 1 != rates.end(); ++it) {
      if (it[1] - it[0] > widest[1] - widest[0]) widest = it;
    }
    rates.insert(widest + 1, round_rate((widest[0] + widest[1]) / 2));
  }
  return rates;
}

double search_rate(double rate) {
  if (rate <= 0) return 0;
  const double step = magnitude_of(rate) / 100;
  return std::round(rate / step) * step;
}

std::optional<double> next_rate(const SloTrials& trials, double capacity, double least) {
  if (capacity * kBeyond < least || is_exhausted(trials)) return std::nullopt;
  const double bottom = search_rate(least) < least ? search_rate(1.01 * least) : search_rate(least);
  double rate = capacity / 2;
  if (trials.threshold) {
    const double away = kMostInformative * trials.threshold->spread;
    rate = trials.threshold->rate.value * std::exp(trials.trials.size() % 2 == 0 ? -away : away);
    // A rate at which no run is valid gives no information on the threshold.
    if (trials.never_valid) rate = std::min(rate, *trials.never_valid / kClose);
  } else if (trials.highest_held) {
    const double top =
        trials.never_valid.value_or(std::max(kBeyond * capacity, kUp * *trials.highest_held));
    if (trials.never_valid && top / *trials.highest_held <= kClose) return std::nullopt;
    rate = std::sqrt(*trials.highest_held * top);
  } else if (trials.lowest_failed || trials.never_valid) {
    const double lowest = trials.lowest_failed.value_or(*trials.never_valid);
    if (lowest <= bottom) return std::nullopt;
    rate = lowest / 2;
  }
  return std::max(bottom, search_rate(rate));
}

}  // namespace mpb
