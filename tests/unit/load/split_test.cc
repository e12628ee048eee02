#include "load/split.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

using ::testing::ElementsAre;

TEST(Split, IsInProportion) {
  EXPECT_THAT(split_by({100e6, 100e6}, 50), ElementsAre(25, 25));
  EXPECT_THAT(split_by({1, 1, 1}, 50), ElementsAre(17, 17, 16));
  EXPECT_THAT(split_by({80e6, 40e6}, 50), ElementsAre(33, 17));  // 33.3 and 16.7
  EXPECT_THAT(split_by({1e9, 100e6}, 50), ElementsAre(45, 5));   // 45.45 and 4.55
}

TEST(Split, GivesEveryPartOneWhereThereAreEnough) {
  EXPECT_THAT(split_by({1e9, 1e6, 1e6}, 50), ElementsAre(48, 1, 1));
  EXPECT_THAT(split_by({1e9, 1e6, 1e6}, 3), ElementsAre(1, 1, 1));
  EXPECT_THAT(split_by({1e6, 1e9, 1e6}, 2), ElementsAre(0, 2, 0));
  EXPECT_THAT(split_by({1, 1}, 1), ElementsAre(1, 0));
}

TEST(Split, IsEvenAmongHosts) {
  EXPECT_EQ(even_share(10, 0, 3), 4);
  EXPECT_EQ(even_share(10, 1, 3), 3);
  EXPECT_EQ(even_share(10, 2, 3), 3);
  EXPECT_EQ(even_share(2, 2, 3), 0);
}

TEST(Split, TakesTurnsInProportion) {
  EXPECT_THAT(in_turns({3, 3}), ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_THAT(in_turns({2, 1}), ElementsAre(0, 1, 0));
  EXPECT_THAT(in_turns({1, 4}), ElementsAre(1, 1, 0, 1, 1));
  EXPECT_THAT(in_turns({0, 2}), ElementsAre(1, 1));
  for (const std::vector<int>& parts : {std::vector<int>{45, 5}, {1, 2, 47}, {333, 1, 666}}) {
    std::vector<int> counts(parts.size());
    for (const int part : in_turns(parts)) ++counts[static_cast<std::size_t>(part)];
    EXPECT_EQ(counts, parts);
  }
}

}  // namespace
}  // namespace mpb
