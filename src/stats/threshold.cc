#include "stats/threshold.hh"

#include <algorithm>
#include <cmath>

namespace mpb {

namespace {

constexpr double kLeastSpread = 0.004, kMostSpread = 0.25;
constexpr std::size_t kSpreads = 6;              // that are integrated over, evenly in ln s
constexpr std::size_t kCoarse = 40, kFine = 80;  // thresholds on a grid
constexpr double kReach = 10 * kMostSpread;      // beyond all trials: a chance of e^-10
constexpr double kFurthest = 40;                 // spreads that count: a chance of e^-40
constexpr double kNegligible = 1e-4;             // of the largest weight

struct LogTrial {
  double at;  // ln rate
  bool held;
};

// The weights of thresholds, in the middle of even cells from `low`, and what is known of s.
struct ThresholdGrid {
  double low, step;
  std::vector<double> weights;
  double spread;
};

double spread_at(std::size_t i) {
  return kLeastSpread *
         std::pow(kMostSpread / kLeastSpread, static_cast<double>(i) / (kSpreads - 1));
}

double log_likelihood(const std::vector<LogTrial>& trials, double threshold, double spread) {
  double sum = 0, product = 1;
  int factors = 0;
  for (const LogTrial& trial : trials) {
    const double beyond = (trial.held ? trial.at - threshold : threshold - trial.at) / spread;
    if (beyond < -kFurthest) continue;
    product *= 1 + std::exp(std::min(kFurthest, beyond));
    if (++factors < 16) continue;  // the product of so many overflows never
    sum += std::log(product);
    product = 1, factors = 0;
  }
  return -sum - std::log(product);
}

ThresholdGrid grid_of(const std::vector<LogTrial>& trials, double low, double high,
                      std::size_t cells) {
  ThresholdGrid grid{low, (high - low) / static_cast<double>(cells), std::vector<double>(cells), 0};
  std::vector<double> logs;
  for (std::size_t i = 0; i < kSpreads; ++i) {
    for (std::size_t cell = 0; cell < cells; ++cell) {
      const double threshold = low + grid.step * (static_cast<double>(cell) + 0.5);
      logs.push_back(log_likelihood(trials, threshold, spread_at(i)));
    }
  }
  const double most = *std::max_element(logs.begin(), logs.end());
  double all = 0, log_spreads = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double weight = std::exp(logs[i] - most);
    grid.weights[i % cells] += weight;
    all += weight;
    log_spreads += weight * std::log(spread_at(i / cells));
  }
  grid.spread = std::exp(log_spreads / all);
  return grid;
}

// Of ln T.
double quantile_of(const Threshold& threshold, double chance) {
  const std::vector<double>& chances = threshold.chances;
  const auto cell =
      std::min(std::lower_bound(chances.begin(), chances.end(), chance), chances.end() - 1);
  const double below = cell == chances.begin() ? 0 : cell[-1];
  return threshold.lowest + threshold.step * (static_cast<double>(cell - chances.begin()) +
                                              (chance - below) / (*cell - below));
}

// That ln T is at most `at`.
double chance_of(const Threshold& threshold, double at) {
  const std::vector<double>& chances = threshold.chances;
  const double cells = (at - threshold.lowest) / threshold.step;
  if (cells <= 0) return 0;
  if (cells >= static_cast<double>(chances.size())) return 1;
  const auto cell = static_cast<std::size_t>(cells);
  const double below = cell == 0 ? 0 : chances[cell - 1];
  return below + (cells - static_cast<double>(cell)) * (chances[cell] - below);
}

double highest_of(const Threshold& threshold) {
  return threshold.lowest + threshold.step * static_cast<double>(threshold.chances.size());
}

// The median and the central interval of a logarithm, from its quantiles.
template <class Quantile>
Estimate exp_of_quantiles(Quantile quantile, double confidence = kConfidence) {
  const double outside = (1 - confidence) / 2;
  return {std::exp(quantile(0.5)), {std::exp(quantile(outside)), std::exp(quantile(1 - outside))}};
}

}  // namespace

std::optional<Threshold> threshold_of(const std::vector<Trial>& trials) {
  std::vector<LogTrial> logs;
  for (const Trial& trial : trials) logs.push_back({std::log(trial.rate), trial.held});
  const auto held = [](const LogTrial& trial) { return trial.held; };
  if (std::all_of(logs.begin(), logs.end(), held) || std::none_of(logs.begin(), logs.end(), held))
    return std::nullopt;
  const auto [least, most] = std::minmax_element(
      logs.begin(), logs.end(), [](const LogTrial& a, const LogTrial& b) { return a.at < b.at; });
  double low = least->at - kReach, high = most->at + kReach;
  // Twice to where the weights are, for they may be in one thousandth of what is possible.
  for (int pass = 0; pass < 2; ++pass) {
    const ThresholdGrid grid = grid_of(logs, low, high, kCoarse);
    const std::vector<double>& weights = grid.weights;
    const double enough = kNegligible * *std::max_element(weights.begin(), weights.end());
    const auto counts = [enough](double weight) { return weight >= enough; };
    const auto before = std::find_if(weights.begin(), weights.end(), counts) - weights.begin();
    const auto behind = std::find_if(weights.rbegin(), weights.rend(), counts) - weights.rbegin();
    low += grid.step * static_cast<double>(before - 1);
    high -= grid.step * static_cast<double>(behind - 1);
  }
  const ThresholdGrid grid = grid_of(logs, low, high, kFine);
  Threshold threshold{{}, grid.spread, grid.low, grid.step, {}};
  double sum = 0;
  for (const double weight : grid.weights) threshold.chances.push_back(sum += weight);
  for (double& chance : threshold.chances) chance /= sum;
  threshold.rate = exp_of_quantiles([&](double chance) { return quantile_of(threshold, chance); });
  return threshold;
}

Estimate ratio_of(const Threshold& threshold, const Threshold& base, double confidence) {
  // The chance that ln T is at most `shift` above that of the base.
  const auto at_most = [&](double shift) {
    double sum = 0, below = 0;
    for (std::size_t cell = 0; cell < base.chances.size(); ++cell) {
      const double at = base.lowest + base.step * (static_cast<double>(cell) + 0.5);
      sum += (base.chances[cell] - below) * chance_of(threshold, at + shift);
      below = base.chances[cell];
    }
    return sum;
  };
  return exp_of_quantiles(
      [&](double chance) {
        double low = threshold.lowest - highest_of(base),
               high = highest_of(threshold) - base.lowest;
        for (int halving = 0; halving < 40; ++halving) {
          const double middle = (low + high) / 2;
          (at_most(middle) < chance ? low : high) = middle;
        }
        return (low + high) / 2;
      },
      confidence);
}

}  // namespace mpb
