#include "analysis/competing.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/analysis.hh"
#include "made_up.hh"
#include "output/terminal.hh"
#include "outputs.hh"

namespace mpb {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// One connection of TCP gets half of the link, and two subflows two thirds.
Result next_to_a_flow(int blocks) {
  return result_with(
      [](Run& run) {
        const bool mptcp = run.proto == "mptcp";
        const double noise = 1 + 0.001 * run.block;
        run.connections = 1;
        if (mptcp) run.mptcp = {1, 0, 2, 2, 1};
        run.goodput_bps = (mptcp ? 12e6 : 9e6) * noise;
        run.competing_flow = CompetingRecord{"link1", 1, 1, (mptcp ? 6e6 : 9e6) / noise, 0ns};
      },
      blocks);
}

TEST(Competing, HasASentenceForEachCell) {
  const Result result = next_to_a_flow(1);
  EXPECT_THAT(competing_sentences(groups_of(result)),
              ElementsAre("GET 4k, next to a TCP flow on link1: tcp (1 flow) got 50 % of the "
                          "goodput of both, mptcp (2 flows) 67 %"));
  EXPECT_THAT(competing_sentences(groups_of(result_of({run_of("tcp", 1)}))), ElementsAre());
}

TEST(Competing, HasATableWithTheSharesAndAVerdictOnTheFlow) {
  const std::string text = terminal_text(analyse(next_to_a_flow(8)), "title");
  EXPECT_THAT(text, HasSubstr("\n  GET 4k, next to a TCP flow on link1: tcp (1 flow) got"));
  EXPECT_THAT(text, HasSubstr("  Next to a TCP flow on link1: the goodput of both, medians"));
  EXPECT_THAT(text, ContainsRegex("GET 4k +tcp +1 +9\\.0 +50 % +50-50 % +9\\.0 +50 % +8\n"));
  EXPECT_THAT(text, ContainsRegex(" +mptcp +2 +12\\.0 +67 % +67-67 % +6\\.0 +33 % +8\n"));
  EXPECT_THAT(text, ContainsRegex("0\\.66[0-9]x +worse +competing goodput"));
  for (const char* format : {"markdown", "text"})
    EXPECT_THAT(exported(next_to_a_flow(8), format), HasSubstr("TCP flow Mbit/s")) << format;
  EXPECT_THAT(terminal_text(analyse(result_of({run_of("tcp", 1)})), ""), Not(HasSubstr("flows")));
}

// Neither got anything, so there are no shares.
TEST(Competing, HasNoShareOfNothing) {
  Result result = next_to_a_flow(1);
  for (mpb::Run& run : result.runs) run.goodput_bps = run.competing_flow->goodput_bps = 0;
  EXPECT_THAT(competing_sentences(groups_of(result)), ElementsAre());
  EXPECT_THAT(terminal_text(analyse(result), ""), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace mpb
