#include "stats/trend.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
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

// A record that begins `excess` too high, which fades with a time constant of `fading` values.
std::vector<double> record_of(double excess, double fading, std::mt19937_64& random) {
  std::normal_distribution<double> of(0, 1);
  std::vector<double> record;
  for (int i = 0; i < 200; ++i)
    record.push_back(1000 * (1 + excess * std::exp(-i / fading)) * (1 + 0.05 * of(random)));
  return record;
}

TEST(Mser5, CutsWhereTheTransientEnds) {
  std::vector<double> record(200, 5.0);
  std::fill(record.begin(), record.begin() + 40, 9.0);
  EXPECT_EQ(mser5(record), 40u);
  std::fill(record.begin(), record.begin() + 40, 1.0);
  EXPECT_EQ(mser5(record), 40u) << "a slow start";
}

TEST(Mser5, CutsNothingOfASteadyRecord) { EXPECT_EQ(mser5(std::vector<double>(200, 5.0)), 0u); }

TEST(Mser5, SaysThatARecordHasNotSettled) {
  std::vector<double> falling;
  for (int i = 0; i < 200; ++i) falling.push_back(1000 - i);
  EXPECT_EQ(mser5(falling), std::nullopt);
  EXPECT_EQ(mser5(std::vector<double>(49, 5.0)), std::nullopt) << "too few values to tell";
}

// A link without loss varies by a thousandth. MSER-5 alone finds such a record unsettled.
TEST(Transient, IsWhatMattersForAVerdict) {
  std::vector<double> steady, falling;
  for (int i = 0; i < 200; ++i) {
    steady.push_back(291 - i / 200.0);
    falling.push_back(291 - 0.15 * i);
  }
  EXPECT_EQ(mser5(steady), std::nullopt);
  EXPECT_EQ(transient_of(steady, 0.02), 20u);
  EXPECT_EQ(transient_of(falling, 0.02), std::nullopt);
  for (int i = 0; i < 40; ++i) steady[static_cast<std::size_t>(i)] = 200;
  EXPECT_EQ(transient_of(steady, 0.02), 40u);
  EXPECT_EQ(transient_of({1, 2}, 0.02), std::nullopt);
}

// With noise of 5 % on each value, the mean of the rest of the record is within 1 % of the truth,
// and a steady record loses little of its first half.
TEST(Mser5, LeavesLittleOfATransient) {
  std::mt19937_64 random(20261126);
  int unsettled = 0;
  double bias = 0, cut = 0;
  constexpr int kRecords = 1000;
  for (int i = 0; i < kRecords; ++i) {
    const std::vector<double> record = record_of(0.3, 15, random);
    const auto left_out = mser5(record);
    unsettled += left_out ? 0 : 1;
    const auto first = record.begin() + static_cast<std::ptrdiff_t>(left_out.value_or(100));
    bias += std::accumulate(first, record.end(), 0.0) / static_cast<double>(record.end() - first) /
                1000 -
            1;
    cut += static_cast<double>(mser5(record_of(0, 1, random)).value_or(100));
  }
  std::cout << "a transient of 30 % leaves " << 100 * bias / kRecords << " %, " << unsettled
            << " of " << kRecords << " not settled; a steady record loses " << cut / kRecords / 2
            << " % of its length\n";
  EXPECT_LT(std::fabs(bias / kRecords), 0.01);
  EXPECT_LT(unsettled, kRecords / 8) << "each costs a longer warm-up, no wrong answer";
  EXPECT_LT(cut / kRecords, 50);
}

// Of steady records whose values depend on those before them it takes some for others, so a pilot
// run that had not settled is repeated.
TEST(Simulation, OfMser5TakesSteadyRecordsForOthersSeldomTwice) {
  std::mt19937_64 random(20261126);
  std::normal_distribution<double> noise;
  constexpr int kRecords = 2000;
  for (const double dependence : {0.0, 0.5, 0.9}) {
    const auto unsettled = [&] {
      std::vector<double> record;
      double deviation = noise(random) / std::sqrt(1 - dependence * dependence);
      for (int row = 0; row < 200; ++row) {  // 20 s, every 100 ms
        record.push_back(1000 + 30 * deviation);
        deviation = dependence * deviation + noise(random);
      }
      return !mser5(record);
    };
    int once = 0, twice = 0;
    for (int i = 0; i < kRecords; ++i) {
      const bool first = unsettled(), second = unsettled();
      once += first ? 1 : 0;
      twice += first && second ? 1 : 0;
    }
    std::cout << "steady records with a correlation of " << dependence
              << " from row to row: " << 100.0 * once / kRecords << " % not settled, "
              << 100.0 * twice / kRecords << " % twice\n";
    EXPECT_LT(once, 0.35 * kRecords);
    EXPECT_LT(twice, 0.1 * kRecords);
  }
}

// A record that falls by 10 % is hardly called settled more often than by MSER-5 alone.
TEST(Simulation, OfTransientsDoesNotSettleFallingRecords) {
  std::mt19937_64 random(20261126);
  std::normal_distribution<double> noise;
  constexpr int kRecords = 2000, kRows = 200;
  for (const double share : {0.001, 0.01, 0.03}) {
    int by_mser5 = 0, by_margin = 0;
    for (int i = 0; i < kRecords; ++i) {
      std::vector<double> record;
      for (int row = 0; row < kRows; ++row)
        record.push_back(1000 * (1 - 0.1 * row / kRows) * (1 + share * noise(random)));
      by_mser5 += mser5(record) ? 1 : 0;
      by_margin += transient_of(record, 0.02) ? 1 : 0;
    }
    std::cout << "records that fall by 10 %, with noise of " << 100 * share
              << " %: " << 100.0 * by_mser5 / kRecords << " % settled by MSER-5, "
              << 100.0 * by_margin / kRecords << " % with the margin\n";
    EXPECT_LE(by_margin, by_mser5 + kRecords / 100);
  }
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
