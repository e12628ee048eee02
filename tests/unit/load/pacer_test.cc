#include "load/pacer.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace mpb {
namespace {

TEST(Pacer, ConstantArrivalsNeverDrift) {
  Pacer pacer(Arrivals::kConstant, 30'000, 5s,
              1);  // 33,333.3 ns: rounding each gap would lose a request every 3 s
  for (std::int64_t i = 0; i < 3'000'000; ++i) {
    if (i % 3 == 0) {
      ASSERT_EQ(pacer.next(), 5s + Nanos{i / 3 * 100'000});
    }
    pacer.advance();
  }
  EXPECT_EQ(pacer.next(), 105s);
}

TEST(Pacer, ThreadsTogetherAreOneConstantStream) {
  std::vector<Nanos> times;
  for (int thread = 0; thread < 3; ++thread) {
    Pacer pacer(Arrivals::kConstant, 1000, 0s, 1, thread, 3);
    for (; pacer.next() < 1s; pacer.advance()) times.push_back(pacer.next());
  }
  std::sort(times.begin(), times.end());
  ASSERT_EQ(times.size(), 1000u);
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_EQ(times[i], Nanos{static_cast<std::int64_t>(i) * 1'000'000});
}

TEST(Pacer, PoissonGapsHaveTheMeanAndTheVarianceOfTheirLaw) {
  constexpr int n = 200'000;
  for (const int threads : {1, 4}) {
    Pacer pacer(Arrivals::kPoisson, 10'000, 0s, 42, 0, threads);
    const double gap = 1e5 * threads;
    double sum = 0, squares = 0;
    Nanos last{0};
    for (int i = 0; i < n; ++i, pacer.advance()) {
      const auto step = static_cast<double>((pacer.next() - last).count());
      last = pacer.next();
      sum += step;
      squares += step * step;
    }
    const double mean = sum / n, variance = squares / n - mean * mean;
    EXPECT_NEAR(mean, gap, 4 * gap / std::sqrt(n));  // standard error of the mean
    EXPECT_NEAR(
        variance, gap * gap,
        4 * gap * gap * std::sqrt(8.0 / n));  // the fourth moment of an exponential is 9, minus 1
  }
}

TEST(Pacer, PoissonCountsInASecondAreOverdispersedByNothing) {
  Pacer pacer(Arrivals::kPoisson, 1000, 0s, 7);
  double sum = 0, squares = 0;
  constexpr int windows = 2000;
  for (int i = 1; i <= windows; ++i) {
    const auto count = static_cast<double>(pacer.skip_until(i * 100ms));
    sum += count;
    squares += count * count;
  }
  const double mean = sum / windows, dispersion = (squares / windows - mean * mean) / mean;
  EXPECT_NEAR(dispersion, 1, 4 * std::sqrt(2.0 / windows));
}

TEST(Pacer, SeedsAndThreadsAreDifferentStreams) {
  EXPECT_NE(Pacer(Arrivals::kPoisson, 10, 0s, 1).next(),
            Pacer(Arrivals::kPoisson, 10, 0s, 2).next());
  EXPECT_NE(Pacer(Arrivals::kPoisson, 10, 0s, 1, 0, 2).next(),
            Pacer(Arrivals::kPoisson, 10, 0s, 1, 1, 2).next());
  EXPECT_EQ(Pacer(Arrivals::kPoisson, 10, 0s, 1).next(),
            Pacer(Arrivals::kPoisson, 10, 0s, 1).next());
}

// A day at the highest rate that the parsers take. One by one these would take hours.
constexpr Nanos kDay = 24h;
constexpr std::uint64_t kRequestsOfADay = 8'640'000'000'000;

TEST(Pacer, SkipsADayOfConstantArrivalsAtOnce) {
  Pacer pacer(Arrivals::kConstant, 1e8, 0s, 1);
  EXPECT_EQ(pacer.skip_until(kDay), kRequestsOfADay);
  EXPECT_EQ(pacer.next(), kDay);
  EXPECT_EQ(pacer.skip_until(kDay + 1us), 100u);
}

TEST(Pacer, SkipsAsManyConstantArrivalsAtOnceAsOneByOne) {
  for (const double rate : {3e7, 77'777'777.7}) {
    Pacer at_once(Arrivals::kConstant, rate, 5s, 1, 1, 3);
    Pacer one_by_one(Arrivals::kConstant, rate, 5s, 1, 1, 3);
    std::uint64_t count = 0;
    for (; one_by_one.next() < 7s; one_by_one.advance()) ++count;
    EXPECT_EQ(at_once.skip_until(7s), count);
    EXPECT_EQ(at_once.next(), one_by_one.next());
  }
}

TEST(Pacer, SkipsADayOfPoissonArrivalsAtOnce) {
  double sum = 0, squares = 0;
  constexpr int seeds = 400;
  for (int seed = 1; seed <= seeds; ++seed) {
    Pacer pacer(Arrivals::kPoisson, 1e8, 0s, static_cast<std::uint64_t>(seed));
    // In standard deviations of the count, which is the root of its mean.
    const auto count = static_cast<double>(pacer.skip_until(kDay));
    const double deviation = (count - static_cast<double>(kRequestsOfADay)) / std::sqrt(8.64e12);
    EXPECT_GE(pacer.next(), kDay);
    EXPECT_LT(pacer.next(), kDay + 1us);  // a hundred gaps
    sum += deviation;
    squares += deviation * deviation;
  }
  EXPECT_NEAR(sum / seeds, 0, 4 / std::sqrt(seeds));
  EXPECT_NEAR(squares / seeds, 1, 4 * std::sqrt(2.0 / seeds));
}

TEST(Pacer, SkipsAtAnOrdinaryRateAlongTheSequenceThatItWouldHaveSent) {
  Pacer skipping(Arrivals::kPoisson, 100'000, 0s, 42);
  Pacer sending(Arrivals::kPoisson, 100'000, 0s, 42);
  std::uint64_t count = 0;
  for (; sending.next() < 10s; sending.advance()) ++count;
  EXPECT_EQ(skipping.skip_until(10s), count);
  EXPECT_EQ(skipping.next(), sending.next());
}

TEST(Pacer, CountsWhatWasDue) {
  Pacer pacer(Arrivals::kConstant, 100, 1s, 1);
  EXPECT_EQ(pacer.skip_until(1s), 0u);
  EXPECT_EQ(pacer.skip_until(2s), 100u);
  EXPECT_EQ(pacer.next(), 2s);
}

}  // namespace
}  // namespace mpb
