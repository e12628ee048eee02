#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "analysis/causes.hh"
#include "analysis/connections.hh"
#include "analysis/curve.hh"
#include "analysis/explain.hh"
#include "analysis/figures.hh"
#include "analysis/group.hh"
#include "analysis/leaves.hh"
#include "analysis/links.hh"
#include "analysis/published.hh"
#include "analysis/runs.hh"
#include "analysis/slo.hh"
#include "analysis/text.hh"
#include "analysis/wire_model.hh"
#include "analysis/write.hh"
#include "made_up.hh"
#include "output/answer.hh"
#include "output/export/export.hh"
#include "output/export/hgrm.hh"
#include "output/page/data.hh"
#include "output/page/lists.hh"
#include "output/page/page.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "result/measured.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/file.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A GET of 4096 bytes is $4096 CR LF, the bytes and CR LF: 4105 bytes in three segments of at most
// 1448 and 66 bytes of headers each.
TEST(WireModel, CountsEveryByteOfTheLine) {
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 4096, kLine, kLine, false), kLine / 8 / (4105 + 3 * 66));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 4096, kLine, kLine, true),
                   kLine / 8 / (4105 + 3 * (66 + 28)));
  // *3, $3 SET, $16 and the key, then the value.
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("set", 1024, kLine, kLine, false),
                   kLine / 8 / (4 + 9 + 23 + 1033 + 66));
}

// "$64 CR LF, the bytes, CR LF" is 71 bytes. One at a time each has headers of its own, in a
// pipeline twenty share a segment: a redis-server over a link of 100 Mbit/s gave 152,320 GETs a
// second with -P 32, and the link cannot have been 167 % full.
TEST(WireModel, LetsPipelinedRequestsShareSegments) {
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 64, kLine, kLine, false), kLine / 8 / (71 + 66));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 64, kLine, kLine, false, true),
                   kLine / 8 / (71 + 71 * 66 / 1448.));
  mpb::Run run;
  run.proto = "tcp", run.op = "get", run.values = "64b", run.value_bytes = 64, run.pipeline = 32,
  run.throughput_rps = 152320;
  Result result;
  result.capacities = {{"link1", kLine, kLine}};
  result.runs = {run};
  EXPECT_NEAR(*analyse(result).explanations.at(0).of_links.at(0), 0.904, 0.001);
}

TEST(WireModel, FollowsTheDirectionThatFillsFirst) {
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get", 4096, 1e6, kLine, false),
                   wire_ceiling_rps("get", 4096, kLine, kLine, false));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("set", 4096, 1e6, kLine, false) * 100,
                   wire_ceiling_rps("set", 4096, kLine, kLine, false));
  EXPECT_DOUBLE_EQ(wire_ceiling_rps("get50set50", 4096, kLine, kLine, false),
                   2 * wire_ceiling_rps("set", 4096, kLine, kLine, false));
  EXPECT_EQ(wire_ceiling_rps("get", 4096, 0, 0, false), 0);
}

std::string exported(const Result& result, const std::string& format) {
  ExportNotes notes;
  return export_files(analyse(result), format, {}, notes).at(0).text;
}

ChartData charts_of(const std::vector<NamedResult>& results, const PageParts& parts) {
  std::vector<NamedAnalysis> analyses;
  for (const NamedResult& named : results) analyses.push_back({named.name, analyse(named.result)});
  return chart_data(analyses, parts);
}

TEST(Groups, StandInTheOrderInWhichTheyAreRead) {
  const Result result =
      result_of({run_of("tcp-on-mptcp", 1), run_of("mptcp", 1), run_of("tcp-split", 1),
                 run_of("mptcp-one", 1), run_of("tcp", 1)});
  std::vector<std::string> order;
  for (const RunGroup& group : groups_of(result)) order.push_back(group.first->proto);
  EXPECT_THAT(order, ElementsAre("tcp", "tcp-split", "mptcp", "mptcp-one", "tcp-on-mptcp"));
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

Run at_rate(const std::string& proto, double rate, bool saturated, int block = 0) {
  Run run = run_of(proto, saturated ? rate / 2 : rate, block);
  run.connections = 50, run.threads = run.pipeline = 1;
  run.arrivals = "constant";
  run.rate_rps = rate;
  run.saturated = saturated;
  run.outcome.response.record(20ms, 5000);
  return run;
}

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

using Change = std::function<void(Run&)>;

// MPTCP at twice TCP's throughput in a closed loop, and at half its latency or stall.
Result result_with(const Change& change, int blocks = 1) {
  std::vector<Run> runs;
  for (int block = 0; block < blocks; ++block) {
    for (const char* proto : {"tcp", "mptcp"}) {
      const bool mptcp = std::string(proto) == "mptcp";
      Run run = run_of(proto, mptcp ? 200 : 100, block);
      run.connections = 50, run.threads = run.pipeline = 1, run.arrivals = "closed";
      change(run);
      runs.push_back(std::move(run));
    }
  }
  return result_of(std::move(runs));
}

void offer(Run& run, int requests) {
  run.rate_rps = run.throughput_rps = 100;
  run.arrivals = "poisson";
  run.outcome.response.record(run.proto == "mptcp" ? 10ms : 20ms, requests);
}

void fail_over(Run& run) {
  run.outcome.segments.resize(2);
  run.outcome.segments[1].event = "link1 down";
  run.outcome.segments[1].first_success = run.proto == "mptcp" ? 100ms : 200ms;
  run.outcome.longest_stall = run.proto == "mptcp" ? 150ms : 300ms;
}

// A ratio that is 1.00 by construction shows nothing.
TEST(Headline, IsAMetricThatCanDiffer) {
  const auto texts = [](const Change& change) {
    const Result result = result_with(change);
    return terminal_text(analyse(result), "") + answer(analyse(result)) +
           exported(result, "markdown");
  };
  EXPECT_THAT(texts([](mpb::Run&) {}),
              AllOf(HasSubstr("  vs tcp"), HasSubstr(" 2.00x "), HasSubstr("| vs tcp |"),
                    HasSubstr("MPTCP got 2.00 times the throughput of TCP")));
  const auto of_p99 =
      AllOf(HasSubstr("  p99 vs tcp"), HasSubstr(" 0.50x "), HasSubstr("| p99 vs tcp |"),
            HasSubstr("MPTCP had 0.50 times the p99 latency of TCP"));
  EXPECT_THAT(texts([](mpb::Run& run) { offer(run, 5000); }), of_p99);
  EXPECT_THAT(texts([](mpb::Run& run) { offer(run, 500); }), HasSubstr("p50 vs tcp"))
      << "too few requests for a p99";
  EXPECT_THAT(texts([](mpb::Run& run) { offer(run, 5000), run.saturated = run.proto == "tcp"; }),
              AllOf(HasSubstr(" vs tcp"), Not(HasSubstr("p99 vs tcp"))));
  EXPECT_THAT(texts(fail_over), AllOf(HasSubstr("  longest stall vs tcp"), HasSubstr(" 0.50x "),
                                      HasSubstr("| longest stall vs tcp |"),
                                      HasSubstr("MPTCP had 0.50 times the longest stall of TCP")));
  EXPECT_THAT(texts([](mpb::Run& run) { offer(run, 5000), fail_over(run); }),
              HasSubstr("  longest stall vs tcp"));
}

TEST(Headline, LeadsTheVerdicts) {
  const auto first = [](const Change& change) {
    const Result result = result_with(change);
    return std::string(ratios_in(analyse(result)).front()->metric->name);
  };
  EXPECT_EQ(first([](mpb::Run&) {}), "throughput");
  EXPECT_EQ(first([](mpb::Run& run) { offer(run, 5000); }), "p99");
  EXPECT_EQ(first(fail_over), "longest_stall");
}

// The stall of a single run is a matter of luck. With six blocks the table shows an interval.
TEST(Stalls, HaveIntervalsFromSixBlocksOn) {
  const Change vary = [](mpb::Run& run) {
    fail_over(run);
    for (Segment& segment : run.outcome.segments) segment.longest_stall = 40ms + 1ms * run.block;
    *run.outcome.longest_stall += 1ms * run.block;
    *run.outcome.segments[1].first_success += 1ms * run.block;
    run.outcome.duration = 1s;
  };
  const Result five = result_with(vary, 5), six = result_with(vary, 6);
  const std::string heading = " metric +ms +95 % +vs tcp +verdict ";
  EXPECT_THAT(terminal_text(analyse(five), ""), Not(ContainsRegex(heading)));
  EXPECT_THAT(terminal_text(analyse(six), ""), ContainsRegex(heading));
  EXPECT_THAT(terminal_text(analyse(six), ""),
              ContainsRegex("mptcp +longest stall +152 +150-155 +0.50x "));
  const Analysis analysis = analyse(six);
  const std::string summary = exported(six, "markdown");
  EXPECT_THAT(summary, HasSubstr("| GET 4k | mptcp | longest stall | 152 | 150-155 | 0.50x | "));
  EXPECT_THAT(summary,
              ContainsRegex("\\| 0.50[0-9]x \\| [^|]+ \\| longest stall \\| 0.500-0.508 \\|"));
  EXPECT_THAT(exported(five, "markdown"),
              HasSubstr("| GET 4k | mptcp | longest stall | 152 | 0.50x | no verdict | 5 |"));
  EXPECT_THAT(to_html(stall_table(analysis)), ContainsRegex(">150-155</td><td[^>]*>0.50x</td>"));
  EXPECT_THAT(to_html(event_table(analysis)),
              ContainsRegex(">42.5</td><td[^>]*>40.0-45.0</td><td[^>]*>102</td>"
                            "<td[^>]*>100-105</td>"));
  const std::string junit = exported(six, "junit");
  EXPECT_THAT(junit,
              HasSubstr("/longest_stall/mptcp\" value=\"152 ms (95 %: 150 ms to 155 ms) of 6 "
                        "runs\"/>"));
  EXPECT_THAT(junit, HasSubstr("/first_success/mptcp-vs-tcp\" value=\"0.50"));
  EXPECT_THAT(junit, HasSubstr("longest_stall: 150 ms"));
  EXPECT_THAT(exported(result_with([](mpb::Run&) {}, 6), "markdown"),
              Not(HasSubstr("Longest stall")));
}

// One request in a hundred can determine p99. bbr does not shrink the window of an idle connection.
TEST(Connections, ReportRequestsOnIdleConnections) {
  Result result = result_of({at_rate("tcp", 100, false), at_rate("mptcp", 100, false),
                             at_rate("tcp", 500, false), at_rate("mptcp", 500, false)});
  EXPECT_EQ(idle_sentence(groups_of(result)), "");  // of an older result
  for (mpb::Run& run : result.runs) {
    run.outcome.requests = 1000;
    run.outcome.after_idle = 9;
    run.outcome.congestion_control = {"cubic"};
  }
  EXPECT_EQ(idle_sentence(groups_of(result)), "");
  result.runs[0].outcome.after_idle = 980;
  result.runs[1].outcome.after_idle = 1000;
  result.runs[3].outcome.after_idle = 10;
  const std::string sentence =
      "Requests on connections that had been idle for longer than their retransmission time-out: "
      "GET 4k at 100 req/s 98 % with tcp, 100 % with mptcp; GET 4k at 500 req/s 1 % with mptcp. ";
  EXPECT_THAT(idle_sentence(groups_of(result)), StartsWith(sentence));
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr(sentence));
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("GET 4k at 100 req/s 98 % with tcp"));
  for (mpb::Run& run : result.runs) run.outcome.congestion_control = {"bbr"};
  EXPECT_EQ(idle_sentence(groups_of(result)), "");
}

// Over all runs, because the connections of invalid runs took longest, or were never complete.
TEST(Connections, ReportTheTimeToConnect) {
  Result result = result_of({run_of("mptcp", 1), run_of("tcp", 1), run_of("mptcp", 1)});
  EXPECT_EQ(connecting_sentence(result), "");  // of an older result
  for (mpb::Run& run : result.runs) run.outcome.ready_after.record(21ms, 50);
  result.runs[0].outcome.complete_after.record(43ms, 50);
  result.runs[2].outcome.complete_after.record(43ms, 46);
  result.runs[2].outcome.complete_after.record(1043ms);
  result.runs[2].invalid_reasons = {"a connection has fewer subflows than there are links"};
  EXPECT_EQ(connecting_sentence(result),
            "Time from connect to ready, median and maximum: tcp 21.0 and 21.0 ms, mptcp 21.0 and "
            "21.0 ms. To all subflows: mptcp 43.0 and 1043 ms (97 of 100 connections).");
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("(97 of 100 connections)"));
  for (mpb::Run& run : result.runs) {
    run.outcome.ready_after.record(21ms, 5000);
    run.outcome.complete_after = {};
  }
  EXPECT_THAT(connecting_sentence(result),
              HasSubstr("median, p99 and maximum: tcp 21.0, 21.0 and"));
}

// At the end that sends the values, and only where protocols differ.
TEST(Connections, ReportTheProbeRttOfBbr) {
  Result result = result_of({run_of("tcp", 1), run_of("mptcp", 1)});
  EXPECT_EQ(probe_rtt_sentence(groups_of(result)), "");  // not bbr, or an older result
  result.runs[1].mptcp = {50, 0, 2, 2, 50};
  result.runs[0].probe_rtt = {{"client", {50, 0, 0}}, {"server", {50, 48, 51}}};
  result.runs[1].probe_rtt = {{"client", {100, 100, 100}}, {"server", {100, 97, 120}}};
  EXPECT_EQ(probe_rtt_sentence(groups_of(result)), "");
  result.runs[0].probe_rtt["server"] = {50, 3, 3};
  const std::string sentence =
      "bbr's PROBE_RTT, in which a connection nearly stops for at least 200 ms, was seen in: GET "
      "4k 3 of 50 connections with tcp, 97 of 100 subflows with mptcp.";
  EXPECT_EQ(probe_rtt_sentence(groups_of(result)), sentence);
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr(sentence));
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

Run step(const std::string& proto, double rate, Nanos latency) {
  Run run = at_rate(proto, rate, false);
  run.search = true;
  run.outcome.response = {};
  run.outcome.response.record(latency, 5000);
  return run;
}

TEST(Slo, IsReadInTheWordsOfPeople) {
  EXPECT_EQ(to_text(parse_slo("p99<20ms")), "p99 < 20ms");
  EXPECT_EQ(to_text(parse_slo("  p99.9  <=  1s ")), "p99.9 <= 1s");
  EXPECT_EQ(parse_slo("mean < 500us").bound, 500us);
  for (const char* wrong :
       {"p98 < 1ms", "p99", "p99 > 1ms", "p99 < 1", "p99 < -1ms", "< 1ms", "p99 < 0s", ""}) {
    EXPECT_THROW(parse_slo(wrong), BadInput) << wrong;
  }
}

// Runs of a search with one protocol at, and around, a threshold.
std::vector<Run> steps(const std::string& proto, double threshold) {
  std::vector<Run> runs;
  for (const double away : {-0.5, -0.05, -0.02, -0.01, 0.01, 0.02, 0.05, 0.1})
    runs.push_back(step(proto, threshold * (1 + away), away < 0 ? 15ms : 30ms));
  return runs;
}

Result search_of(const std::vector<std::pair<std::string, double>>& thresholds) {
  std::vector<Run> runs;
  std::vector<CapacityProbe> probes;
  for (const auto& [proto, threshold] : thresholds) {
    for (Run& run : steps(proto, threshold)) runs.push_back(std::move(run));
    probes.push_back({"get", "4k", proto, 1.5 * threshold, 3, {}});
  }
  Result result = result_of(std::move(runs));
  result.slo = SloAsked{parse_slo("p99 < 20ms"), 200};
  result.probes = std::move(probes);
  return result;
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
  result.runs = {step("tcp", 500, 30ms), step("tcp", 250, 30ms)};
  EXPECT_EQ(sentence_of(result), "GET 4k: p99 < 20ms: with tcp it does not hold even at 250 req/s");
  EXPECT_EQ(bound_of(result), "< 250");
  EXPECT_THAT(exported(result, "junit"), HasSubstr("<skipped message=\"no rate held\"/>"));
  // A lower bound.
  result.runs = {step("tcp", 500, 10ms), step("tcp", 800, 10ms)};
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
  result.runs.insert(result.runs.end(), {step("tcp", 900, 30ms), step("tcp", 900, 30ms)});
  for (const std::size_t i : {2, 3}) result.runs[i].invalid_reasons = {"late"};
  EXPECT_EQ(sentence_of(result),
            "GET 4k: p99 < 20ms: with tcp it holds up to at least 800 req/s: no run at 900 req/s "
            "was valid");
  result.runs.erase(result.runs.begin(), result.runs.begin() + 2);
  EXPECT_EQ(sentence_of(result),
            "GET 4k: p99 < 20ms: with tcp it is unknown, because no run at 900 req/s was valid");
  EXPECT_THAT(exported(result, "junit"), HasSubstr("<skipped message=\"no run was valid\"/>"));
}

// The file has the digest of its measured part, and keeps it when it is read back.
TEST(Document, HasTheDigestOfTheMeasuredPart) {
  Result result = search_of({{"tcp", 1000}, {"mptcp", 4000}});
  result.environment.cpus = 2;
  result.capacities = {};
  for (auto& run : result.runs) run.links = {};
  result.measured_sha256 = "of another result";
  const Result read = result_from_json(to_json(analyse(result)), "r.json");
  EXPECT_EQ(read.measured_sha256, measured_sha256(result));
  EXPECT_NO_THROW(check_measured_sha256(read, "r.json"));
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

// A bar in a cell of a table ends the cell, in a code span too.
TEST(Markdown, KeepsTextInItsCell) {
  Result result = result_of({step("tcp", 1000, 15ms)});
  result.slo = SloAsked{parse_slo("p99 < 20ms"), 200};
  result.runs[0].values = "4k|8k";
  result.probes = {{"get", "4k|8k", "tcp", 2000, 3, {}}};
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("| `GET 4k\\|8k` | tcp |"));
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("\n`GET 4k|8k: p99"));
}

TEST(Groups, FormRatiosWithinBlocks) {
  // The machine was twice as fast in the second block, and MPTCP ran alone in a third one. Neither
  // affects the ratio.
  Result result =
      result_of({run_of("tcp", 1000, 0), run_of("mptcp", 1500, 0), run_of("tcp", 2000, 1),
                 run_of("mptcp", 3000, 1), run_of("mptcp", 9000, 2)});
  const std::vector<RunGroup> groups = groups_of(result);
  EXPECT_DOUBLE_EQ(ratio_of(*find_metric("throughput"), groups[1], groups[0]).value, 1.5);
  EXPECT_THAT(ratio_of(*find_metric("throughput"), groups[1], RunGroup{groups[0].first, {}}).values,
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

TEST(Names, ContainEveryParameterThatIsNotADefault) {
  Result result = result_of({run_of("tcp", 100)});
  mpb::Run& run = result.runs[0];
  run.connections = 50, run.threads = run.pipeline = 1;
  const auto name = [&] { return cell_name(result, run); };
  result.workload.keys = "uniform", result.workload.keyspace = 1000;
  EXPECT_EQ(name(), "get_4k");
  result.defaults.connections = 20;
  EXPECT_EQ(name(), "get_4k_c50");
  result.defaults = {};
  result.workload.keys = "zipf:1.2", result.workload.keyspace = 5000;
  EXPECT_EQ(name(), "get_4k_r5000_zipf:1.2");
  run.op = "sync", run.replication = Replication{};
  run.replication->data_bytes = 64 << 20;
  result.workload.keys = "uniform", result.workload.keyspace.reset();
  result.workload.rate_rps = 500;
  EXPECT_EQ(name(), "sync_4k_64m_500rps");
}

TEST(Names, ContainTheCongestionControl) {
  Result result = result_of({run_of("tcp", 100), run_of("mptcp", 150)});
  result.scenario.name = "s";
  for (mpb::Run& run : result.runs) run.connections = 50, run.threads = run.pipeline = 1;
  EXPECT_EQ(analyse(result).figures[0].name, "s/get_4k/throughput/tcp");
  result.runs[0].outcome.congestion_control = {"cubic"};
  result.runs[1].outcome.congestion_control = {"bbr"};
  std::vector<std::string> names;
  for (const Figure& figure : analyse(result).figures) names.push_back(figure.name);
  EXPECT_THAT(names, Contains("s/get_4k/throughput/tcp+congestion=cubic"));
  EXPECT_THAT(names, Contains("s/get_4k/mean/mptcp+congestion=bbr"));
  EXPECT_THAT(names, Contains("s/get_4k/throughput/mptcp+congestion=bbr-vs-tcp+congestion=cubic"));
}

// All bars of latency are of one kind: that of the published figures only if every bar has one.
TEST(Charts, DrawLatencyOfOneKind) {
  const NamedResult ours{"ours", result_of({run_of("tcp", 1000), run_of("mptcp", 2000)})};
  PageParts parts;
  parts.published["_"].figures = {{"get", 4096, "tcp", 900, 11}, {"get", 4096, "mptcp", 1800, 9}};
  const std::string published = R"("series":"mptcp, published","runs":[],"latency_ms":9.0)";
  const ChartData both = charts_of({ours}, parts);
  EXPECT_TRUE(both.latency_as_published);
  EXPECT_THAT(both.json, HasSubstr(published));
  EXPECT_THAT(both.json, HasSubstr(R"("series":"mptcp","latency_ms":10.0)"));
  NamedResult open = ours;
  open.name = "open";
  for (mpb::Run& run : open.result.runs) run.rate_rps = 500, run.outcome.response.record(30ms);
  NamedResult late = ours;
  late.name = "late";
  late.result.runs.push_back(run_of("tcp-split", 1000));
  for (const NamedResult& other : {open, late}) {
    const ChartData mixed = charts_of({ours, other}, parts);
    EXPECT_FALSE(mixed.latency_as_published);
    EXPECT_THAT(mixed.json, Not(HasSubstr(published)));
    EXPECT_THAT(mixed.json, HasSubstr(R"("throughput_rps":1800.0)"));
    EXPECT_THAT(mixed.json, HasSubstr(R"("series":"mptcp, ours","latency_ms":12.0)"));
  }
}

// The first run may be invalid, so the bars do not depend on it.
TEST(Charts, DrawTheValuesOfValidRuns) {
  Result result =
      result_of({run_of("tcp", 1000), run_of("tcp", 1000, 1), run_of("mptcp", 1000, 1)});
  result.runs[0].invalid_reasons = {"late"};
  result.runs[0].outcome.last_byte = {};
  EXPECT_THAT(charts_of({{"ours", result}}, {}).json,
              HasSubstr(R"("series":"tcp","latency_ms":12.0)"));
}

// One bar is a number, which the table of the page has. Two bars in one panel are a chart.
TEST(Charts, LeaveOutSingleBars) {
  const auto bars = [](std::vector<mpb::Run> runs) {
    const std::set<std::string> names = charts_of({{"a", result_of(std::move(runs))}}, {}).datasets;
    return names.contains("throughput") && names.contains("latency");
  };
  mpb::Run other_size = run_of("tcp", 1000);
  other_size.values = "16k", other_size.value_bytes = 16384;
  mpb::Run other_op = run_of("tcp", 1000);
  other_op.op = "set";
  EXPECT_FALSE(bars({run_of("tcp", 1000)}));
  EXPECT_FALSE(bars({run_of("tcp", 1000), other_size}));
  EXPECT_TRUE(bars({run_of("tcp", 1000), other_op}));
  EXPECT_TRUE(bars({run_of("tcp", 1000), run_of("mptcp", 1000)}));
}

TEST(Page, ShowsTheLagOfAReplica) {
  Result result = result_of({run_of("tcp", 1000)});
  result.runs[0].op = "sync",
  result.runs[0].outcome.first_byte = result.runs[0].outcome.last_byte = {};
  result.runs[0].replication =
      Replication{2.5, 2.25, 100, 5e6, 3, std::nullopt, Spread{4'000'000, 9'000'000, 10'000'000}};
  const std::string html = to_html(throughput_table(analyse(result)));
  EXPECT_THAT(html,
              HasSubstr("<th scope=\"col\">lag p50 ms</th><th scope=\"col\">lag p99 ms</th>"));
  EXPECT_THAT(html, HasSubstr(">2.50</td>"));
  EXPECT_THAT(html, ContainsRegex(">4.00</td><td[^>]*>9.00</td>"));
  EXPECT_THAT(html, Not(HasSubstr("first byte")));
  EXPECT_THAT(charts_of({{"sync", result}}, {}).datasets, ::testing::IsEmpty());
}

TEST(Explain, IsComputedFromTheMeasurements) {
  const double one = wire_ceiling_rps("get", 4096, kLine, kLine, false);
  const Result result =
      result_of({run_of("tcp", one), run_of("mptcp", 1.5 * one), run_of("mptcp-one", 0.9 * one)});
  const std::vector<Explanation> all = analyse(result).explanations;
  ASSERT_EQ(all.size(), 3u);
  EXPECT_DOUBLE_EQ(*all[0].of_links.at(0), 1);
  EXPECT_DOUBLE_EQ(*all[0].of_all_links, 0.5);
  EXPECT_DOUBLE_EQ(*all[1].of_links.at(0),
                   1.5 * one / wire_ceiling_rps("get", 4096, kLine, kLine, true));
  EXPECT_THAT(all[1].shares, ElementsAre(0.75, 0.25));
  EXPECT_DOUBLE_EQ(*all[0].retransmitted,
                   0.02);  // 40 of 1960 + 40 of the server's, which sends the values
  EXPECT_DOUBLE_EQ(*all[1].retransmitted, 0.03) << "and 20 over the other subflow";
  EXPECT_NEAR(all[0].after_first_byte_ns, 2e6, 1);
  EXPECT_NEAR(all[0].client_cpu->ns, 0.3e9 / one, 10);  // requests are whole
  EXPECT_NEAR(all[0].store_cpu->ns, 0.4e9 / one, 10);
  EXPECT_FALSE(all[0].emulator_cpu) << "netem has none";
  EXPECT_FALSE(all[0].stack_ratio);
  EXPECT_DOUBLE_EQ(all[2].stack_ratio->value, 0.9);
  EXPECT_FALSE(all[2].stack_cpu_ratio) << "the host's CPU time is not known";
}

// 1000 requests a second: a per cent of a CPU is 10 us a request.
TEST(Explain, GivesCpuTimeItsIntervalFromSixRunsOn) {
  std::vector<mpb::Run> runs;
  for (int block = 0; block < 6; ++block) {
    runs.push_back(run_of("tcp", 1000, block));
    runs.back().emulator_pct = 50 + block;
  }
  const Result result = result_of(runs);
  const Explanation why = analyse(result).explanations.at(0);
  EXPECT_DOUBLE_EQ(why.emulator_cpu->ns, 525'000);
  ASSERT_TRUE(why.emulator_cpu->interval);
  EXPECT_DOUBLE_EQ(why.emulator_cpu->interval->low, 500'000);
  EXPECT_DOUBLE_EQ(why.emulator_cpu->interval->high, 550'000);
  const std::string text = terminal_text(analyse(result), "title", std::nullopt);
  EXPECT_THAT(text, HasSubstr("emulator us"));
  EXPECT_THAT(text, HasSubstr("525.0 (500.0-550.0)"));
  EXPECT_THAT(text, HasSubstr("receive path of both ends (IP, TCP, MPTCP), which runs inside"));
  EXPECT_THAT(to_html(cpu_table(analyse(result))), HasSubstr(">525.0 (500.0-550.0)</td>"));
  const auto json = nlohmann::json::parse(to_json(analyse(result)))["explanations"][0];
  EXPECT_EQ(json["emulator_cpu_ns"], 525'000);
  EXPECT_EQ(json["cpu_intervals_ns"]["emulator"]["low"], 500'000);
  runs.pop_back();
  const Result few = result_of(runs);
  EXPECT_FALSE(analyse(few).explanations.at(0).emulator_cpu->interval);
  EXPECT_THAT(terminal_text(analyse(few), "title", std::nullopt), HasSubstr("520.0\x20\x20"));
}

TEST(Explain, CountsTheWholeHost) {
  mpb::Run run = run_of("tcp", 1000);
  EXPECT_FALSE(analyse(result_of({run})).explanations.at(0).system_cpu);
  run.system_pct = 150;
  const Result result = result_of({run});
  EXPECT_DOUBLE_EQ(analyse(result).explanations.at(0).system_cpu->ns, 1'500'000);
  EXPECT_THAT(terminal_text(analyse(result), "title", std::nullopt), HasSubstr("system us"));
}

// In each block MPTCP gets 0.8 of TCP's throughput for the same CPU time, which is 1.25 times as
// much per request. The load of the host before the run does not count.
TEST(Explain, ComputesTheCostOfTheStack) {
  std::vector<mpb::Run> runs;
  for (int block = 0; block < 6; ++block) {
    for (const char* proto : {"tcp", "mptcp-one"}) {
      mpb::Run& run = runs.emplace_back(run_of(proto, runs.size() % 2 == 0 ? 1000 : 800, block));
      run.system_pct = 160 + 5 * block;
      run.system_before_pct = 5 * block;
    }
  }
  const Result result = result_of(runs);
  const Explanation why = analyse(result).explanations.at(1);
  EXPECT_DOUBLE_EQ(why.system_cpu->ns, 2'000'000);
  EXPECT_DOUBLE_EQ(why.stack_cpu_ratio->value, 1.25);
  EXPECT_TRUE(why.stack_cpu_ratio->interval);
  const std::string sentence =
      "GET 4k: over one link MPTCP gets 0.80x (0.80-0.80) of TCP's throughput, and this host uses "
      "1.25x (1.25-1.25) of the CPU time per request";
  EXPECT_THAT(terminal_text(analyse(result), "title", std::nullopt), HasSubstr(sentence));
  EXPECT_THAT(to_html(explanation_table(analyse(result))), HasSubstr(for_markup(sentence)));
}

// Twice the throughput of one link over two links fills them, and not 200 % of anything.
TEST(Explain, ComparesAProtocolWithTheLinksThatItUses) {
  const double one = wire_ceiling_rps("get", 4096, kLine, kLine, true);
  const Result result = result_of({run_of("tcp", 0.9 * one), run_of("tcp-split", 1.8 * one),
                                   run_of("mptcp", 1.8 * one), run_of("mptcp-one", 0.9 * one),
                                   run_of("mptcp-again", 1.8 * one)});
  const Table table = explanation_table(analyse(result));
  EXPECT_EQ(table.columns.at(2).name, "of its links");
  for (const Row& row : table.rows)
    EXPECT_THAT(row.at(2), AnyOf("90 %", "88 %")) << row.at(1);  // TCP's headers are shorter
  EXPECT_EQ(table.rows.at(0).at(3), "44 %");
  EXPECT_THAT(table.notes.at(0), HasSubstr("Protocols on one link use link1."));
}

TEST(Explain, HasNoEmulatorColumnWithNetem) {
  const Result result = result_of({run_of("tcp", 1000)});
  const std::string text = terminal_text(analyse(result), "title", std::nullopt);
  EXPECT_THAT(text, Not(HasSubstr("emulator")));
  EXPECT_THAT(text, HasSubstr("charged to the process that it interrupts"));
  EXPECT_THAT(to_html(cpu_table(analyse(result))), Not(HasSubstr("emulator")));
}

// 10 s at 100 Mbit/s are 125 MB.
TEST(Causes, SayThatTheHostMayLimitWhereNoLinkIsFull) {
  mpb::Run run = run_of("tcp", 1000);
  run.connections = 50, run.pipeline = 1;
  run.links = {{"link1", 1'000'000, 119'000'000, 0, 0}, {"link2", 0, 0, 0, 0}};
  run.emulator_pct = 80;
  const auto sentences = [&run] {
    const Result result = result_of({run});
    return limit_sentences(result, groups_of(result));
  };
  EXPECT_THAT(sentences(), ElementsAre()) << "link1 is full";
  run.links[0].client_rx_bytes = 100'000'000;
  EXPECT_THAT(sentences(),
              ElementsAre("GET 4k, tcp: no link is full (link1 80 %, link2 0 %), and the link "
                          "emulator used 80 % of a CPU: this host may be the limit, and not the "
                          "links."));
  run.emulator_pct = 70;
  EXPECT_THAT(sentences(), ElementsAre(HasSubstr("no process is busy; 50 requests at a time take "
                                                 "12.0 ms each on average (median 12.0 ms).")));
  Result delayed = result_of({run});
  delayed.scenario.links = {{"link1", {{"delay", "5ms"}}, {{"delay", "15ms"}}, false}};
  EXPECT_THAT(limit_sentences(delayed, groups_of(delayed)),
              ElementsAre(HasSubstr("(median 12.0 ms; the round trip of link1 is 20.0 ms).")));
  run.system_pct = 95;  // of one CPU
  EXPECT_THAT(sentences(), ElementsAre(HasSubstr("CPUs were busy for 95 % of the time")));
  const Result result = result_of({run});
  EXPECT_THAT(terminal_text(analyse(result), "title", std::nullopt), HasSubstr("no link is full"));
  EXPECT_THAT(to_html(explanation_table(analyse(result))), HasSubstr("no link is full"));
  run.rate_rps = 1000;
  EXPECT_THAT(sentences(), ElementsAre()) << "an open loop is to leave links idle";
}

// In virtual time there are no CPU times: no process is called busy or idle, and no table is empty.
TEST(Causes, DoNotMentionCpusThatWereNotMeasured) {
  mpb::Run run = run_of("tcp", 1000);
  run.connections = 50, run.pipeline = 1;
  run.links = {{"link1", 1'000'000, 100'000'000, 0, 0}, {"link2", 0, 0, 0, 0}};
  run.outcome.cpu_pct.clear();
  run.store_pct.reset(), run.store_thread_pct.reset(), run.emulator_pct.reset();
  run.system_pct.reset();
  Result result = result_of({run});
  EXPECT_THAT(
      limit_sentences(result, groups_of(result)),
      ElementsAre(HasSubstr("no link is full (link1 80 %, link2 0 %); 50 requests at a time "
                            "take 12.0 ms each")));
  for (const std::string& text :
       {terminal_text(analyse(result), "title", std::nullopt),
        to_html(explanation_table(analyse(result))) + to_html(cpu_table(analyse(result)))}) {
    EXPECT_THAT(text, HasSubstr("no link is full"));
    EXPECT_THAT(text, Not(HasSubstr("CPU")));
    EXPECT_THAT(text, Not(HasSubstr("client, store")));
  }
  result.scenario.backend = "veth";
  EXPECT_THAT(limit_sentences(result, groups_of(result)), ElementsAre());
}

// 10,000 requests: a counter of 10 is 1 in a thousand.
TEST(Causes, ExplainP99ByLinksTimersSchedulerAndHosts) {
  mpb::Run tcp = run_of("tcp", 1000);
  for (int i = 0; i < 2000; ++i) {
    tcp.outcome.first_byte.record(12ms - 2us);
    tcp.outcome.last_byte.record(12ms);
  }
  tcp.kernel["client"]["TcpExtTCPTimeouts"] = 20;
  tcp.kernel["server"]["TcpExtTCPLossProbes"] = 75;
  mpb::Run mptcp = tcp;
  mptcp.proto = "mptcp";
  mptcp.kernel["server"]["TcpExtTCPLossProbes"] = 90;
  mptcp.kernel["server"]["MPTcpExtMPTCPRetrans"] = 20;
  mptcp.kernel["client"]["MPTcpExtDuplicateData"] = 5;
  mptcp.links = run_of("mptcp", 1).links;
  mptcp.emulator = EmulatorRecord{{1us, 40us, 1ms}, Lateness{1us, 10us, 1ms}, true};
  mptcp.outcome.threads = {{{}, 100ms, 20'000}};
  Result result = result_of({tcp, mptcp});
  result.scenario.links = {{"link1", {{"delay", "5ms"}}, {{"delay", "5ms"}}, false},
                           {"link2", {{"delay", "20ms"}}, {{"delay", "20ms"}}, false}};
  const std::vector<std::string> sentences = tail_sentences(result, groups_of(result));
  ASSERT_EQ(sentences.size(), 2u);
  EXPECT_EQ(
      sentences[0],
      "GET 4k, tcp: p99 12.0 ms; retransmitted segments (RetransSegs) 0/4.0; tail loss probes "
      "(TCPLossProbes) 0/7.5; retransmission time-outs (TCPTimeouts) 2.0/0; a reply takes "
      "0.003 ms from its first byte to its last.");
  EXPECT_EQ(
      sentences[1],
      "GET 4k, mptcp: p99 12.0 ms; link2 carries 25 % of the bytes, with a round trip that is "
      "30.0 ms longer; retransmitted segments (RetransSegs) 0/4.0; tail loss probes "
      "(TCPLossProbes) 0/9.0; retransmission time-outs (TCPTimeouts) 2.0/0; MPTCPRetrans "
      "0/2.0; a reply takes 0.003 ms from its first byte to its last; hosts: emulator late by "
      "at most about 0.100 ms (p99, both ways), waited 0.010 ms for a CPU.")
      << "DuplicateData changed less than once in 1000 requests";
  EXPECT_THAT(terminal_text(analyse(result), "title", std::nullopt),
              HasSubstr("; MPTCPRetrans 0/2.0;"));
  EXPECT_THAT(
      tail_list(analyse(result)),
      AllOf(HasSubstr("10 of 1000 requests take longer than p99. Each pair of numbers counts "
                      "events per 1000 requests"),
            HasSubstr("; MPTCPRetrans 0/2.0;")));
  result.runs.pop_back();
  EXPECT_THAT(tail_sentences(result, groups_of(result)), ElementsAre()) << "nothing to compare";
}

// The file says "0p" for a queue without a limit, and its delay is that of one direction.
TEST(Leaves, DescribeLinksInWords) {
  ScenarioRecord scenario;
  const Settings up{{"rate", "100mbit"}, {"delay", "5ms"}, {"jitter", "0ns"},
                    {"loss", "0%"},      {"burst", "1p"},  {"queue", "0p"}};
  Settings down = up;
  scenario.links = {{"link1", up, down, false}};
  EXPECT_THAT(leaves(scenario),
              Contains(std::pair(std::string("links link1"),
                                 std::string("both ways rate 100mbit, delay 5ms, no queue limit; "
                                             "round trip 10ms"))));
  down = {{"rate", "0bit"}, {"delay", "15ms"}, {"loss", "1%"}, {"burst", "4p"}, {"queue", "9p"}};
  EXPECT_EQ(link_description({"link2", up, down, true}),
            "up rate 100mbit, delay 5ms, no queue limit; down no rate limit, delay 15ms, loss 1%, "
            "burst 4p, queue 9p; round trip 20ms; backup");
}

TEST(Explain, LeavesOutUnknownValues) {
  Result result = result_of({run_of("tcp", 1000)});
  result.capacities[1].down_bps = 0;  // no limit
  EXPECT_FALSE(analyse(result).explanations[0].of_all_links);
  result.runs[0].invalid_reasons = {"late"};
  EXPECT_TRUE(analyse(result).explanations.empty());
  result = result_of({run_of("tcp", 1000)});
  result.capacities.clear();  // a target
  EXPECT_TRUE(analyse(result).explanations.empty());
}

// Every field that is written is read again.
TEST(Read, GivesTheSameTextAgain) {
  Result result = result_of({run_of("tcp", 1000.5), run_of("mptcp", 2000)});
  result.command = {"mptcp-bench", "--size", "4k\"</script>"};
  result.environment.kernel = "Linux 6.1", result.environment.cpus = 2;
  result.started = "2026-01-02T03:04:05Z";
  result.seed = 18446744073709551615ULL;
  result.scenario.name = "s", result.scenario.backend = "tun";
  for (const char* link : {"link1", "link2"})
    result.scenario.links.push_back(
        {link, {{"rate", "100mbit"}}, {{"rate", "100mbit"}}, link == std::string("link2")});
  result.scenario.events = {{{"at", "1s"}, {"link", "link1"}, {"state", "down"}}};
  result.scenario.sysctls = {{"server", {{"net.mptcp.enabled", "0"}}}};
  result.workload.ops = {"get"}, result.workload.rates_rps = {1, 2.5},
  result.workload.warmup = 1500ms;
  result.parameters.protos = {"tcp"}, result.parameters.congestion = "bbr",
  result.parameters.until_ci = 0.05;
  result.defaults.connections = 20;
  result.environment.namespaces["client"].mptcp_endpoints = {"10.0.2.1 id 1"};
  result.store = {"redis", "7.0", "why", {"redis-server"}, true, {{"save", ""}}};
  mpb::Run& run = result.runs[1];
  run.arrivals = "poisson";
  run.rate_rps = 2000;
  run.outcome.error(Loss::kReset) = 3;
  run.outcome.interrupted = true, run.outcome.time_to_ready = 21ms, run.outcome.payload_bytes = 5;
  run.outcome.mptcp_start = run.outcome.mptcp_end = {1, 0, 2, 2, 1};
  run.invalid_reasons = {"late"};
  run.notes = {"a note"};
  run.outcome.response.record(3ms, 50);
  run.saturated = true;
  run.outcome.backlog = {0, 1, 2, 3};
  run.probe_rtt = {{"server", {50, 3, 4}}};
  run.outcome.unfinished_stall = 3ms;
  run.outcome.after_idle = 2;
  run.outcome.ready_after.record(21ms, 2);
  run.outcome.complete_after.record(43ms, 2);
  run.search = true;
  result.tool_version = "0.0.9";
  result.slo = SloAsked{parse_slo("p99 < 20ms"), 213.4};
  result.probes = {{"get", "4k", "tcp", 1000.5, 3, {"late"}}};
  run.links[0].dropped_packets.reset();
  run.emulator = EmulatorRecord{{1us, 2us, 3us}};
  run.outcome.timeline = {
      100ms, {100ms, 200ms}, {{"requests", {3, 4}}, {"latency_p50_ns", {std::nullopt, 5}}}};
  run.outcome.subflows = {{3, "10.0.1.1", "10.1.1.1", "bbr", "link1", true, {{"cwnd", {10, 12}}}},
                          {3, "", "", "bbr", "", {}, {{"mptcp", {1, 1}}}}};
  Segment segment;
  segment.event = "link1 down", segment.link = "link1", segment.state = "down", segment.to = 1s,
  segment.first_success = 5ms;
  run.outcome.segments = {Segment{}, segment};
  run.outcome.segments[1].links = run.links;
  run.replication =
      Replication{1.5, 1.25, 100, 5e6, 3, Spread{1, std::nullopt, 2}, Spread{1, 2, 3}};
  const std::string text = to_json(analyse(result));
  EXPECT_EQ(to_json(analyse(result_from_json(text, "r.json"))), text);
}

// Only an open loop can be saturated. A saturated run without its rate would be missing in some
// figures, and change when it is written and read again.
TEST(Read, RefusesASaturatedRunWithoutARate) {
  Result result = result_of({run_of("tcp", 1000)});
  result.environment.cpus = 2;
  result.capacities = {}, result.runs[0].links = {};
  result.runs[0].rate_rps = 500;
  result.runs[0].saturated = true;
  std::string text = to_json(analyse(result));
  EXPECT_TRUE(result_from_json(text, "r.json").runs[0].saturated);
  text.replace(text.find("\"rate_rps\"", text.find("\"runs\"")), 10, "\"rate_xps\"");
  try {
    result_from_json(text, "r.json");
    FAIL() << "it was read";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("r.json: /runs/0/saturated: is true, but there is no"));
  }
}

// The committed references have version 1. Their figures stay the same, and they are written again
// as version 2.
TEST(Read, AcceptsVersion1) {
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(SOURCE_ROOT "/results/reference")) {
    if (file.path().extension() != ".json") continue;
    const std::string text = read_file(file.path().string());
    if (text.find("mptcp-bench/result/1") == std::string::npos) continue;
    ++files;
    const Result result = result_from_json(text, "r.json");
    const std::string again = to_json(analyse(result));
    EXPECT_THAT(again, HasSubstr("\"mptcp-bench/result/2\""));
    EXPECT_EQ(to_json(analyse(result_from_json(again, "again.json"))), again) << file.path();
    const auto was = nlohmann::json::parse(text), is = nlohmann::json::parse(again);
    for (const char* list : {"figures", "comparisons"}) {
      auto figure = was[list].begin();
      for (const nlohmann::json& its : is[list]) {
        if (its["metric"] == "first_success") continue;  // version 1 had none
        ASSERT_NE(figure, was[list].end()) << file.path();
        for (const char* field : {"metric", "proto", "median", "ratio", "interval"})
          EXPECT_EQ(its.value(field, nlohmann::json()), figure->value(field, nlohmann::json()))
              << its["name"];
        ++figure;
      }
      EXPECT_EQ(figure, was[list].end()) << file.path();
    }
  }
  EXPECT_GT(files, 5);
}

TEST(Write, NamesTheMetricsOfTheSchema) {
  std::vector<std::string> names = metric_names();
  names.emplace_back("slo_rate");
  const auto schema = nlohmann::json::parse(read_file(SOURCE_ROOT "/results/result.schema.json"));
  EXPECT_EQ(schema["$defs"]["metric"]["enum"].get<std::vector<std::string>>(), names);
}

// A long experiment writes all its runs again and again. The JSON of all runs would take ten times
// the memory of their text.
TEST(Write, HoldsOneRunAtATime) {
  const auto longest_piece = [](int runs) {
    Result result;
    for (int i = 0; i < runs; ++i) result.runs.push_back(run_of("tcp", 1000, i));
    for (auto& run : result.runs) run.invalid_reasons = {"no figure is of all runs"};
    std::size_t longest = 0;
    write_json(analyse(result),
               [&](std::string_view piece) { longest = std::max(longest, piece.size()); });
    return longest;
  };
  EXPECT_GT(longest_piece(1), 100U);
  EXPECT_LT(longest_piece(200), 2 * longest_piece(1));
}

TEST(Read, NamesTheFileTheFieldAndTheRemedy) {
  const auto refusal = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    try {
      result_from_json(text, "r.json");
    } catch (const BadInput& error) {
      return std::string(error.what());
    }
    return std::string("was read");
  };
  Result result = result_of({run_of("tcp", 1000)});
  result.scenario.name = "s", result.scenario.backend = "tun";
  result.environment.kernel = "Linux 6.1", result.environment.cpus = 2;
  const std::string text = to_json(analyse(result));
  EXPECT_EQ(refusal(text, "\"requests\":", "\"reqests\":"),
            "r.json: /runs/0/requests: is missing; run the experiment again with "
            "mptcp-bench " MPB_VERSION);
  EXPECT_EQ(refusal(text, "\"block\": 0", "\"block\": \"0\""),
            "r.json: /runs/0/block: is not a whole number; run the experiment again with "
            "mptcp-bench " MPB_VERSION);
  EXPECT_THAT(refusal(text, "\"block\": 0", "\"block\": 3000000000"),
              HasSubstr("r.json: /runs/0/block: is out of range"));
  EXPECT_THAT(refusal(text, "\"block\": 0", "\"block\": 2000000000"),
              HasSubstr("r.json: /runs/0/block: is out of range"));
  EXPECT_THAT(refusal(text, "\"order\": 0", "\"order\": -1"),
              HasSubstr("r.json: /runs/0/order: is out of range"));
  EXPECT_THAT(refusal(text, "\"kernel\": \"Linux 6.1\"", "\"kernel\": 6"),
              HasSubstr("r.json: /environment/kernel: is not text"));
  EXPECT_THAT(refusal(text, "\"cpus\": 2", "\"cpus\": 0"),
              HasSubstr("r.json: /environment/cpus: is not a number of CPUs"));
  EXPECT_THAT(
      refusal(text, "\"cpus\": 2",
              "\"cpus\": 2, \"x\": " + std::string(100, '[') + std::string(100, ']')),
      HasSubstr(
          "/0/0: is nested more than 64 levels deep; give a result that mptcp-bench has written"));
  EXPECT_THAT(refusal(text, "\"index_delta\": [", "\"index_delta\": [1, "),
              HasSubstr("r.json: /runs/0/latency_ns/first_byte/histogram/count: "));
  EXPECT_THAT(refusal(text, "\"proto\": \"tcp\"", "\"proto\": \"tcp|<b>\""),
              HasSubstr("r.json: /runs/0/proto: is not a protocol: tcp, tcp-split, mptcp, "
                        "mptcp-one, tcp-on-mptcp, or one of these with -again"));
  EXPECT_EQ(refusal(text, "{", "{"),
            "r.json: /runs/0/links: are not the links of the scenario; run the experiment again "
            "with mptcp-bench " MPB_VERSION);
  EXPECT_EQ(refusal(text, "result/2", "result/3"),
            "r.json: /schema: is neither \"mptcp-bench/result/2\" nor \"mptcp-bench/result/1\"; "
            "give a result that mptcp-bench has written");
  EXPECT_THAT(refusal(text, "{", "["),
              AllOf(HasSubstr("r.json: is not JSON: parse error at line 2, column 11: "),
                    EndsWith("; give a result that mptcp-bench has written")));
  EXPECT_THAT(refusal(text, "\"order\": 0", "\"order\": 1e999"),
              HasSubstr("r.json: /runs/0/order: 1e999 is out of range; "));
  EXPECT_THAT(refusal(text, "\"store_pct\": 40.0", "\"store_pct\": 1e308"),
              HasSubstr("r.json: /runs/0/cpu: has a value that is not a percentage; "));
  // Of several faults, the schema is reported, because it identifies the file.
  EXPECT_THAT(refusal(R"({"runs": [{}], "schema": 1})", "1", "2"), HasSubstr("r.json: /schema: "));
}

// --resume would offer such rates, and the names become parts of other names.
TEST(Read, RefusesImpossibleRatesAndNames) {
  const auto refusal = [](const std::function<void(Result&)>& change) {
    Result result = result_of({run_of("tcp", 1000)});
    result.capacities = {}, result.runs[0].links = {};
    result.environment.cpus = 2;
    change(result);
    try {
      result_from_json(to_json(analyse(result)), "r.json");
    } catch (const BadInput& error) {
      return std::string(error.what());
    }
    return std::string("was read");
  };
  EXPECT_EQ(refusal([](Result&) {}), "was read");
  EXPECT_THAT(refusal([](Result& r) {
                r.probes = {{"get", "4k", "tcp", 1e300, 3, {}}};
              }),
              HasSubstr("r.json: /capacity_probes/0/throughput_rps: is not between"));
  EXPECT_THAT(refusal([](Result& r) { r.runs[0].rate_rps = 1e-11; }),
              HasSubstr("r.json: /runs/0/rate_rps: is not between"));
  EXPECT_THAT(refusal([](Result& r) {
                r.slo = SloAsked{parse_slo("p99 < 20ms"), -1};
              }),
              HasSubstr("r.json: /slo/least_rps: is not between"));
  EXPECT_THAT(
      refusal([](Result& r) { r.runs[0].outcome.congestion_control = {std::string(300, 'x')}; }),
      HasSubstr("r.json: /runs/0/congestion_control: is not the name of a congestion control"));
  EXPECT_THAT(refusal([](Result& r) { r.runs[0].op = std::string(300, 'x'); }),
              HasSubstr("r.json: /runs/0/op: is too long"));
  EXPECT_THAT(refusal([](Result& r) {
                r.pilots = {{"get", std::string(300, 'x'), "tcp", "", {}, 20s, 3s, {}}};
              }),
              HasSubstr("r.json: /pilots/0/values: is too long"));
  EXPECT_THAT(refusal([](Result& r) {
                r.pilots = {{"get", "4k", "tcp", "", {}, 20s, 30s, {}}};
              }),
              HasSubstr("r.json: /pilots/0/settled_after_s: is not within the pilot run"));
  EXPECT_THAT(refusal([](Result& r) { r.parameters.repeat = kMostBlocks + 1; }),
              HasSubstr("r.json: /parameters/repeat: is not a number of blocks"));
}

// An alert on invalid runs must keep its name when all runs are invalid.
TEST(Names, StayWhenNoRunIsValid) {
  Result result = result_of({run_of("tcp", 100)});
  result.runs[0].outcome.congestion_control = {"bbr"};
  result.runs[0].invalid_reasons = {"late"};
  EXPECT_EQ(variant_name(result, groups_of(result)[0]), "tcp+congestion=bbr");
}

TEST(Hgrm, EndsForAnyCounts) {
  for (const std::uint64_t count : {std::uint64_t{1} << 62, (std::uint64_t{1} << 63) + 1}) {
    Histogram latency;
    latency.record(5ms, count);
    latency.record(6ms);
    const std::string text = hgrm_text(latency);
    EXPECT_THAT(text, HasSubstr("6.000     1.000000"));
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 400);
  }
}

TEST(Read, RefusesAHistogramWhoseFiguresContradictEachOther) {
  Result result = result_of({run_of("tcp", 1000)});
  result.capacities = {};
  result.runs[0].links = {};
  result.scenario.name = "s", result.scenario.backend = "tun";
  result.environment.kernel = "Linux 6.1", result.environment.cpus = 2;
  const std::string text = to_json(analyse(result));
  EXPECT_EQ(result_from_json(text, "r.json").runs.size(), 1u);
  struct Edit {
    std::string from, to, why;
  };
  for (const auto& [from, to, why] :
       {Edit{"\"count\": 1", "\"count\": 2",
             "/first_byte/count: is not the number of values in the histogram"},
        Edit{"\"sum\": 10000000", "\"sum\": 10000001",
             "/first_byte/histogram: has a sum that its values cannot have"},
        Edit{"\"count\": [1]", "\"count\": [4611686018427387904]",
             "/first_byte/histogram: counts more values than a run can have"}}) {
    std::string changed = text;
    ASSERT_NE(changed.find(from), std::string::npos) << from;
    changed.replace(changed.find(from), from.size(), to);
    try {
      result_from_json(changed, "r.json");
      ADD_FAILURE() << to << " was read";
    } catch (const BadInput& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }
}

TEST(Table, HasASentenceAboutEachFailOver) {
  const Result result = result_of({with_events(run_of("mptcp", 2000), 214ms, 20ms),
                                   with_events(run_of("tcp", 1000), 6400ms, std::nullopt)});
  const std::string text = terminal_text(analyse(result), "title");
  EXPECT_THAT(text, HasSubstr("\n  link1 down 3.0 s, GET 4k: tcp stalled 6.4 s, mptcp 0.21 s.\n"));
  EXPECT_THAT(text, ContainsRegex("link1 down +3.0 +100 +6400 +never +7 +100 % +0 %\n"));
  EXPECT_THAT(text, ContainsRegex("link1 down +3.0 +100 +214 +20.0 +7 +75 % +25 %\n"));
  EXPECT_THAT(terminal_text(analyse(result_of({run_of("tcp", 1)})), ""), Not(HasSubstr("events")));
  // A request sent into the dead link waits beyond the link's return. That wait is the stall, and
  // not one that ended before.
  mpb::Run outlasted = with_events(run_of("tcp", 1000), 0ms, std::nullopt);
  outlasted.outcome.segments[2].longest_stall = 3400ms;
  EXPECT_THAT(terminal_text(analyse(result_of({outlasted})), ""),
              HasSubstr("\n  link1 down 3.0 s, GET 4k: tcp stalled 3.4 s.\n"));
  mpb::Run gone = with_events(run_of("tcp", 1000), 5900ms, std::nullopt);
  gone.outcome.segments.pop_back();
  EXPECT_THAT(terminal_text(analyse(result_of({gone})), ""),
              HasSubstr("\n  link1 down, GET 4k: tcp stalled 5.9 s to the end.\n"));
}

TEST(Table, ReportsTheTroublesOfAValidRun) {
  mpb::Run run = run_of("tcp", 1000);  // testing::Test has one too
  run.notes = {"3 of 50 connections ended with fewer than 2 subflows"};
  run.outcome.error(Loss::kReset) = 4;
  run.outcome.reconnects = 2;
  EXPECT_THAT(
      terminal_text(analyse(result_of({run})), ""),
      HasSubstr("run 1 of 1 (tcp get 4k): 3 of 50 connections ended with fewer than 2 subflows; "
                "lost requests: 4 by reset, and reconnected 2 times.\n"));
}

// Text of a result or of published figures is escaped before the columns are laid out, so that they
// stay aligned.
TEST(Table, ShowsForeignTextAsEscapes) {
  const std::string text =
      "\x1b]0;t\x07\nSECOND \xc2\x9b"
      "31m";
  std::vector<mpb::Run> runs;
  for (const char* proto : {"tcp", "mptcp"}) {
    mpb::Run run = with_events(run_of(proto, 1000), 214ms, 20ms);
    run.values += text;
    run.notes = {text};
    run.links[0].name = run.outcome.segments[1].event = run.outcome.segments[1].link = text;
    runs.push_back(run);
  }
  runs.push_back(run_of("tcp", 1000, 1));
  runs.back().values += text;
  runs.back().invalid_reasons = {text};
  Result result = result_of(runs);
  result.capacities[0].name = text;
  Published published{text, {{"get", 4096, "tcp", 100, 1}, {"get", 4096, "mptcp", 100, 1}}};
  const std::string shown = terminal_text(analyse(result), text, published);
  for (const char c : shown) ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << shown;
  EXPECT_THAT(shown,
              HasSubstr("Next to the published figures: \\x1b]0;t\\x07\\nSECOND \\u009b31m\n"));
  EXPECT_THAT(shown, Not(HasSubstr("\nSECOND")));
}

TEST(Published, RefusesAFigureWithItsPlace) {
  const auto refusal = [](const std::string& size, const std::string& rps) -> std::string {
    try {
      published_from_json(R"({"source": "somebody", "rows": [{"op": "get", "value_bytes": )" +
                              size + R"(, "tcp": {"rps": )" + rps +
                              R"(, "latency_ms": 2}, "mptcp": )" +
                              R"({"rps": 1, "latency_ms": 2}}]})",
                          "p.json");
    } catch (const BadInput& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_EQ(refusal("4096", "900.5"), "taken");
  EXPECT_EQ(refusal("1e300", "1"), "p.json: /rows/0/value_bytes: is not a whole number");
  EXPECT_EQ(refusal("4096", "0"), "p.json: /rows/0/tcp/rps: is not above 0");
  EXPECT_THAT(refusal("4096", "\"1\""), StartsWith("p.json: "));
}

TEST(Interruption, IsReportedIfItIsKnown) {
  Result result = result_of({run_of("tcp", 1000)});
  EXPECT_EQ(interruption(result), "");
  result.complete = false;
  EXPECT_EQ(interruption(result), "interrupted: 1 run, and more were planned");
  result.planned_runs = 24;
  EXPECT_THAT(terminal_text(analyse(result), "title"),
              HasSubstr("title\n  interrupted: 1 of 24 runs\n\n"));
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("\n**interrupted: 1 of 24 runs**\n"));
  EXPECT_THAT(exported(result, "junit"),
              HasSubstr("<failure type=\"interrupted\" message=\"interrupted: 1 of 24 runs\">"));
  EXPECT_THAT(exported(result, "gbench"),
              HasSubstr("\"left_out\": [\"interrupted: 1 of 24 runs\"]"));
  EXPECT_THAT(page({{"a", result}}, {}, "nonce"),
              HasSubstr("<p class=\"note invalid\">interrupted: 1 of 24 runs</p>"));
  result.complete = true;
  EXPECT_EQ(interruption(result), "");
}

}  // namespace
}  // namespace mpb
