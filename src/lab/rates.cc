#include "lab/rates.hh"

#include <algorithm>
#include <cmath>

namespace mpb {

namespace {

constexpr double kShares[] = {0.3, 0.6, 0.8, 0.95, 1.1};
constexpr double kNearlyTheSame = 1.08;
constexpr std::size_t kRates = 8;
constexpr double kClose = 1.05;  // a few per cent
constexpr double kBeyond =
    1.05;                    // times the capacity: there a rate is expected to fail, until one has
constexpr double kUp = 1.3;  // when it does not

}  // namespace

double round_rate(double rate) {
  if (rate <= 0) return 0;
  const double magnitude = std::pow(10, std::floor(std::log10(rate)));
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

std::optional<double> next_rate(const SloBracket& bracket, double capacity, double least) {
  if (bracket.runs >= kMostSearchRuns || capacity * kBeyond < least) return std::nullopt;
  if (bracket.retry) return bracket.retry;
  const double bottom = round_rate(least) < least ? round_rate(1.05 * least) : round_rate(least);
  if (!bracket.held && !bracket.failed) return std::max(bottom, round_rate(capacity / 2));
  if (!bracket.held) {
    if (*bracket.failed <= bottom) return std::nullopt;
    return std::max(bottom, round_rate(*bracket.failed / 2));
  }
  const double top =
      bracket.failed ? *bracket.failed : std::max(kBeyond * capacity, kUp * *bracket.held);
  const double between = round_rate(std::sqrt(*bracket.held * top));
  if (top / *bracket.held > kClose && between > *bracket.held && between < top) return between;
  if (bracket.times < 2) return bracket.held;
  return std::nullopt;
}

}  // namespace mpb
