#include "stats/trend.hh"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace mpb {
namespace {

// Ten slices whose rate falls evenly by `decline` of the mean, with independent noise on each.
std::vector<double> slices_of(double decline, double noise, std::mt19937_64& random) {
  std::normal_distribution<double> of(0, 1);
  std::vector<double> slices;
  for (int i = 0; i < 10; ++i)
    slices.push_back(1000 * (1 - decline * (i - 4.5) / 10) * (1 + noise * of(random)));
  return slices;
}

TEST(Trend, IsTheChangeOverTheWindow) {
  std::mt19937_64 random(1);
  EXPECT_NEAR(trend(slices_of(0.1, 0, random)), -0.1, 1e-12);
  EXPECT_NEAR(trend(slices_of(-0.3, 0, random)), 0.3, 1e-12);
  EXPECT_EQ(trend({5, 5, 5, 5}), 0);
  EXPECT_EQ(trend({0, 0, 0, 0}), 0);
}

TEST(Trend, SeesATransientAtTheBeginning) {
  EXPECT_LT(trend({9, 7, 5, 5, 5, 5, 5, 5, 5, 5}), -0.3);
}

// One run that stalled at its end says nothing of the others.
TEST(Trend, OfRunsIsNotMadeByOneOfThem) {
  std::vector<double> trends(9, 0);
  trends.push_back(trend({5, 5, 5, 5, 5, 5, 5, 5, 5, 0}));
  EXPECT_LT(trends.back(), -0.2);
  EXPECT_EQ(change_of(trends).value, 0);
  EXPECT_FALSE(is_beyond(change_of(trends), 0.02));
}

TEST(Trend, SaysWhenTheRateHasSettled) {
  EXPECT_EQ(unsettled_slices({5, 5, 5, 5, 5, 5, 5, 5, 5, 5}, 0.02), 0u);
  EXPECT_EQ(unsettled_slices({9, 8, 7, 6, 5, 5, 5, 5, 5, 5}, 0.02), 4u);
  EXPECT_EQ(unsettled_slices({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 0.02), std::nullopt);
}

// How often `runs` runs whose rate falls by `decline` are called unsteady, at 3 % of noise on every
// slice.
double rate_of_alarms(double decline, int runs) {
  std::mt19937_64 random(20261126);
  constexpr int kExperiments = 2000;
  int beyond = 0;
  for (int experiment = 0; experiment < kExperiments; ++experiment) {
    std::vector<double> trends;
    for (int run = 0; run < runs; ++run) trends.push_back(trend(slices_of(decline, 0.03, random)));
    beyond += is_beyond(change_of(trends), 0.02) ? 1 : 0;
  }
  return static_cast<double>(beyond) / kExperiments;
}

TEST(Simulation, TellsADeclineFromNoise) {
  EXPECT_LT(rate_of_alarms(0, 10), 0.02) << "no false alarm";
  EXPECT_LT(rate_of_alarms(0.02, 10), 0.05) << "nor at the margin itself";
  EXPECT_GT(rate_of_alarms(0.1, 10), 0.9) << "a decline of 10 % is found";
  EXPECT_GT(rate_of_alarms(0.06, 10), 0.5) << "one of 6 % more often than not";
  EXPECT_GT(rate_of_alarms(0.1, 6), 0.9) << "with six blocks too";
  EXPECT_EQ(rate_of_alarms(0.4, 5), 0) << "five runs are never certain";
}

}  // namespace
}  // namespace mpb
