#include "stats/timeline.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

using Values = Column;

TEST(Timeline, CutsTheWindowIntoIntervals) {
  EXPECT_EQ(interval_ends(100ms, 300ms), (std::vector<Nanos>{100ms, 200ms, 300ms}));
  EXPECT_EQ(interval_ends(100ms, 250ms),
            (std::vector<Nanos>{100ms, 200ms, 250ms}));  // the last is shorter
  EXPECT_EQ(interval_ends(1s, 250ms), (std::vector<Nanos>{250ms}));
  EXPECT_TRUE(interval_ends(0s, 1s).empty());
}

TEST(Timeline, CountsWhatHappenedInEachInterval) {
  RequestBins bins(100ms, 300ms);
  for (int i = 1; i <= 100; ++i) bins.completed(i * 1ms);
  bins.failed(3);
  EXPECT_EQ(bins.end(), 100ms);
  bins.roll();
  bins.roll();  // nothing in the second
  bins.completed(5ms);
  bins.roll();
  EXPECT_EQ(bins.end(), Nanos::max());
  bins.completed(1s);  // after the window: not counted
  bins.roll();
  const Timeline timeline = bins.rows().timeline(100ms);
  EXPECT_EQ(timeline.interval, 100ms);
  EXPECT_EQ(timeline.t.size(), 3u);
  EXPECT_EQ(timeline.series.at("requests"), (Values{100, 0, 1}));
  EXPECT_EQ(timeline.series.at("errors"), (Values{3, 0, 0}));
  EXPECT_EQ(timeline.series.at("latency_max_ns"), (Values{100'000'000, std::nullopt, 5'000'000}));
  EXPECT_NEAR(static_cast<double>(*timeline.series.at("latency_p50_ns")[0]), 50e6, 50e6 / 64);
  EXPECT_NEAR(static_cast<double>(*timeline.series.at("latency_p99_ns")[0]), 99e6, 99e6 / 64);
  EXPECT_EQ(timeline.series.at("latency_p99_ns")[1], std::nullopt);
}

TEST(Timeline, OfTwoThreadsIsTheirSum) {
  RequestBins a(1s, 1s), b(1s, 1s), both(1s, 1s);
  for (int i = 0; i < 1000; ++i) {
    (i % 3 == 0 ? a : b).completed(i * 10us);
    both.completed(i * 10us);
  }
  for (RequestBins* bins : {&a, &b, &both}) bins->roll();
  RequestRows sum = a.rows();
  sum.merge(b.rows());
  EXPECT_EQ(sum, both.rows());
  EXPECT_EQ(sum.timeline(1s), both.rows().timeline(1s));
}

TEST(Timeline, HoldsTheLongestLatencies) {
  RequestBins bins(1s, 1s);
  bins.completed(100s);  // beyond the histogram's limit
  bins.roll();
  EXPECT_EQ(bins.rows().timeline(1s).series.at("latency_max_ns")[0], Nanos(100s).count());
  EXPECT_GT(*bins.rows().timeline(1s).series.at("latency_p50_ns")[0], Nanos(60s).count());
}

}  // namespace
}  // namespace mpb
