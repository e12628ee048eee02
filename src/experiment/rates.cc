#include "experiment/rates.hh"

#include <algorithm>
#include <cmath>

namespace mpb {

namespace {

constexpr double kShares[] = {0.3, 0.6, 0.8, 0.95, 1.1};
constexpr double kNearlyTheSame = 1.08;
constexpr std::size_t kRates = 8;
constexpr double kClose = 1.05;        // a few per cent
constexpr double kMostTelling = 1.54;  // spreads from the threshold
constexpr double kBeyond =
    1.05;                    // times the capacity: there a rate is expected to fail, until one has
constexpr double kUp = 1.3;  // when it does not

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

std::optional<double> next_rate(const SloTrials& its, double capacity, double least) {
  if (capacity * kBeyond < least || is_exhausted(its)) return std::nullopt;
  const double bottom = search_rate(least) < least ? search_rate(1.01 * least) : search_rate(least);
  double rate = capacity / 2;
  if (its.threshold) {
    const double away = kMostTelling * its.threshold->spread;
    rate = its.threshold->rate.value * std::exp(its.trials.size() % 2 == 0 ? -away : away);
    // Where no run is valid, none is of use.
    if (its.never_valid) rate = std::min(rate, *its.never_valid / kClose);
  } else if (its.highest_held) {
    const double top =
        its.never_valid.value_or(std::max(kBeyond * capacity, kUp * *its.highest_held));
    if (its.never_valid && top / *its.highest_held <= kClose) return std::nullopt;
    rate = std::sqrt(*its.highest_held * top);
  } else if (its.lowest_failed || its.never_valid) {
    const double lowest = its.lowest_failed.value_or(*its.never_valid);
    if (lowest <= bottom) return std::nullopt;
    rate = lowest / 2;
  }
  return std::max(bottom, search_rate(rate));
}

}  // namespace mpb
