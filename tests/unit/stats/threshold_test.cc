// The threshold of a rule, from trials at several rates.
#include "stats/threshold.hh"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace mpb {
namespace {

// One trial at each of `rates`, which holds below `threshold`.
std::vector<Trial> separated(const std::vector<double>& rates, double threshold) {
  std::vector<Trial> trials;
  for (const double rate : rates) trials.push_back({rate, rate < threshold});
  return trials;
}

TEST(Threshold, NeedsATrialThatHeldAndOneThatDidNot) {
  EXPECT_FALSE(threshold_of({}));
  EXPECT_FALSE(threshold_of({{100, true}, {200, true}}));
  EXPECT_FALSE(threshold_of({{100, false}}));
  EXPECT_TRUE(threshold_of({{100, true}, {200, false}}));
}

// Maximum likelihood has no answer here.
TEST(Threshold, LiesBetweenTrialsThatAreSeparated) {
  const auto found = threshold_of(separated({500, 900, 980, 990, 1010, 1020, 1100, 2000}, 1000));
  EXPECT_NEAR(found->rate.value, 1000, 5);
  EXPECT_LT(found->rate.interval.low, 990);
  EXPECT_GT(found->rate.interval.high, 1010);
}

TEST(Threshold, IsCertainWhereManyTrialsAgree) {
  std::vector<Trial> few = {{950, true}, {1050, false}}, many;
  for (int i = 0; i < 10; ++i) many.insert(many.end(), few.begin(), few.end());
  const auto width = [](const std::vector<Trial>& trials) {
    const Interval interval = threshold_of(trials)->rate.interval;
    return std::log(interval.high / interval.low);
  };
  EXPECT_GT(width(few), 0.3);
  EXPECT_LT(width(many), 0.11);
}

TEST(Threshold, DoesNotDependOnTheUnitOfRates) {
  std::vector<Trial> trials = {{900, true}, {1000, false}, {950, true}, {980, true}, {970, false}};
  const auto one = threshold_of(trials);
  for (Trial& trial : trials) trial.rate *= 1e-3;
  const auto other = threshold_of(trials);
  EXPECT_NEAR(other->rate.value / one->rate.value, 1e-3, 1e-9);
  EXPECT_NEAR(other->spread, one->spread, 1e-6);
  EXPECT_NEAR(ratio_of(*one, *other).value, 1000, 1);
}

// Whatever made one run fail far below the others.
TEST(Threshold, MovesLittleForOneTrialThatFailedByAccident) {
  std::vector<Trial> trials;
  for (int i = 0; i < 10; ++i) trials.insert(trials.end(), {{960, true}, {1040, false}});
  trials.push_back({600, false});
  EXPECT_GT(threshold_of(trials)->rate.value, 960);
}

TEST(Threshold, HasARatioOfItsOwnPrecision) {
  const auto base = threshold_of(separated({800, 950, 990, 1010, 1050, 1200}, 1000));
  const auto twice = threshold_of(separated({1600, 1900, 1980, 2020, 2100, 2400}, 2000));
  const Estimate ratio = ratio_of(*twice, *base), same = ratio_of(*base, *base);
  EXPECT_NEAR(ratio.value, 2, 0.01);
  EXPECT_NEAR(same.value, 1, 0.01);
  EXPECT_NEAR(same.interval.low * same.interval.high, 1, 0.01);
  // Wider than that of one threshold, narrower than from end to end.
  const Interval one = base->rate.interval;
  EXPECT_GT(same.interval.high / same.interval.low, one.high / one.low);
  EXPECT_LT(same.interval.high, one.high / one.low);
}

// A file may say anything.
TEST(Threshold, IsFiniteWhateverTheTrials) {
  std::vector<Trial> trials = {{1e8, true}, {1e-6, false}};
  for (int i = 0; i < 2000; ++i) trials.push_back({i % 2 == 0 ? 1e8 : 1e-6, i % 3 == 0});
  for (const std::size_t count : {std::size_t{2}, trials.size()}) {
    const auto found = threshold_of({trials.begin(), trials.begin() + static_cast<long>(count)});
    EXPECT_TRUE(std::isfinite(found->rate.value) && found->rate.value > 0);
    EXPECT_LE(found->rate.interval.low, found->rate.value);
    EXPECT_GE(found->rate.interval.high, found->rate.value);
    EXPECT_TRUE(std::isfinite(found->rate.interval.high));
    EXPECT_TRUE(std::isfinite(ratio_of(*found, *found).interval.high));
  }
}

}  // namespace
}  // namespace mpb
