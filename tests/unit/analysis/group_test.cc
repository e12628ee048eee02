#include "analysis/group.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/figures.hh"
#include "made_up.hh"
#include "output/terminal.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Groups, StandInTheOrderInWhichTheyAreRead) {
  const Result result =
      result_of({run_of("tcp-on-mptcp", 1), run_of("mptcp", 1), run_of("tcp-split", 1),
                 run_of("mptcp-one", 1), run_of("tcp", 1)});
  std::vector<std::string> order;
  for (const RunGroup& group : groups_of(result)) order.push_back(group.first->proto);
  EXPECT_THAT(order, ElementsAre("tcp", "mptcp", "tcp-split", "mptcp-one", "tcp-on-mptcp"));
}

TEST(Groups, CompareASecondRunWithTheFirst) {
  EXPECT_EQ(base_of("tcp"), "");
  EXPECT_EQ(base_of("mptcp"), "tcp");
  EXPECT_EQ(base_of("tcp-split"), "tcp");
  EXPECT_EQ(base_of("tcp-again"), "tcp");
  EXPECT_EQ(base_of("mptcp-one-again"), "mptcp-one");
  const Result result = result_of({run_of("mptcp-again", 330), run_of("tcp-again", 1),
                                   run_of("mptcp", 300), run_of("tcp", 100)});
  const std::vector<RunGroup> groups = groups_of(result);
  std::vector<std::string> order;
  for (const RunGroup& group : groups) order.push_back(group.first->proto);
  EXPECT_THAT(order, ElementsAre("tcp", "tcp-again", "mptcp", "mptcp-again"));
  EXPECT_EQ(base_group(groups, groups[0]), nullptr);
  EXPECT_EQ(base_group(groups, groups[2]), &groups[0]);
  EXPECT_EQ(base_group(groups, groups[3]), &groups[2]);
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("1.10x of mptcp "));
}

TEST(Groups, FormRatiosWithinBlocks) {
  // The machine was twice as fast in the second block, and MPTCP ran alone in a third one. Neither
  // affects the ratio.
  Result result =
      result_of({run_of("tcp", 1000, 0), run_of("mptcp", 1500, 0), run_of("tcp", 2000, 1),
                 run_of("mptcp", 3000, 1), run_of("mptcp", 9000, 2)});
  const std::vector<RunGroup> groups = groups_of(result);
  EXPECT_DOUBLE_EQ(ratio_of(*find_metric("throughput"), groups[1], groups[0]).value, 1.5);
  EXPECT_THAT(
      ratio_of(*find_metric("throughput"), groups[1], RunGroup{groups[0].first, {}, {}}).values,
      testing::IsEmpty());
}

// Two runs of one protocol in a block do not make two pairs.
TEST(Groups, HaveOnePairPerBlock) {
  const Result result = result_of(
      {run_of("tcp", 100), run_of("mptcp", 150), run_of("tcp", 200), run_of("mptcp", 170)});
  const std::vector<RunGroup> groups = groups_of(result);
  EXPECT_THAT(ratio_of(*find_metric("throughput"), groups[1], groups[0]).values, ElementsAre(1.5));
  EXPECT_DOUBLE_EQ(ratio_of(*find_metric("throughput"), groups[1], groups[0]).value, 1.5);
  EXPECT_EQ(blocks_of_both(groups[1], groups[0]), 1u);
}

}  // namespace
}  // namespace mpb
