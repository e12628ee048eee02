#include "stats/comparison.hh"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>

namespace mpb {

namespace {

constexpr double kTail = (1 - kConfidence) / 2;
constexpr std::size_t kMostForExact = 30;

// The distribution of the sum of the ranks that n fair coins choose: coin k adds k or nothing.
// These are probabilities, because counts would exceed the range of a double at a thousand pairs.
// The computation takes n^3 / 6 steps, and a result needs the same n for every metric, so the last
// one is cached.
const std::vector<double>& signed_rank_distribution(std::size_t n) {
  static thread_local std::vector<double> p{1};
  static thread_local std::size_t kept = 0;
  if (kept == n) return p;
  p.assign(n * (n + 1) / 2 + 1, 0.0);
  p[0] = 1;
  for (std::size_t rank = 1, most = 0; rank <= n; ++rank) {
    most += rank;
    for (std::size_t w = most + 1; w-- > 0;) p[w] = (p[w] + (w >= rank ? p[w - rank] : 0)) / 2;
  }
  kept = n;
  return p;
}

// For each sum, the share of all choices of n of the given whole numbers that add up to it.
std::vector<double> subset_sums(const std::vector<std::size_t>& numbers, std::size_t n) {
  const std::size_t most = std::accumulate(numbers.begin(), numbers.end(), std::size_t{0});
  std::vector<std::vector<double>> ways(n + 1, std::vector<double>(most + 1, 0.0));
  ways[0][0] = 1;
  std::size_t reached = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    reached += numbers[i];
    for (std::size_t k = std::min(n, i + 1); k > 0; --k) {
      for (std::size_t sum = reached + 1; sum-- > numbers[i];)
        ways[k][sum] += ways[k - 1][sum - numbers[i]];
    }
  }
  const double all = std::accumulate(ways[n].begin(), ways[n].end(), 0.0);
  for (double& w : ways[n]) w /= all;
  return ways[n];
}

double cdf(const std::vector<double>& p, double x) {
  if (x < 0) return 0;
  const auto last = std::min(static_cast<std::size_t>(std::floor(x)) + 1, p.size());
  return std::min(1.0,
                  std::accumulate(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(last), 0.0));
}

// The number of sorted values outside an exact interval at either end: the largest k with P(at most
// k - 1) <= kTail, or 0.
std::size_t outside(const std::vector<double>& distribution) {
  double sum = 0;
  std::size_t k = 0;
  while (k < distribution.size() && (sum += distribution[k]) <= kTail) ++k;
  return k;
}

// The same for the n x m shifts between two sets.
std::size_t rank_sum_outside(std::size_t n, std::size_t m) {
  if (n > kMostForExact || m > kMostForExact) {
    const double pairs = static_cast<double>(n) * static_cast<double>(m);
    const double deviation = std::sqrt(pairs * static_cast<double>(n + m + 1) / 12);
    const double z = boost::math::quantile(boost::math::complement(boost::math::normal(), kTail));
    return static_cast<std::size_t>(std::max(1.0, pairs / 2 - z * deviation));
  }
  std::vector<std::size_t> ranks(n + m);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  std::vector<double> null = subset_sums(ranks, n);
  const auto least = static_cast<std::ptrdiff_t>(n * (n + 1) / 2);
  null.erase(null.begin(), null.begin() + least);  // from rank sums to counts
  null.resize(n * m + 1);
  return outside(null);
}

// The interval of sorted estimates of a shift that leaves out `k` - 1 of them at either end.
std::optional<Interval> exact_interval(const std::vector<double>& sorted, std::size_t k) {
  if (k == 0) return std::nullopt;
  return Interval{sorted[k - 1], sorted[sorted.size() - k]};
}

std::optional<Interval> exp_of(const std::optional<Interval>& logs) {
  if (!logs) return std::nullopt;
  return Interval{std::exp(logs->low), std::exp(logs->high)};
}

std::vector<double> logs_of(const std::vector<double>& values) {
  std::vector<double> logs;
  for (const double value : values) logs.push_back(std::log(value));
  return logs;
}

std::vector<double> log_ratios(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(std::log(b[i] / a[i]));
  return ratios;
}

std::vector<double> walsh_averages(const std::vector<double>& values) {
  std::vector<double> averages;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i; j < values.size(); ++j) averages.push_back((values[i] + values[j]) / 2);
  }
  std::sort(averages.begin(), averages.end());
  return averages;
}

// The number of elements above `value`, or below it if that is larger. Equal elements count for
// neither side.
double larger_side(const std::vector<double>& sorted, double value) {
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin();
  const auto above = sorted.end() - std::upper_bound(sorted.begin(), sorted.end(), value);
  return static_cast<double>(std::max(below, above));
}

// The two-sided p of `w`. By symmetry, P(at least w) is P(at most all - w).
double two_sided(const std::vector<double>& distribution, double w) {
  const double all = static_cast<double>(distribution.size() - 1);
  return std::min(1.0, 2 * cdf(distribution, all - w));
}

double cliffs_delta(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (const double x : a) {
    for (const double y : b) sum += static_cast<double>(y > x) - static_cast<double>(y < x);
  }
  return sum / static_cast<double>(a.size() * b.size());
}

// Twice the mid-rank of every value among all, which is a whole number even with ties.
std::vector<std::size_t> double_ranks(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::size_t> ranks;
  for (const double value : values) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
    ranks.push_back(
        static_cast<std::size_t>((first - sorted.begin()) + (last - sorted.begin()) + 1));
  }
  return ranks;
}

}  // namespace

double signed_rank_cdf(std::size_t n, double w) { return cdf(signed_rank_distribution(n), w); }

double rank_sum_cdf(std::size_t n, std::size_t m, double u) {
  std::vector<std::size_t> ranks(n + m);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  const std::size_t least = n * (n + 1) / 2;
  return cdf(subset_sums(ranks, n), u + static_cast<double>(least));
}

double mann_whitney_p(const std::vector<double>& a, const std::vector<double>& b) {
  const std::size_t n = a.size();
  const std::size_t m = b.size();
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  const std::vector<std::size_t> ranks = double_ranks(all);
  const std::size_t sum = std::accumulate(
      ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(n), std::size_t{0});
  const double expected = static_cast<double>(n * (n + m + 1));  // of the doubled rank sum
  const double deviation = std::fabs(static_cast<double>(sum) - expected);
  if (n <= kMostForExact && m <= kMostForExact) {
    const std::vector<double> p = subset_sums(ranks, n);
    double as_far = 0;
    for (std::size_t s = 0; s < p.size(); ++s) {
      if (std::fabs(static_cast<double>(s) - expected) >= deviation) as_far += p[s];
    }
    return std::min(1.0, as_far);
  }
  // The variance of the doubled rank sum, computed from the actual ranks, so that it includes ties.
  const double count = static_cast<double>(n + m);
  double squares = 0;
  for (const std::size_t rank : ranks)
    squares += std::pow(static_cast<double>(rank) - (count + 1), 2);
  const double variance = static_cast<double>(n * m) / (count * (count - 1)) * squares;
  if (variance <= 0) return 1;
  return 2 * boost::math::cdf(
                 boost::math::complement(boost::math::normal(), deviation / std::sqrt(variance)));
}

namespace {

// `p_at(x)` is the two-sided p for a logarithm of the ratio of x.
template <class PAt>
void set_claim(Comparison& comparison, double margin, PAt p_at) {
  const double bound = std::log1p(margin), shift = std::log(comparison.ratio);
  comparison.beyond = std::fabs(shift) > bound;
  comparison.claim_p =
      comparison.beyond ? p_at(std::copysign(bound, shift)) : std::max(p_at(bound), p_at(-bound));
}

}  // namespace

Comparison paired(const std::vector<double>& a, const std::vector<double>& b, double margin) {
  Comparison result;
  result.n = a.size();
  const std::vector<double> averages = walsh_averages(log_ratios(a, b));
  const std::vector<double>& null = signed_rank_distribution(a.size());
  result.ratio = std::exp(median(averages));
  result.interval = exp_of(exact_interval(averages, outside(null)));
  const auto p_at = [&](double shift) { return two_sided(null, larger_side(averages, shift)); };
  result.p = p_at(0);
  set_claim(result, margin, p_at);
  result.mann_whitney_p = mann_whitney_p(a, b);
  result.cliffs_delta = cliffs_delta(a, b);
  return result;
}

Centre centre_of(const std::vector<double>& values) {
  const std::vector<double> averages = walsh_averages(values);
  return {median(averages),
          exact_interval(averages, outside(signed_rank_distribution(values.size())))};
}

double signed_rank_p(const std::vector<double>& ratios, double ratio) {
  return two_sided(signed_rank_distribution(ratios.size()),
                   larger_side(walsh_averages(logs_of(ratios)), std::log(ratio)));
}

Comparison unpaired(const std::vector<double>& a, const std::vector<double>& b, double margin) {
  Comparison result;
  result.n = std::min(a.size(), b.size());
  std::vector<double> shifts;
  const std::vector<double> logs_a = logs_of(a);
  const std::vector<double> logs_b = logs_of(b);
  for (const double x : logs_a) {
    for (const double y : logs_b) shifts.push_back(y - x);
  }
  std::sort(shifts.begin(), shifts.end());
  result.ratio = std::exp(median(shifts));
  if (result.n >= kFewestForInterval)
    result.interval = exp_of(exact_interval(shifts, rank_sum_outside(a.size(), b.size())));
  result.p = mann_whitney_p(a, b);
  result.mann_whitney_p = result.p;
  set_claim(result, margin, [&](double shift) {
    std::vector<double> shifted = a;
    for (double& value : shifted) value *= std::exp(shift);
    return mann_whitney_p(shifted, b);
  });
  result.cliffs_delta = cliffs_delta(a, b);
  return result;
}

double widening(std::size_t tests) {
  const boost::math::normal normal;
  const double all = static_cast<double>(std::max<std::size_t>(tests, 1));
  return boost::math::quantile(boost::math::complement(normal, kTail / all)) /
         boost::math::quantile(boost::math::complement(normal, kTail));
}

namespace {

// The indices of p, from the smallest p to the largest.
std::vector<std::size_t> ascending(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&p](std::size_t i, std::size_t j) { return p[i] < p[j]; });
  return order;
}

}  // namespace

std::vector<double> holm(const std::vector<double>& p) {
  const std::vector<std::size_t> order = ascending(p);
  std::vector<double> adjusted(p.size());
  double least = 0;  // a larger p is never adjusted to a smaller one
  for (std::size_t i = 0; i < order.size(); ++i) {
    least = std::max(least, std::min(1.0, p[order[i]] * static_cast<double>(p.size() - i)));
    adjusted[order[i]] = least;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(const std::vector<double>& p) {
  const std::vector<std::size_t> order = ascending(p);
  std::vector<double> adjusted(p.size());
  double most = 1;  // a smaller p is never adjusted to a larger one
  for (std::size_t i = order.size(); i-- > 0;) {
    most = std::min(most, p[order[i]] * static_cast<double>(p.size()) / static_cast<double>(i + 1));
    adjusted[order[i]] = most;
  }
  return adjusted;
}

std::vector<double> adjusted_p(const std::vector<double>& p, Adjustment adjustment) {
  return adjustment == Adjustment::kHolm ? holm(p) : benjamini_hochberg(p);
}

std::string to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "worse";
    case Verdict::kEquivalent:
      return "equivalent";
    case Verdict::kInconclusive:
      return "inconclusive";
    case Verdict::kNone:
      break;
  }
  return "no verdict";
}

Verdict verdict(const Comparison& comparison, bool bigger_is_better, double p) {
  if (!comparison.interval) return Verdict::kNone;
  if (p > 1 - kConfidence) return Verdict::kInconclusive;
  if (!comparison.beyond) return Verdict::kEquivalent;
  return (comparison.ratio > 1) == bigger_is_better ? Verdict::kBetter : Verdict::kWorse;
}

double distance_to_margin(const Comparison& comparison, double margin) {
  return std::fabs(std::fabs(std::log(comparison.ratio)) - std::log1p(margin));
}

double over_looks(double p, std::size_t looks) {
  return std::min(1.0, p * static_cast<double>(looks));
}

std::size_t fewest_blocks(std::size_t tests) {
  std::size_t blocks = kFewestForInterval;
  while (static_cast<double>(tests) * std::pow(2, 1 - static_cast<double>(blocks)) >
         1 - kConfidence)
    ++blocks;
  return blocks;
}

std::size_t fewest_for_any(std::size_t tests, Adjustment adjustment) {
  return fewest_blocks(adjustment == Adjustment::kHolm ? tests : 1);
}

std::size_t sharing(std::size_t tests, std::size_t decided, Adjustment adjustment) {
  return adjustment == Adjustment::kHolm ? tests : (tests + decided) / (decided + 1);
}

std::optional<std::size_t> blocks_missing(std::size_t n, const std::optional<Interval>& interval,
                                          double distance, std::size_t tests) {
  auto blocks = static_cast<double>(fewest_blocks(tests));
  if (interval) {
    const double half = std::log(interval->high / interval->low) / 2 * widening(tests);
    blocks = std::max(blocks, std::ceil(static_cast<double>(n) * std::pow(half / distance, 2)));
  }
  if (!(blocks < 1000)) return std::nullopt;
  return blocks > static_cast<double>(n) ? static_cast<std::size_t>(blocks) - n : 1;
}

double half_width(const Interval& interval) { return std::sqrt(interval.high / interval.low) - 1; }

}  // namespace mpb
