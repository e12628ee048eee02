#include "analysis/curve.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/explain.hh"
#include "analysis/figures.hh"
#include "analysis/group.hh"
#include "made_up.hh"
#include "output/terminal.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Sweep, MakesTheRateAPartOfTheCell) {
  const Result result = result_of({at_rate("tcp", 500, false), at_rate("mptcp", 500, false),
                                   at_rate("mptcp", 3000, false), at_rate("tcp", 3000, true)});
  const std::vector<RunGroup> groups = groups_of(result);
  ASSERT_EQ(groups.size(), 4u);
  EXPECT_EQ(rates_of(groups), 2u);
  EXPECT_EQ(base_group(groups, groups[3]), &groups[2]);
  EXPECT_DOUBLE_EQ(ratio_of(*find_metric("throughput"), groups[3], groups[2]).value, 2);
  const std::string text = terminal_text(analyse(result), "");
  EXPECT_THAT(text, ContainsRegex("\n  cell +protocol +req/s +vs tcp +runs "));
  EXPECT_THAT(text, ContainsRegex("\n  GET 4k at 500 req/s +tcp +500 "));
  EXPECT_THAT(text, ContainsRegex("\n +mptcp +500 +1.00x p99 "));
  EXPECT_THAT(text, ContainsRegex("\n  GET 4k at 3,000 req/s +tcp +1,500 SATURATED "));
  EXPECT_THAT(text, ContainsRegex("\n +mptcp +3,000 +2.00x throughput "));
  EXPECT_THAT(text, HasSubstr("\n\n  GET 4k: tcp keeps up with 500 req/s but not with 3,000 req/s; "
                              "mptcp keeps up with 3,000 req/s, the highest rate offered.\n"));
  EXPECT_THAT(text, HasSubstr("backlog and latency grew throughout the run"));
  for (const Explanation& why : analyse(result).explanations)
    EXPECT_TRUE(why.rate_rps == 500 || why.rate_rps == 3000);
}

// A protocol neither kept up with a rate nor missed it if no run at it is valid.
TEST(Sweep, DistinguishesInvalidRatesFromMissedOnes) {
  Result result = result_of({at_rate("tcp", 500, false), at_rate("mptcp", 500, false),
                             at_rate("tcp", 1000, false), at_rate("mptcp", 1000, false),
                             at_rate("tcp", 2000, false), at_rate("mptcp", 2000, true)});
  const auto sentence = [&] { return sweep_sentences(groups_of(result)).at(0); };
  EXPECT_EQ(sentence(),
            "GET 4k: tcp keeps up with 2,000 req/s, the highest rate offered; mptcp keeps up with "
            "1,000 req/s but not with 2,000 req/s");
  result.runs[3].invalid_reasons = {"late"};
  EXPECT_EQ(sentence(),
            "GET 4k: tcp keeps up with 2,000 req/s, the highest rate offered; mptcp keeps up with "
            "500 req/s, but no run at 1,000 req/s is valid");
  result.runs[0].invalid_reasons = {"late"};
  EXPECT_EQ(sentence(),
            "GET 4k: tcp is unknown, because no run at 500 req/s is valid; mptcp keeps up with 500 "
            "req/s, but no run at 1,000 req/s is valid");
  for (const std::size_t i : {1, 5}) result.runs[i].invalid_reasons = {"late"};
  EXPECT_EQ(
      sentence(),
      "GET 4k: tcp is unknown, because no run at 500 req/s is valid; mptcp is unknown, because "
      "it has no valid run");
  for (mpb::Run& run : result.runs) run.invalid_reasons.clear(), run.saturated = true;
  EXPECT_THAT(sentence(), HasSubstr("mptcp does not keep up with 500 req/s, the lowest rate"));
}

TEST(Sweep, HasNoLatencyOfSaturatedRuns) {
  const Result result =
      result_of({at_rate("tcp", 3000, true), at_rate("tcp", 3000, false, 1),
                 at_rate("mptcp", 3000, false), at_rate("mptcp", 3000, false, 1)});
  std::vector<std::string> names;
  for (const Figure& figure : analyse(result).figures) names.push_back(figure.name.substr(1));
  EXPECT_THAT(names, ::testing::Contains("/get_4k_3000rps/throughput/tcp"));
  EXPECT_THAT(names, ::testing::Contains("/get_4k_3000rps/throughput/mptcp-vs-tcp"));
  EXPECT_THAT(names, ::testing::Contains("/get_4k_3000rps/p99/mptcp"));
  // One saturated block of two is enough, because the other one would be a lucky sample.
  EXPECT_THAT(names, Not(::testing::Contains("/get_4k_3000rps/p99/tcp")));
  EXPECT_THAT(names, Not(::testing::Contains("/get_4k_3000rps/p99/mptcp-vs-tcp")));
}

}  // namespace
}  // namespace mpb
