#include "output/answer.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up.hh"
#include "output/export/export.hh"
#include "output/page/page.hh"
#include "output/terminal.hh"
#include "output/uncompared_sentences.hh"
#include "sys/error.hh"
#include "sys/escape.hh"

namespace mpb {
namespace {

using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Answer, NamesACongestionControlThatFewHostsUse) {
  Result result = result_of_ratio(1.5, 1);
  EXPECT_THAT(terminal_text(analyse(result), "t"), Not(HasSubstr("Congestion control")));
  for (mpb::Run& run : result.runs) run.outcome.congestion_control = {"bbr"};
  EXPECT_THAT(answer(analyse(result)), HasSubstr("Congestion control is bbr: with cubic"));
  for (mpb::Run& run : result.runs) run.outcome.congestion_control = {"cubic"};
  EXPECT_THAT(answer(analyse(result)), Not(HasSubstr("Congestion control")));
}

// Most of a gain over one link comes from the second link.
TEST(Answer, ComparesMptcpWithConnectionsThatAreSpreadOverTheSameLinks) {
  Result result = result_of_ratio(1.5, 10);
  EXPECT_THAT(answer(analyse(result)), Not(HasSubstr("tcp-split")));
  for (const mpb::Run& run : result_of_ratio(2, 10, "tcp-split").runs) {
    if (run.proto == "tcp-split") result.runs.push_back(run);
  }
  EXPECT_THAT(answer(analyse(result)),
              ContainsRegex("MPTCP got 0.75 times the throughput of tcp-split, .*95 % 0.7"));
}

// If there is no ratio, every output begins with the reason.
TEST(Answer, SaysWhyThereIsNothingToCompare) {
  EXPECT_EQ(answer(analyse(Result{})), "No run was completed.");
  Result result = result_of_ratio(1.5, 2);
  EXPECT_EQ(answer(analyse(result)),
            "MPTCP got 1.50 times the throughput of TCP: no verdict, because it takes at least 6 "
            "blocks, and there are 2.");
  for (const std::size_t i : {1, 3})
    result.runs[i].invalid_reasons = {"fell back to TCP: use mptcpize"};
  EXPECT_EQ(answer(analyse(result)), "MPTCP: none of its 2 runs is valid (fell back to TCP).");
  for (const std::size_t i : {0, 2}) result.runs[i].invalid_reasons = {"late"};
  EXPECT_EQ(answer(analyse(result)), "None of the 4 runs is valid (late).");
  for (const std::size_t i : {0, 3}) result.runs[i].invalid_reasons.clear();
  EXPECT_EQ(answer(analyse(result)),
            "There is nothing to compare, because no block has a valid run of both.");
  for (const std::size_t i : {0, 2}) result.runs[i].proto = "mptcp-one";
  EXPECT_EQ(answer(analyse(result)),
            "There is nothing to compare with, because tcp was not measured.");
  for (const std::size_t i : {1, 3}) result.runs[i].proto = "mptcp-one";
  EXPECT_THAT(answer_sentences(analyse(result)),
              ElementsAre(StartsWith("mptcp-one: the throughput is 1,24"), kNothingToCompare));
}

TEST(Answer, MentionsAProtocolWithoutAValidRun) {
  Result result = result_of_ratio(1.5, 1);
  result.runs.push_back(run_in_block("tcp-split", 0, 1000));
  result.runs[2].invalid_reasons = {"late"};
  EXPECT_EQ(answer(analyse(result)),
            "MPTCP got 1.51 times the throughput of TCP: no verdict, because it takes at least 6 "
            "blocks, and there is 1. tcp-split: its run is not valid (late).");
  result.runs[2].hosts.resize(2);
  result.runs[2].hosts[1].name = "client2";
  result.runs[2].invalid_reasons = {"client2: used 99 % of a CPU: use more threads"};
  EXPECT_THAT(answer(analyse(result)),
              ::testing::EndsWith("its run is not valid (client2: used 99 % of a CPU)."));
}

// Adds a cell of ten blocks, of which the first `valid` have a valid run of MPTCP.
void add_cell(Result& result, const std::string& op, int valid) {
  for (mpb::Run run : result_of_ratio(1.5, 10).runs) {
    run.op = op;
    if (run.proto == "mptcp" && run.block >= valid) run.invalid_reasons = {"late"};
    result.runs.push_back(run);
  }
}

// A reader of "better in 1" must learn about the other cells.
TEST(Answer, AccountsForEveryCell) {
  Result result = result_of_ratio(1.5, 10);
  add_cell(result, "set", 5);
  EXPECT_THAT(
      answer_sentences(analyse(result)).front(),
      ContainsRegex("^MPTCP got 1.50 times the throughput of TCP in 2 cells "
                    "\\(95 % intervals within 1.[45][0-9]-1.5[0-9]\\): better in 1; no "
                    "verdict in 1, because fewer than 6 blocks have valid runs of both\\.$"));
  add_cell(result, "get50set50", 0);
  const std::vector<std::string> sentences = answer_sentences(analyse(result));
  EXPECT_THAT(sentences.at(0), HasSubstr(" times the throughput of TCP in 2 of 3 cells ("));
  EXPECT_EQ(sentences.at(1),
            "MPTCP has no ratio with GET50SET50 4k, because no run of mptcp is valid.");
  for (mpb::Run& run : result.runs) {
    if (run.op == "get") continue;
    run.invalid_reasons.clear();
    if ((run.block % 2 == 0) == (run.proto == "mptcp")) run.invalid_reasons = {"late"};
  }
  EXPECT_THAT(
      answer_sentences(analyse(result)),
      ElementsAre(ContainsRegex("^MPTCP got 1.50 times the throughput of TCP with GET 4k \\(95 % "
                                "1.4[0-9]-1.5[0-9]\\): better\\.$"),
                  "MPTCP has no ratio with SET 4k, GET50SET50 4k, because no block has a valid run "
                  "of both.",
                  StartsWith("Invalid runs: ")));
}

// The answer comes first, in the same words everywhere, and begins with the ratio and its interval.
TEST(Answer, IsTheFirstThingOfEveryOutput) {
  const Result result = link_events();
  const Analysis analysis = analyse(result);
  const std::vector<std::string> sentences = answer_sentences(analysis);
  ASSERT_GE(sentences.size(), 2U);
  EXPECT_THAT(sentences, Each(::testing::EndsWith(".")));
  EXPECT_THAT(sentences[0], ContainsRegex("^MPTCP had 0.07 times the longest stall of TCP "
                                          "\\(95 % 0.07-0.07\\): better\\.$"));
  EXPECT_EQ(sentences[1], "link1 down 3.0 s, GET 4k: tcp stalled 3.2 s, mptcp 0.21 s.");
  EXPECT_THAT(terminal_text(analysis, "title"),
              HasSubstr("title\n\n  " + sentences[0] + "\n  " + sentences[1] + "\n"));
  ExportNotes notes;
  EXPECT_THAT(export_files(analysis, "markdown", {}, notes).at(0).text,
              HasSubstr("\n\n" + sentences[0] + "\n\n" + sentences[1] + "\n\nStore "));
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"),
              HasSubstr("</h1>\n<div class=\"answer\"><p>" + for_markup(sentences[0]) + "</p> <p>" +
                        for_markup(sentences[1]) + "</p></div>"));
}

// 97 % of the bytes on one link, and hardly a difference: the answer names the option that changes
// it.
TEST(Answer, PointsToMoreConnectionsIfTheSchedulerKeepsToOneLink) {
  const auto sentences = [](double ratio, std::int64_t over_link2, std::optional<double> rate) {
    std::vector<mpb::Run> runs;
    for (const char* proto : {"tcp", "mptcp"}) {
      const bool mptcp = std::string(proto) == "mptcp";
      mpb::Run& run = runs.emplace_back(run_of(proto, mptcp ? 1000 * ratio : 1000));
      run.rate_rps = rate;
      run.outcome.response.record(10ms, 2000);
      if (mptcp) run.links[0].client_rx_bytes = 900, run.links[1].client_rx_bytes = over_link2;
    }
    const Result result = result_of(std::move(runs));
    return answer(analyse(result));
  };
  EXPECT_EQ(sentences(1.01, 31, {}),
            "MPTCP got 1.01 times the throughput of TCP: no verdict, because it takes at least 6 "
            "blocks, and there is 1. MPTCP gained nothing with GET 4k: its scheduler kept 97 % of "
            "the bytes on link1. More connections (-c) put more data in flight, "
            "and MPTCP then uses the other links too; \"Why\" below has the details.");
  EXPECT_THAT(sentences(1.01, 31, 1000), HasSubstr("A higher --rate puts more data in flight"));
  EXPECT_THAT(sentences(1.04, 31, {}), HasSubstr("MPTCP gained little with GET 4k: its scheduler"));
  EXPECT_THAT(sentences(0.9, 31, {}), Not(HasSubstr("gained")))
      << "the links do not explain a loss";
  EXPECT_THAT(sentences(1.5, 31, {}), Not(HasSubstr("gained nothing")));
  EXPECT_THAT(sentences(1.01, 400, {}), Not(HasSubstr("gained nothing")));
}

TEST(Answer, CountsCellsWithConditionsWhoseBytesTheSchedulerKeptOnOneLink) {
  std::vector<mpb::Run> runs;
  for (const char* delay : {"5ms", "20ms", "40ms", "80ms"}) {
    for (const char* proto : {"tcp", "mptcp"}) {
      mpb::Run& run = runs.emplace_back(run_of(proto, 1000));
      run.conditions = {{"link2.delay", delay}};
      const bool both = std::string(delay) == "5ms" && std::string(proto) == "mptcp";
      run.links[1].client_rx_bytes = both ? run.links[0].client_rx_bytes : 0;
    }
  }
  EXPECT_THAT(answer(analyse(result_of(runs))), HasSubstr("gained nothing in 3 of 4 cells: its"));
}

TEST(Answer, DoesNotListCellsIfTheSchedulerKeepsAllOfThemToOneLink) {
  std::vector<mpb::Run> runs{run_of("tcp", 1000), run_of("mptcp", 1000), run_of("tcp", 1000),
                             run_of("mptcp", 1000)};
  runs[2].op = runs[3].op = "set";
  runs[1].links[1].client_rx_bytes = runs[3].links[1].client_rx_bytes = 0;
  EXPECT_THAT(
      answer(analyse(result_of(runs))),
      HasSubstr("MPTCP gained nothing in both cells: its scheduler kept nearly all bytes on "
                "link1. More connections"));
  runs[3].links[1].client_rx_bytes = 400;
  EXPECT_THAT(answer(analyse(result_of(runs))), HasSubstr("MPTCP gained nothing with GET 4k: "));
}

TEST(Answer, ExplainsNoDifferenceBetweenTwoMptcp) {
  Result result = result_of({run_of("tcp", 1000), run_of("mptcp", 1500), run_of("tcp-again", 1000),
                             run_of("mptcp-again", 1500)});
  result.runs[1].links[1].client_rx_bytes = result.runs[3].links[1].client_rx_bytes = 0;
  const std::string text = answer(analyse(result));
  EXPECT_THAT(text, HasSubstr("mptcp-again got 1.00 times the throughput of MPTCP"));
  EXPECT_THAT(text, Not(HasSubstr("gained nothing")));
}

// The question is about MPTCP, whatever else was measured, and its explanation follows at once.
TEST(Answer, BeginsWithMptcp) {
  Result result = result_of({run_of("tcp", 1000), run_of("tcp-split", 1900), run_of("mptcp", 1000),
                             run_of("mptcp-one", 900)});
  result.runs[2].links[1].client_rx_bytes = 0;
  const std::vector<std::string> sentences = answer_sentences(analyse(result));
  ASSERT_EQ(sentences.size(), 5U);
  EXPECT_THAT(sentences[0], ::testing::StartsWith("MPTCP got 1.00 times "));
  EXPECT_THAT(sentences[1], ::testing::StartsWith("MPTCP gained nothing with GET 4k: "));
  EXPECT_THAT(sentences[2], ::testing::StartsWith("tcp-split got 1.90 times "));
  EXPECT_THAT(sentences[3], ::testing::StartsWith("mptcp-one got 0.90 times "));
  EXPECT_THAT(sentences[4],
              ::testing::StartsWith("MPTCP got 0.53 times the throughput of tcp-split"));
}

// The sentence refers to a part of each output that exists.
TEST(Answer, PointsToAnExplanation) {
  const Result result = result_of({run_of("tcp", 1000), run_of("mptcp", 1000)});
  ExportNotes notes;
  EXPECT_THAT(terminal_text(analyse(result), "t"), HasSubstr("\n  Why: "));
  EXPECT_THAT(export_files(analyse(result), "markdown", {}, notes).at(0).text,
              HasSubstr("\n### Why: "));
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"), HasSubstr("<h2>Why</h2>"));
}

TEST(Answer, OfEachResultOnAPageIsItsOwn) {
  const NamedResult one{"one", result_of({run_of("tcp", 1000)})};
  const NamedResult two{"two", result_of({run_of("tcp", 2000)})};
  const std::string html = page({one, two}, {}, "nonce");
  EXPECT_THAT(html,
              HasSubstr("TCP: the throughput is 1,000/s with GET 4k.</p> <p>Only one protocol"));
  EXPECT_THAT(html, HasSubstr("TCP: the throughput is 2,000/s with GET 4k.</p>"));
  const std::string nothing = for_markup(kNothingToCompare);
  EXPECT_EQ(html.find(nothing), html.rfind(nothing));
}

}  // namespace
}  // namespace mpb
