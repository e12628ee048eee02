#include "experiment/capacity.hh"

#include <gtest/gtest.h>

#include "emu/trace.hh"
#include "scenario/setup.hh"

namespace mpb {
namespace {

std::vector<LinkSpec> links() {
  const auto trace = std::make_shared<const Trace>("time,rate\n0,8mbit\n1,0bit\n2,repeat\n", "t");
  LinkSpec traced{"a", {.rate = 1_mbit}, {}};
  traced.down.trace = {"t", trace};
  return {{"b", {}, {}}, traced};
}

TEST(Capacity, IsThatOfTheWindow) {
  mpb::Run run;
  run.links = {{"b"}, {"a"}};
  run.outcome.duration = 2500ms;
  record_capacity(links(), run);
  EXPECT_FALSE(run.links[0].follows_trace());
  EXPECT_FALSE(run.links[1].up_capacity_bytes);
  EXPECT_EQ(run.links[1].down_capacity_bytes, 1'500'000);
  EXPECT_TRUE(follows_trace(run));
}

TEST(Capacity, HasARowForEachInterval) {
  Timeline timeline{.interval = 800ms, .t = {800ms, 1600ms, 2100ms}, .series = {}};
  record_capacity_over_time(links(), timeline);
  EXPECT_EQ(timeline.series.size(), 1U);
  EXPECT_EQ(timeline.series["a.down.capacity_bytes"], (Column{800'000, 200'000, 100'000}));
}

TEST(Capacity, OfATraceIsItsMeanOverTheWindow) {
  EXPECT_DOUBLE_EQ(capacity_of(links()[1], 4s).down_bps, 4e6);
  EXPECT_DOUBLE_EQ(capacity_of(links()[1], 1s).down_bps, 8e6);
  EXPECT_DOUBLE_EQ(capacity_of(links()[1], 1s).up_bps, 1e6);
}

}  // namespace
}  // namespace mpb
