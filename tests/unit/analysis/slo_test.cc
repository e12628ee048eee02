#include "analysis/slo.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "analysis/curve.hh"
#include "analysis/figures.hh"
#include "analysis/group.hh"
#include "analysis/write.hh"
#include "made_up.hh"
#include "output/answer.hh"
#include "output/export/export.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "outputs.hh"
#include "result/read.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Slo, IsReadInTheWordsOfPeople) {
  EXPECT_EQ(to_text(parse_slo("p99<20ms")), "p99 < 20ms");
  EXPECT_EQ(to_text(parse_slo("  p99.9  <=  1s ")), "p99.9 <= 1s");
  EXPECT_EQ(parse_slo("mean < 500us").bound, 500us);
  for (const char* wrong :
       {"p98 < 1ms", "p99", "p99 > 1ms", "p99 < 1", "p99 < -1ms", "< 1ms", "p99 < 0s", ""}) {
    EXPECT_THROW(parse_slo(wrong), BadInput) << wrong;
  }
}

std::string sentence_of(const Result& result) {
  const std::vector<std::string> sentences = slo_sentences(analyse(result));
  return sentences.empty() ? "" : sentences.front();
}

TEST(Slo, IsAnsweredWithIntervalsAndKeptOutOfTheTables) {
  const Result result = search_of({{"mptcp", 4000}, {"tcp", 1000}});
  EXPECT_THAT(groups_of(result), ::testing::IsEmpty());
  const std::vector<SloAnswer> answers = slo_answers(result);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].proto, "tcp");
  ASSERT_TRUE(answers[0].rate && answers[1].ratio);
  EXPECT_NEAR(answers[0].rate->value, 1000, 5);
  EXPECT_EQ(answers[0].held_rps, 990);
  EXPECT_EQ(answers[0].failed_rps, 1010);
  EXPECT_FALSE(answers[0].ratio);
  EXPECT_NEAR(answers[1].ratio->value, 4, 0.02);
  EXPECT_LT(answers[1].ratio->interval.low, 3.9);
  EXPECT_GT(answers[1].ratio->interval.high, 4.1);
  EXPECT_THAT(sentence_of(result),
              ::testing::MatchesRegex("GET 4k: p99 < 20ms holds up to [0-9,]+ req/s with tcp "
                                      "\\(95 % [0-9,]+-[0-9,]+\\); up to [0-9,]+ req/s with mptcp "
                                      "\\(95 % [0-9,]+-[0-9,]+\\), [34]\\.[0-9]+x "
                                      "\\(95 % 3\\.[0-9]+-[45]\\.[0-9]+\\)"));
  const std::string text = terminal_text(analyse(result), "");
  EXPECT_THAT(text, HasSubstr(sentence_of(result)));
  EXPECT_THAT(text, HasSubstr("  The highest rate with p99 < 20ms, found by a search\n"));
  EXPECT_THAT(text, ContainsRegex(
                        "\n +mptcp +[0-9,]+ +[0-9,]+-[0-9,]+ +[34].[0-9]+x +[0-9.]+-[0-9.]+ +8\n"));
}

// Two thresholds that few runs found 3 % apart may be the same.
TEST(Slo, ReportsADifferenceOnlyIfItIsCertain) {
  const Result result = search_of({{"tcp", 1000}, {"mptcp", 1030}});
  EXPECT_FALSE(differs_from_base(slo_answers(result)[1]));
  EXPECT_THAT(sentence_of(result), HasSubstr(", not distinguishable from tcp (ratio: 95 % 0."));
  EXPECT_THAT(sentence_of(result), Not(::testing::ContainsRegex("[0-9]x")));
  EXPECT_THAT(to_text(slo_table(analyse(result))),
              AllOf(Not(ContainsRegex("[0-9]x")), ContainsRegex("mptcp +[0-9,]+ ")));
  EXPECT_THAT(exported(result, "junit"), HasSubstr("not distinguishable from tcp, 95 %"));
}

TEST(Slo, PublishesEstimatesWithTheirIntervals) {
  Result result = search_of({{"tcp", 1000}, {"mptcp", 4000}});
  std::vector<std::string> names;
  const Analysis analysis = analyse(result);
  for (const Figure& figure : analysis.figures) {
    names.push_back(figure.name.substr(1));
    EXPECT_TRUE(figure.interval);
  }
  EXPECT_THAT(names, ElementsAre("/get_4k_p99_20ms/slo_rate/tcp", "/get_4k_p99_20ms/slo_rate/mptcp",
                                 "/get_4k_p99_20ms/slo_rate/mptcp-vs-tcp"));
  const auto document = nlohmann::json::parse(to_json(analysis));
  EXPECT_EQ(document["figures"].size(), 2u);
  EXPECT_EQ(document["comparisons"].size(), 0u);
  const nlohmann::json& answer = document["slo"]["answers"][1];
  EXPECT_LT(answer["interval"]["low"], answer["rate_rps"]);
  EXPECT_GT(answer["interval"]["high"], answer["rate_rps"]);
  EXPECT_EQ(answer["base"], "tcp");
  EXPECT_EQ(answer["differs"], true);
  EXPECT_LT(answer["ratio_interval"]["low"], answer["ratio"]);
  EXPECT_EQ(answer["valid_runs"], 8);
  const auto bmf = nlohmann::json::parse(exported(result, "bmf"));
  const nlohmann::json& ratio = bmf[analysis.figures[2].name]["ratio"];
  EXPECT_LT(ratio["lower_value"], ratio["value"]);
  EXPECT_GT(ratio["upper_value"], ratio["value"]);
  EXPECT_THAT(exported(result, "custom-bigger"), HasSubstr("estimate of a search with 8 runs"));
  EXPECT_THAT(exported(result, "custom-bigger"), HasSubstr("\"range\""));
  EXPECT_THAT(exported(result, "openmetrics"),
              HasSubstr("mptcp_bench_slo_rate_low_requests_per_second{"));
  EXPECT_THAT(exported(result, "openmetrics"), HasSubstr("mptcp_bench_slo_rate_high_ratio{"));
  EXPECT_THAT(exported(result, "junit"), HasSubstr(" req/s, 95 %: "));
  EXPECT_THAT(exported(result, "junit"), HasSubstr(" times tcp, 95 % of the ratio: "));
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("| 95 % |"));
  // A search that was interrupted has no figure.
  result.complete = false;
  result.runs.resize(5);
  EXPECT_THAT(analyse(result).figures, ::testing::IsEmpty());
  EXPECT_THAT(sentence_of(result), HasSubstr("and the search has not ended"));
}

// The rate in the only row; "-" if the table has no such column.
std::string bound_of(const Result& result) {
  const Table table = slo_table(analyse(result));
  return table.columns[2].name == "req/s" ? table.rows[0][2] : "-";
}

TEST(Slo, SaysWhyThereIsNoThreshold) {
  Result result = result_of({});
  result.slo = SloAsked{parse_slo("p99 < 20ms"), 200};
  result.probes = {{"get", "4k", "tcp", 2000, 3, {}}};
  EXPECT_EQ(sentence_of(result), "GET 4k: p99 < 20ms: with tcp the search has not begun");
  result.probes[0].throughput_rps = 100;
  EXPECT_EQ(sentence_of(result),
            "GET 4k: p99 < 20ms: with tcp it is unknown, because fewer requests get through than a "
            "run needs; take a longer --duration");
  EXPECT_EQ(bound_of(result), "-");
  result.probes[0].throughput_rps = 2000;
  result.runs = {search_step("tcp", 500, 30ms), search_step("tcp", 250, 30ms)};
  EXPECT_EQ(sentence_of(result), "GET 4k: p99 < 20ms: with tcp it does not hold even at 250 req/s");
  EXPECT_EQ(bound_of(result), "< 250");
  EXPECT_THAT(exported(result, "junit"), HasSubstr("<skipped message=\"no rate held\"/>"));
  // A lower bound.
  result.runs = {search_step("tcp", 500, 10ms), search_step("tcp", 800, 10ms)};
  EXPECT_EQ(sentence_of(result),
            "GET 4k: p99 < 20ms: with tcp it holds up to at least 800 req/s: no higher rate was "
            "tried");
  EXPECT_EQ(bound_of(result), "≥ 800");
  EXPECT_THAT(exported(result, "junit"), HasSubstr("<skipped message=\"no rate failed\"/>"));
  result.complete = false;
  EXPECT_EQ(sentence_of(result), "GET 4k: p99 < 20ms: with tcp the search has not ended");
  EXPECT_THAT(exported(result, "junit"),
              HasSubstr("<skipped message=\"the search has not ended\"/>"));
  // Invalid runs are not evidence about the protocol.
  result.complete = true;
  result.runs.insert(result.runs.end(),
                     {search_step("tcp", 900, 30ms), search_step("tcp", 900, 30ms)});
  for (const std::size_t i : {2, 3}) result.runs[i].invalid_reasons = {"late"};
  EXPECT_EQ(sentence_of(result),
            "GET 4k: p99 < 20ms: with tcp it holds up to at least 800 req/s: no run at 900 req/s "
            "was valid");
  result.runs.erase(result.runs.begin(), result.runs.begin() + 2);
  EXPECT_EQ(sentence_of(result),
            "GET 4k: p99 < 20ms: with tcp it is unknown, because no run at 900 req/s was valid");
  EXPECT_THAT(exported(result, "junit"), HasSubstr("<skipped message=\"no run was valid\"/>"));
}

// Earlier versions stored the highest rate of a bracket. The answers are computed from the runs
// anyway.
TEST(Slo, IsComputedFromTheRunsOfEarlierResults) {
  Result result = search_of({{"tcp", 1000}, {"mptcp", 4000}});
  result.environment.cpus = 2;
  result.capacities = {};
  for (auto& run : result.runs) run.links = {};
  const std::string now = to_json(analyse(result));
  auto was = nlohmann::ordered_json::parse(now);
  was.erase("complete");
  was["slo"]["answers"] = nlohmann::json::parse(
      R"([{"op": "get", "values": "4k", "proto": "tcp", "rate_rps": 7, "value_ns": 15000000,
           "fails_at_rps": 8, "confirmed": true, "runs": 2}])");
  EXPECT_EQ(to_json(analyse(result_from_json(was.dump(), "r.json"))), now);
}

}  // namespace
}  // namespace mpb
