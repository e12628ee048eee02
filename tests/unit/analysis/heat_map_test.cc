#include "analysis/heat_map.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/compare.hh"
#include "analysis/gate.hh"
#include "made_up.hh"
#include "output/answer.hh"
#include "output/page/data.hh"
#include "output/sentences.hh"
#include "outputs.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> verdicts_of(const Result& result) {
  std::vector<std::string> verdicts;
  const Analysis analysis = analyse(result);
  for (const Figure* ratio : ratios_in(analysis)) {
    if (ratio->metric == find_metric("throughput"))
      verdicts.push_back(to_text(ratio->judgement.verdict));
  }
  return verdicts;
}

TEST(HeatMap, HasTheRatioOfEveryCondition) {
  const Result result = grid_of_ratios(8);
  const Analysis analysis = analyse(result);
  const std::vector<HeatMap> maps = heat_maps(analysis);
  ASSERT_THAT(maps, SizeIs(1));
  EXPECT_EQ(maps[0].cell, "GET 4k");
  EXPECT_EQ(heat_title(maps[0]), "GET 4k: throughput of mptcp as a ratio to tcp");
  ASSERT_THAT(maps[0].ratios, ElementsAre(SizeIs(2), SizeIs(2)));
  EXPECT_NEAR(maps[0].ratios[0][0]->value, 1.5, 0.01);
  EXPECT_NEAR(maps[0].ratios[0][1]->value, 1.0, 0.01);
  EXPECT_NEAR(maps[0].ratios[1][0]->value, 0.5, 0.01);
  EXPECT_NEAR(maps[0].ratios[1][1]->value, 1.2, 0.01);
  const Table table = heat_tables(analysis).at(0);
  EXPECT_THAT(to_text(table),
              AllOf(ContainsRegex("link2.delay +link2.rate 10mbit +link2.rate 50mbit\n"),
                    ContainsRegex("5ms +1.50x better +1.00x equivalent\n"),
                    ContainsRegex("20ms +0.50x worse +1.20x better\n")));
  EXPECT_THAT(to_markdown(table), HasSubstr("| 5ms | 1.50x better | 1.00x equivalent |\n"));
  // The answer comes before the other tables, in the terminal and in a summary.
  const std::string text = terminal_text(analysis, "title");
  EXPECT_LT(text.find(heat_title(maps[0])), text.find("Throughput and latency"));
  const std::string summary = exported(result, "markdown");
  EXPECT_LT(summary.find("| 1.50x better |"), summary.find("### Throughput"));
}

TEST(HeatMap, HasAnEmptyPlaceWithoutARatio) {
  Result result = grid_of_ratios(6);
  std::erase_if(result.runs, [](const mpb::Run& run) {
    return run.proto == "tcp" && run.conditions[0].second == "5ms" &&
           run.conditions[1].second == "50mbit";
  });
  EXPECT_THAT(to_text(heat_tables(analyse(result)).at(0)), ContainsRegex("5ms +1.50x better +-\n"));
}

TEST(HeatMap, NeedsTwoVariablesWithSeveralValues) {
  Result result = grid_of_ratios(1);
  result.parameters.grid[1].values = {"10mbit"};
  std::erase_if(result.runs,
                [](const mpb::Run& run) { return run.conditions[1].second != "10mbit"; });
  EXPECT_THAT(heat_tables(analyse(result)), IsEmpty());
  EXPECT_THAT(terminal_text(analyse(result), ""),
              HasSubstr("GET 4k, link2.delay 20ms, link2.rate 10mbit"));
}

TEST(HeatMap, IsOnePerValueOfFurtherVariables) {
  Result result = grid_of_ratios(1);
  for (const mpb::Run& run : grid_of_ratios(1).runs) {
    result.runs.push_back(run);
    result.runs.back().conditions.emplace_back("connections", "200");
    result.runs.back().connections = 200;
  }
  for (std::size_t i = 0; i < result.runs.size() / 2; ++i)
    result.runs[i].conditions.emplace_back("connections", "50");
  result.parameters.grid.push_back({"connections", {"50", "200"}});
  std::vector<std::string> cells;
  const Analysis analysis = analyse(result);
  for (const HeatMap& map : heat_maps(analysis)) cells.push_back(map.cell);
  EXPECT_THAT(cells, ElementsAre("GET 4k, connections 50", "GET 4k, connections 200"));
}

TEST(HeatMap, IsAChartOfColours) {
  const Result result = grid_of_ratios(8);
  const std::string json = chart_data({{"mine", analyse(result)}}, {}).json;
  EXPECT_THAT(json, HasSubstr(R"("row":"5ms","row_name":"link2.delay","column":"10mbit")"));
  EXPECT_THAT(json, HasSubstr(R"("label":"1.50x","verdict":"better")"));
  EXPECT_THAT(json, HasSubstr(R"("label":"0.50x","verdict":"worse","colour":"#e8955f")"))
      << "half as good: the deepest orange";
  EXPECT_THAT(json, Not(HasSubstr(R"("percentiles":)"))) << "too many panels";
  EXPECT_THAT(json, Not(HasSubstr(R"("ratios":)"))) << "the map shows them";
}

// Of one condition among the four, six blocks cannot tell by Holm's method.
TEST(Verdicts, OfAGridShareTheirError) {
  Result result = grid_of_ratios(6);
  EXPECT_THAT(verdicts_of(result), ElementsAre("better", "equivalent", "worse", "better"));
  EXPECT_THAT(terminal_text(analyse(result), ""),
              HasSubstr("There are 4 verdicts: of those that are better, worse or equivalent, at "
                        "most 5 % are wrong on average (Benjamini and Hochberg's adjusted p)."));
  const std::string compared = compare_text(analyse(result), "a.json", analyse(result), "b.json");
  EXPECT_THAT(compared, AllOf(HasSubstr("GET 4k, link2.delay 5ms, link2.rate 10mbit"),
                              HasSubstr("Benjamini and Hochberg")));
  result.parameters.grid.clear();
  EXPECT_THAT(verdicts_of(result),
              ElementsAre("inconclusive", "inconclusive", "inconclusive", "inconclusive"));
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("Holm's adjusted p"));
}

TEST(Gate, KnowsTheCellsOfConditions) {
  const Result result = grid_of_ratios(10);
  EXPECT_THAT(gate(result, {"mptcp/tcp throughput get/4k < 0.9"}), SizeIs(4));
  const std::vector<GateOutcome> one =
      gate(result, {"mptcp/tcp throughput get_4k_link2.delay=20ms_link2.rate=10mbit < 0.9"});
  ASSERT_THAT(one, SizeIs(1));
  EXPECT_EQ(one[0].verdict, GateVerdict::kWorse);
}

// The scenario's own delay is that of no run.
TEST(Title, NamesTheVariablesInsteadOfTheLinks) {
  Result result = grid_of_ratios(1);
  result.scenario.links[0].up.emplace_back("delay", "5ms");
  EXPECT_THAT(about(analyse(result)), AllOf(HasSubstr("4 conditions of link2.delay and link2.rate"),
                                            Not(HasSubstr("RTT")), HasSubstr("50 connections")));
  result.parameters.grid.push_back({"connections", {"1", "50"}});
  EXPECT_THAT(about(analyse(result)), Not(HasSubstr("50 connections")));
}

TEST(Answer, CountsTheConditionsAsCells) {
  EXPECT_THAT(answer(analyse(grid_of_ratios(8))),
              HasSubstr("MPTCP got 0.50 to 1.50 times the throughput of TCP in 4 cells"));
}

}  // namespace
}  // namespace mpb
