#include "stats/histogram.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

namespace mpb {
namespace {

TEST(Histogram, IsExactBelow2048NanosecondsAndWithinItsErrorAbove) {
  for (std::int64_t v = 0; v < 2048; ++v)
    EXPECT_EQ(Histogram::lower_bound(Histogram::index_of(Nanos{v})), Nanos{v});
  // From 1 us to past a minute in steps of 0.1 %: coprime to the buckets, so that every offset
  // within one is met.
  for (double v = 1000; v < 68e9; v *= 1.001) {
    Histogram h;
    const Nanos value{std::llround(v)};
    h.record(Nanos{0});
    h.record(value, 2);
    h.record(Histogram::kLimit);
    const auto error = std::abs(static_cast<double>((h.quantile(0.5) - value).count()));
    ASSERT_LE(error, Histogram::kRelativeError * static_cast<double>(value.count()))
        << value.count();
  }
  EXPECT_LE(Histogram::kRelativeError, 0.001);
  EXPECT_GE(Histogram::kLimit, 60s);
}

TEST(Histogram, BucketsTileTheLineWithoutGapOrOverlap) {
  const std::uint32_t last = Histogram::index_of(Histogram::kLimit);
  for (std::uint32_t i = 0; i < last; ++i) {
    ASSERT_EQ(Histogram::upper_bound(i) + 1ns, Histogram::lower_bound(i + 1));
    ASSERT_EQ(Histogram::index_of(Histogram::lower_bound(i)), i);
    ASSERT_EQ(Histogram::index_of(Histogram::upper_bound(i)), i);
  }
  EXPECT_EQ(Histogram::upper_bound(last), Histogram::kLimit);
  EXPECT_EQ(Histogram::index_of(Histogram::kLimit + 1ns), last + 1);
}

TEST(Histogram, CountsWhatIsAboveItsLimitAndKeepsTheLargestExactly) {
  Histogram h;
  h.record(1ms);
  h.record(100s);
  h.record(Nanos{123'456'789'012});
  EXPECT_EQ(h.overflow(), 2u);
  EXPECT_EQ(h.max(), Nanos{123'456'789'012});
  EXPECT_EQ(h.quantile(0.6), h.max());  // an honest upper bound: nothing finer is known up there
  EXPECT_EQ(Histogram::upper_bound(h.buckets().back().index), Nanos::max());
}

TEST(Histogram, QuantileIsTheSmallestValueThatEnoughOthersDoNotExceed) {
  Histogram h;
  EXPECT_EQ(h.quantile(0.5), 0ns);
  EXPECT_EQ(h.min(), 0ns);
  for (int i = 1; i <= 100; ++i) h.record(Nanos{i});
  EXPECT_EQ(h.quantile(0), 1ns);
  EXPECT_EQ(h.quantile(0.5), 50ns);
  EXPECT_EQ(h.quantile(0.501), 51ns);
  EXPECT_EQ(h.quantile(0.99), 99ns);
  EXPECT_EQ(h.quantile(1), 100ns);
  EXPECT_DOUBLE_EQ(h.mean(), 50.5);
  h.record(-5ns);
  EXPECT_EQ(h.min(), 0ns);
}

TEST(Histogram, QuantilesOfASampleAreWithinTheErrorOfTheSortedSample) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> latency(std::log(200e3), 2.5);  // 200 us and a heavy tail
  Histogram h;
  std::vector<std::int64_t> sample;
  for (int i = 0; i < 100'000; ++i) {
    sample.push_back(std::min<std::int64_t>(std::llround(latency(random)), 60'000'000'000));
    h.record(Nanos{sample.back()});
  }
  std::sort(sample.begin(), sample.end());
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const auto exact =
        static_cast<double>(sample[static_cast<std::size_t>(std::ceil(q * 100'000)) - 1]);
    EXPECT_NEAR(static_cast<double>(h.quantile(q).count()), exact,
                Histogram::kRelativeError * exact + 1)
        << q;
  }
}

TEST(Histogram, MergingIsRecordingAll) {
  std::mt19937_64 random(5);
  std::exponential_distribution<double> gap(1e-6);
  Histogram all, parts[3];
  for (int i = 0; i < 30'000; ++i) {
    const Nanos value{std::llround(gap(random))};
    all.record(value);
    parts[i % 3].record(value);
  }
  parts[1].merge(parts[2]);
  parts[0].merge(parts[1]);
  parts[0].merge(Histogram());
  EXPECT_EQ(parts[0], all);
  all.clear();
  EXPECT_EQ(all, Histogram());
}

TEST(Histogram, ReadsBackFromItsBuckets) {
  Histogram h;
  h.record(3ns);
  h.record(5ms, 1000);
  h.record(70s);
  EXPECT_EQ(Histogram::from_buckets(h.buckets(), h.min(), h.max(), h.sum()), h);
  EXPECT_EQ(Histogram::from_buckets({}, 0ns, 0ns, 0), Histogram());
  EXPECT_EQ(Histogram::from_buckets(h.buckets(), h.min(), h.max(), h.sum()).quantile(0.9),
            h.quantile(0.9));
  EXPECT_EQ(Histogram::from_buckets(h.buckets(), h.min(), h.max(), h.sum()).overflow(), 1u);
  const Histogram::Bucket absurd[] = {{1u << 30, 1}}, twice[] = {{7, 1}, {7, 1}}, one[] = {{7, 1}};
  EXPECT_THROW(Histogram::from_buckets(absurd, 0ns, 0ns, 0), std::invalid_argument);
  EXPECT_THROW(Histogram::from_buckets(twice, 7ns, 7ns, 14), std::invalid_argument);
  EXPECT_THROW(Histogram::from_buckets(one, 6ns, 7ns, 7), std::invalid_argument);
  EXPECT_THROW(Histogram::from_buckets(one, 7ns, 8ns, 7), std::invalid_argument);
}

// The numbers of a file have to agree with each other, and must not overflow.
TEST(Histogram, RefusesASumOrACountThatItsBucketsCannotHave) {
  const Histogram::Bucket two[] = {{7, 1}, {3000, 1}};  // 3000 is 3952 and 3953 ns
  EXPECT_EQ(Histogram::lower_bound(3000), 3952ns);
  EXPECT_EQ(Histogram::from_buckets(two, 7ns, 3952ns, 3959).mean(), 3959 / 2.);
  EXPECT_THROW(Histogram::from_buckets(two, 7ns, 3952ns, 3958), std::invalid_argument);
  EXPECT_THROW(Histogram::from_buckets(two, 7ns, 3952ns, 3960), std::invalid_argument);
  EXPECT_THROW(Histogram::from_buckets(two, -7ns, 3952ns, 3959), std::invalid_argument);
  const Histogram::Bucket reversed[] = {{3000, 1}, {7, 1}};
  EXPECT_THROW(Histogram::from_buckets(reversed, 3952ns, 7ns, 3959), std::invalid_argument);
  const Histogram::Bucket most[] = {{0, Histogram::kMostCount}},
                          more[] = {{0, Histogram::kMostCount}, {1, 1}},
                          wraps[] = {{0, UINT64_MAX}, {1, 2}};
  EXPECT_EQ(Histogram::from_buckets(most, 0ns, 0ns, 0).count(), Histogram::kMostCount);
  EXPECT_THROW(Histogram::from_buckets(more, 0ns, 1ns, 1), std::invalid_argument);
  EXPECT_THROW(Histogram::from_buckets(wraps, 0ns, 1ns, 2), std::invalid_argument);
}

// A large result holds thousands of histograms, of a thousand or two buckets each.
TEST(Histogram, TakesMemoryForItsContentAloneUntilItIsRecordedInto) {
  EXPECT_EQ(Histogram().memory(), 0u);
  std::mt19937_64 random(5);
  std::lognormal_distribution<double> latency(std::log(2e7), 0.5);
  Histogram h;
  for (int i = 0; i < 20'000; ++i) h.record(Nanos{std::llround(latency(random))});
  const std::vector<Histogram::Bucket> buckets = h.buckets();
  ASSERT_GT(buckets.size(), 1000u);
  EXPECT_GT(h.memory(), 200'000u);
  Histogram read = Histogram::from_buckets(buckets, h.min(), h.max(), h.sum());
  EXPECT_LE(read.memory(), 4 * buckets.size());
  EXPECT_EQ(read, h);
  for (const double q : {0., 0.001, 0.5, 0.99, 0.9999, 1.})
    EXPECT_EQ(read.quantile(q), h.quantile(q));
  read.record(1ms);
  h.record(1ms);
  EXPECT_EQ(read, h);
}

}  // namespace
}  // namespace mpb
