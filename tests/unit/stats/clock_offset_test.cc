#include "stats/clock_offset.hh"

#include <gtest/gtest.h>

#include "stats/random.hh"

namespace mpb {
namespace {

// A question at `asked` that takes `there` to arrive, and its answer `back`.
ClockSample ask(Nanos asked, Nanos there, Nanos back, Nanos offset) {
  return {asked, asked + there + offset, asked + there + back};
}

TEST(ClockOffset, IsUnknownWithoutAnAnswer) {
  EXPECT_EQ(clock_offset({}), std::nullopt);
  EXPECT_EQ(clock_offset({{10us, 500us, 9us}}), std::nullopt);
}

TEST(ClockOffset, IsExactIfBothWaysTakeEquallyLong) {
  const auto found = clock_offset({ask(1s, 30us, 30us, 5h)});
  EXPECT_EQ(found, (ClockOffset{5h, 30us}));
}

TEST(ClockOffset, TakesTheShortestRoundTrip) {
  const auto found = clock_offset(
      {ask(1s, 900us, 20us, 7ms), ask(2s, 21us, 20us, 7ms), ask(3s, 20us, 300us, 7ms)});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bound, 20500ns);
  EXPECT_EQ(found->offset, 7ms + 500ns);
}

TEST(ClockOffset, MayBeNegative) {
  const auto found = clock_offset({ask(100s, 10us, 10us, -90s)});
  EXPECT_EQ(found, (ClockOffset{-90s, 10us}));
}

// However unequal the two ways are, the true offset lies within the bound.
TEST(ClockOffset, BoundContainsTheTruth) {
  Random random(7);
  for (int round = 0; round < 2000; ++round) {
    const Nanos truth{static_cast<std::int64_t>(random.below(2'000'000'000)) - 1'000'000'000};
    std::vector<ClockSample> samples;
    for (int i = 0; i < 5; ++i) {
      const Nanos there{static_cast<std::int64_t>(random.below(3'000'000))};
      const Nanos back{static_cast<std::int64_t>(random.below(1000))};
      samples.push_back(ask(Nanos{static_cast<std::int64_t>(i) * 1'000'000}, there, back, truth));
    }
    const auto found = clock_offset(samples);
    ASSERT_TRUE(found);
    EXPECT_LE(std::chrono::abs(found->offset - truth), found->bound);
  }
}

}  // namespace
}  // namespace mpb
