#include "result/condition.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "result/result.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;

TEST(Conditions, AreAllCombinationsOfTheGrid) {
  EXPECT_THAT(conditions_of({}), ElementsAre(Settings{})) << "a cell without a grid runs once";
  EXPECT_THAT(conditions_of({{"link2.delay", {"5ms", "20ms"}}, {"connections", {"1", "50"}}}),
              ElementsAre(Settings{{"link2.delay", "5ms"}, {"connections", "1"}},
                          Settings{{"link2.delay", "5ms"}, {"connections", "50"}},
                          Settings{{"link2.delay", "20ms"}, {"connections", "1"}},
                          Settings{{"link2.delay", "20ms"}, {"connections", "50"}}));
}

TEST(Conditions, FollowTheNameOfACell) {
  EXPECT_EQ(conditions_text({}), "");
  EXPECT_EQ(conditions_text({{"link2.delay", "5ms"}, {"connections", "50"}}),
            ", link2.delay 5ms, connections 50");
}

TEST(Conditions, AreAboutALinkOrAboutAll) {
  EXPECT_FALSE(link_property("connections"));
  const auto one = link_property("lte.delay"), all = link_property("link*.delay");
  ASSERT_TRUE(one && all);
  EXPECT_EQ(one->name, "delay");
  EXPECT_TRUE(one->is_of("lte"));
  EXPECT_FALSE(one->is_of("wifi"));
  EXPECT_TRUE(all->is_of("wifi"));
}

TEST(Conditions, ArePartOfACell) {
  mpb::Run run;  // testing::Test has one too
  run.op = "get", run.values = "4k", run.conditions = {{"link2.delay", "5ms"}};
  Pilot pilot{"get", "4k", "tcp", {}, {}, 20s, {}, {}, run.conditions};
  EXPECT_TRUE(same_cell(pilot, run));
  pilot.conditions = {{"link2.delay", "20ms"}};
  EXPECT_FALSE(same_cell(pilot, run));
}

}  // namespace
}  // namespace mpb
