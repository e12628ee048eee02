#include "analysis/gate.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "analysis/compare.hh"
#include "analysis/verdicts.hh"
#include "made_up.hh"
#include "output/gate_report.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "outputs.hh"
#include "refusal.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Gate, HoldsFailsOrCannotTell) {
  const Result result = result_of_ratio(1.5, 10);
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp throughput get/4k < 1.2"})), kOk);
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp throughput get/4k < 1.8"})), kGateWorse);
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp throughput get/4k < 1.5"})), kGateInconclusive);
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp throughput get/4k > 1.2"})), kGateWorse);
  EXPECT_EQ(exit_code(gate(open_loop(result), {"mptcp/tcp p50 * > 1"})), kOk)
      << "less is less, whatever is better";
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp throughput get/4k < 1.2",
                                    "mptcp/tcp throughput get/4k < 1.8"})),
            kGateWorse);
}

TEST(Gate, AsksOfAFigureByItself) {
  const Result result = result_of_ratio(1.5, 10);
  EXPECT_EQ(exit_code(gate(result, {"mptcp throughput get/4k < 1400/s"})), kOk);
  EXPECT_EQ(exit_code(gate(result, {"mptcp throughput get/4k < 1600/s"})), kGateWorse);
  const Result open = open_loop(result_of_ratio(1.5, 10));
  EXPECT_EQ(exit_code(gate(open, {"tcp p50 get/4k > 55ms"})), kGateWorse);
  EXPECT_EQ(exit_code(gate(open, {"tcp p50 get/4k > 1s"})), kOk);
}

// In a closed loop latency follows from throughput, and where links change a percentile hides the
// outage.
TEST(Gate, JudgesLatencyOnlyWhereTheLinksDecideIt) {
  const auto refused = [](const Result& result, const std::string& rule) {
    return refusal([&] { gate(result, {rule}); });
  };
  EXPECT_THAT(refused(result_of_ratio(1.5, 10), "mptcp p99 * > 1s"), HasSubstr("--rate"));
  EXPECT_THAT(refused(result_of_ratio(1.5, 10), "mptcp/tcp p50 * > 1"), HasSubstr("--rate"));
  Result failing_over = open_loop(result_of_ratio(1.5, 10));
  for (mpb::Run& run : failing_over.runs) {
    run.outcome.segments.resize(2);
    run.outcome.segments[1].event = "link1 down";
    run.outcome.segments[1].first_success = 5ms;
  }
  EXPECT_THAT(refused(failing_over, "mptcp p99 * > 1s"), HasSubstr("longest_stall"));
  for (mpb::Run& run : failing_over.runs)
    run.outcome.longest_stall = (run.proto == "tcp" ? 1ms : 2ms) * (100 + run.block);
  for (const char* holds : {"mptcp/tcp longest_stall * > 2.5", "mptcp longest_stall get/4k > 2s",
                            "mptcp/tcp first_success * > 1.5", "mptcp first_success get/4k > 2s"})
    EXPECT_EQ(exit_code(gate(failing_over, {holds})), kOk) << holds;
  for (const char* fails : {"mptcp/tcp longest_stall * > 1.5", "mptcp longest_stall * > 50ms",
                            "mptcp first_success get/4k > 1ms"})
    EXPECT_EQ(exit_code(gate(failing_over, {fails})), kGateWorse) << fails;
}

// A wait whose end was not observed was at least that long. It can be too long, but never prove
// short enough.
TEST(Gate, TreatsAWaitThatWasNotOverAsABound) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) {
    run.outcome.segments.resize(3);
    for (const std::size_t i : {1, 2}) {
      run.outcome.segments[i].event = "link1 changes";
      run.outcome.segments[i].to = 1s;
      run.outcome.segments[i].first_success =
          (run.proto == "tcp" ? 400ms : 200ms) + 1ms * run.block;
    }
  }
  const auto verdict_of = [](const Result& its) {
    const Analysis analysis = analyse(its);
    for (const Figure* ratio : ratios_in(analysis)) {
      if (ratio->metric == find_metric("first_success"))
        return verdict_text(ratio->judgement, ratio->too_short);
    }
    return std::string("none");
  };
  const auto exit_of = [](const Result& its, const std::string& rule) {
    return exit_code(gate(its, {rule}));
  };
  ASSERT_EQ(exit_of(result, "mptcp first_success * > 2s"), kOk);
  ASSERT_EQ(verdict_of(result), "better");
  Result tcp_late = result, mptcp_late = result;
  for (mpb::Run& run : tcp_late.runs)
    if (run.proto == "tcp") run.outcome.segments[1].first_success.reset();
  for (mpb::Run& run : mptcp_late.runs)
    if (run.proto == "mptcp") run.outcome.segments[1].first_success.reset();

  EXPECT_EQ(exit_of(mptcp_late, "mptcp first_success * > 2s"), kGateInconclusive);
  EXPECT_EQ(exit_of(mptcp_late, "mptcp first_success * > 500ms"), kGateWorse);
  EXPECT_EQ(exit_of(mptcp_late, "mptcp/tcp first_success * > 4"), kGateInconclusive);
  EXPECT_EQ(exit_of(mptcp_late, "mptcp/tcp first_success * > 1.5"), kGateWorse);
  EXPECT_EQ(verdict_of(mptcp_late), "worse") << "whatever its end was";
  EXPECT_THAT(
      gate_text(gate(mptcp_late, {"mptcp first_success * > 2s"})),
      HasSubstr("1000 ms is a bound, because in some blocks a wait was not over at the next "
                "event or at the end of the window: first_success was at least that."));
  EXPECT_EQ(exit_of(tcp_late, "mptcp/tcp first_success * > 1.5"), kOk);
  EXPECT_EQ(exit_of(tcp_late, "mptcp/tcp first_success * > 0.1"), kGateInconclusive);
  EXPECT_EQ(verdict_of(tcp_late), "better");
  // Both waited to the end of the same outage: the ratio is 1 and says nothing.
  for (mpb::Run& run : tcp_late.runs) run.outcome.segments[1].first_success.reset();
  EXPECT_EQ(verdict_of(tcp_late), "inconclusive (cut off)");
  EXPECT_THAT(ratios_of(analyse(tcp_late)), HasSubstr("(cut off): in some blocks"));
  EXPECT_THAT(to_html(stall_table(analyse(tcp_late))), HasSubstr(">≥ 1000</td>"));
  for (const CompareRow& row : compare(analyse(result), analyse(tcp_late))) {
    if (row.a.metric == find_metric("first_success") && row.a.base.empty() &&
        row.a.proto == "tcp") {
      EXPECT_EQ(row.judgement.verdict, Verdict::kWorse);
    }
  }
}

// One connection of fifty may still wait when the window closes, while all others have resumed.
TEST(Gate, TreatsAStallThatTheWindowCutsOffAsABound) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) {
    run.outcome.segments.resize(2);
    run.outcome.segments[1].event = "link1 changes";
    run.outcome.segments[1].first_success = 100ms;
    run.outcome.longest_stall = 2s + 1ms * run.block;
    run.outcome.unfinished_stall = 20ms;
  }
  const auto exit_of = [](const Result& its) {
    return exit_code(gate(its, {"mptcp longest_stall * > 3s"}));
  };
  ASSERT_EQ(exit_of(result), kOk);
  for (mpb::Run& run : result.runs) run.outcome.unfinished_stall = run.outcome.longest_stall;
  EXPECT_EQ(exit_of(result), kGateInconclusive);
}

TEST(Gate, WantsSixBlocks) {
  const std::vector<GateOutcome> few =
      gate(result_of_ratio(1.5, 5), {"mptcp/tcp throughput get/4k < 1.2"});
  ASSERT_EQ(few.size(), 1u);
  EXPECT_EQ(few[0].verdict, GateVerdict::kTooFewBlocks);
  EXPECT_EQ(few[0].more, 1u);
  EXPECT_EQ(exit_code(few), kGateInconclusive);
  EXPECT_THAT(gate_text(few), HasSubstr("This outcome needs 6 blocks; the result has 5: it cannot "
                                        "fail. mptcp-bench --resume RESULT --repeat N adds"));
  EXPECT_EQ(exit_code(gate(result_of_ratio(1.5, 6), {"mptcp/tcp throughput get/4k < 1.2"})), kOk);
}

// Six blocks can show p = 2/64 at best: enough for one rule, not for two.
TEST(Gate, DecidesAllRulesTogether) {
  const std::vector<std::string> rules{"mptcp/tcp throughput get/4k < 1.8",
                                       "mptcp/tcp throughput get/4k < 1.1"};
  const std::vector<GateOutcome> two = gate(result_of_ratio(1.5, 6), rules);
  EXPECT_EQ(exit_code(two), kGateInconclusive);
  EXPECT_DOUBLE_EQ(two[0].p, 2 * 2.0 / 64);
  EXPECT_EQ(two[0].verdict, GateVerdict::kTooFewBlocks);
  EXPECT_EQ(two[0].more, 1u);
  EXPECT_THAT(gate_text(two), HasSubstr("These 2 outcomes are decided together, which takes 7 "
                                        "blocks; the result has 6: they cannot fail."));
  EXPECT_THAT(gate_junit(Result{}, two), HasSubstr("1.8, get_4k: too few blocks"));
  EXPECT_THAT(gate_junit(Result{}, two), HasSubstr("skipped=\"2\""));
  EXPECT_EQ(exit_code(gate(result_of_ratio(1.5, 7), rules)), kGateWorse);
}

// One of several outcomes may have lost its runs. The others are still decided.
TEST(Gate, NamesTheOutcomesThatCannotFail) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run run : result_of_ratio(1.5, 6).runs) {
    run.op = "set";
    if (run.block >= 5) run.invalid_reasons = {"late"};
    result.runs.push_back(run);
  }
  const std::vector<GateOutcome> outcomes = gate(result, {"mptcp/tcp throughput * < 1.2"});
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].verdict, GateVerdict::kHolds);
  EXPECT_EQ(outcomes[1].verdict, GateVerdict::kTooFewBlocks);
  EXPECT_THAT(gate_text(outcomes), HasSubstr("which takes 7 blocks; some have 5 valid ones: 1 of "
                                             "them cannot fail."));
}

TEST(Gate, WarnsAboutARuleThatFailsWhenTheFigureIsGood) {
  const auto warning = [](const std::string& rule) {
    return backwards_warning(parse_gate_rule(rule, "gates.txt:3"));
  };
  EXPECT_EQ(warning("mptcp/tcp throughput * > 1.2"),
            "gates.txt:3: warning: \"mptcp/tcp throughput * > 1.2\" fails when throughput of mptcp "
            "is good, because more of it is better; was \"mptcp/tcp throughput * < 1.2\" meant?");
  EXPECT_THAT(warning("mptcp p99 get/4k\t<\t20ms"), HasSubstr("was \"mptcp p99 get/4k\t>\t20ms\""));
  EXPECT_THAT(warning("mptcp/mptcp-one throughput * > 3"), HasSubstr("warning"));
  EXPECT_EQ(warning("mptcp/tcp throughput * < 1.2"), "");
  EXPECT_EQ(warning("mptcp/tcp longest_stall * > 1.5"), "");
  EXPECT_EQ(warning("tcp/mptcp throughput * > 1"), "") << "fails where MPTCP is slower";
}

TEST(Gate, ReportsThatNoRunIsValid) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) {
    if (run.proto == "mptcp") run.invalid_reasons = {"fell back to TCP"};
  }
  const std::vector<GateOutcome> outcomes = gate(result, {"mptcp/tcp throughput get/4k < 1.2"});
  EXPECT_EQ(outcomes[0].verdict, GateVerdict::kInvalid);
  EXPECT_EQ(exit_code(outcomes), kFailed);
  EXPECT_THAT(gate_text(outcomes), HasSubstr("INVALID"));
}

// A rule about a cell without a figure does not pass.
TEST(Gate, DoesNotPassWithoutAFigure) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) {
    run.rate_rps = 1000;
    run.arrivals = "constant";
    run.outcome.response = run.outcome.last_byte;
  }
  ASSERT_EQ(exit_code(gate(result, {"mptcp p50 * > 1s"})), kOk);
  result.runs[1].saturated = true;
  const std::vector<GateOutcome> outcomes = gate(result, {"mptcp p50 * > 1s"});
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(exit_code(outcomes), kGateInconclusive);
  EXPECT_THAT(gate_text(outcomes), HasSubstr("is inconclusive: SATURATED"));
  EXPECT_EQ(exit_code(gate(result, {"mptcp p99_9 * > 1s"})), kGateInconclusive)
      << "2000 requests are too few";
}

// TCP has valid runs in the even blocks and MPTCP in the odd ones, so that no ratio can be formed.
TEST(Gate, IsInconclusiveIfNoBlockHasAValidRunOfBoth) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) {
    if ((run.block % 2 == 0) == (run.proto == "mptcp")) run.invalid_reasons = {"late"};
  }
  const std::vector<GateOutcome> outcomes = gate(result, {"mptcp/tcp throughput * < 1.2"});
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(exit_code(outcomes), kGateInconclusive);
  EXPECT_THAT(gate_text(outcomes), HasSubstr("is inconclusive: no block has a valid run of both."));
  EXPECT_EQ(exit_code(gate(result, {"mptcp throughput * < 1/s"})), kGateInconclusive)
      << "five runs have no interval";
}

// Slow runs have few requests. If they were left out, a protocol could pass because it is slow.
TEST(Gate, DoesNotJudgeOnlyTheRunsThatAreLongEnough) {
  Result result = open_loop(result_of_ratio(1.5, 10));
  ASSERT_EQ(exit_code(gate(result, {"mptcp/tcp p99 * > 1.2", "mptcp p99 * > 1s"})), kOk);
  for (mpb::Run& run : result.runs) {
    if (run.proto != "mptcp" || run.block >= 4) continue;
    run.outcome.response = {};
    run.outcome.response.record(5s, 100);
  }
  const std::vector<GateOutcome> outcomes =
      gate(result, {"mptcp/tcp p99 * > 1.2", "mptcp p99 * > 1s"});
  ASSERT_EQ(outcomes.size(), 2u);
  for (const GateOutcome& outcome : outcomes)
    EXPECT_EQ(outcome.verdict, GateVerdict::kInconclusive);
  EXPECT_THAT(gate_text(outcomes), HasSubstr("is inconclusive: 4 of 10 blocks have too few "
                                             "requests for p99; take a longer --duration."));
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp p50 * > 6000"})), kOk)
      << "all runs have enough requests for a p50";
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("inconclusive (4 too short)"));
  EXPECT_THAT(terminal_text(analyse(result), ""),
              HasSubstr("  inconclusive (N too short): N blocks have too few requests for the "));
}

TEST(Gate, IsInconclusiveIfTheFigureEqualsTheThreshold) {
  Result result = result_of_ratio(1.5, 10);
  for (std::size_t i = 1; i < result.runs.size(); i += 2)
    result.runs[i].throughput_rps = i < 16 ? 1000 : 900;
  EXPECT_EQ(exit_code(gate(result, {"mptcp throughput * < 1000/s"})), kGateInconclusive);
}

TEST(Gate, CountsTheBlocksThatAreLeft) {
  Result result = result_of_ratio(1.5, 10);
  result.runs[0].invalid_reasons = {"late"};
  const std::vector<GateOutcome> outcomes = gate(result, {"mptcp/tcp throughput get/4k < 1.2"});
  EXPECT_EQ(outcomes[0].verdict, GateVerdict::kHolds);
  EXPECT_EQ(outcomes[0].figure->values.size(), 9u);
  EXPECT_THAT(gate_text(outcomes), HasSubstr("9 of 10"));
}

TEST(Gate, MeansEveryCellOrOne) {
  Result result = result_of_ratio(1.5, 10);
  const std::size_t first = result.runs.size();
  for (std::size_t i = 0; i < first; ++i) {
    mpb::Run run = result.runs[i];
    run.op = "set";
    run.connections = 200;
    result.runs.push_back(run);
  }
  const auto cells = [&](const std::string& rule) {
    std::vector<std::string> names;
    for (const GateOutcome& outcome : gate(result, {rule})) names.push_back(outcome.cell);
    return names;
  };
  EXPECT_THAT(cells("mptcp/tcp throughput * < 1"), ElementsAre("get_4k", "set_4k_c200"));
  EXPECT_THAT(cells("mptcp/tcp throughput */4k < 1"), ElementsAre("get_4k", "set_4k_c200"));
  EXPECT_THAT(cells("mptcp/tcp throughput set/* < 1"), ElementsAre("set_4k_c200"));
  EXPECT_THAT(cells("mptcp/tcp throughput set_4k_c200 < 1"), ElementsAre("set_4k_c200"));
}

// A rule applies to each of them, with the base over the same congestion control.
TEST(Gate, DecidesEachCongestionControl) {
  Result result = result_of_ratio(1.5, 10);
  result.parameters.vary = {{"congestion", {"cubic", "bbr"}}};
  for (mpb::Run& run : result.runs) run.variant = {{"congestion", "cubic"}};
  for (mpb::Run run : result_of_ratio(0.9, 10).runs) {
    run.variant = {{"congestion", "bbr"}};
    run.outcome.congestion_control = {"bbr"};
    result.runs.push_back(run);
  }
  const std::vector<GateOutcome> outcomes = gate(result, {"mptcp/tcp throughput * < 1.2"});
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].cell, "get_4k with cubic");
  EXPECT_EQ(outcomes[0].verdict, GateVerdict::kHolds);
  EXPECT_EQ(outcomes[1].cell, "get_4k with bbr");
  EXPECT_EQ(outcomes[1].verdict, GateVerdict::kWorse);
}

// "mptcp" is one contestant and "mptcp+signal" another, and a rule can compare the two.
TEST(Gate, DecidesVariants) {
  Result result = result_of_ratio(1.5, 10);
  result.parameters.protos = {"tcp", "mptcp"};
  result.parameters.vary = {{"endpoints", {"subflow", "signal"}}};
  for (mpb::Run run : result_of_ratio(1.35, 10).runs) {
    if (run.proto != "mptcp") continue;
    run.variant = {{"endpoints", "signal"}};
    result.runs.push_back(run);
  }
  const auto verdict = [&](const std::string& rule) {
    const std::vector<GateOutcome> outcomes = gate(result, {rule});
    EXPECT_EQ(outcomes.size(), 1u);
    return outcomes[0].verdict;
  };
  EXPECT_EQ(verdict("mptcp+signal/mptcp throughput get/4k < 0.95"), GateVerdict::kWorse);
  EXPECT_EQ(verdict("mptcp+signal/mptcp throughput get/4k < 0.85"), GateVerdict::kHolds);
  EXPECT_EQ(verdict("mptcp+signal/tcp throughput * < 1.2"), GateVerdict::kHolds);
  EXPECT_EQ(verdict("mptcp/tcp throughput * < 1.45"), GateVerdict::kHolds);
  EXPECT_THAT(refusal([&] { gate(result, {"mptcp+fullmesh/tcp throughput * < 1"}); }),
              HasSubstr("it has the protocols tcp, mptcp, mptcp+signal and the cells get_4k"));
  // The table compares a variant with the first one of its protocol.
  const Analysis analysis = analyse(result);
  std::vector<std::string> names;
  for (const Figure& figure : analysis.figures) {
    if (figure.comparison && figure.metric->name == std::string("throughput"))
      names.push_back(figure.name.substr(figure.name.rfind('/') + 1));
  }
  EXPECT_THAT(names,
              ElementsAre("mptcp+congestion=cubic-vs-tcp+congestion=cubic",
                          "mptcp+congestion=cubic+endpoints=signal-vs-mptcp+congestion=cubic"));
}

TEST(Gate, RefusesMalformedRules) {
  const auto said = [](const std::string& rule) {
    return refusal([&] { parse_gate_rule(rule, "gates.txt:3"); });
  };
  EXPECT_EQ(said("mptcp/tcp throughput get/4k 1.2"),
            "gates.txt:3: \"mptcp/tcp throughput get/4k 1.2\": is not a rule; write PROTO/BASE "
            "METRIC OP/SIZE < RATIO, as in 'mptcp/tcp "
            "throughput get/4k < 1.2'");
  EXPECT_THAT(said("mptcp/ throughput get/4k < 1"),
              HasSubstr("\"mptcp/\" is neither PROTO nor PROTO/BASE; write "));
  EXPECT_THAT(said("mptcp/tcp speed get/4k < 1"),
              HasSubstr("\"speed\" is not a metric; the metrics are throughput, goodput"));
  EXPECT_THAT(said("mptcp/tcp throughput get/4k = 1"), HasSubstr("\"=\" is neither < nor >"));
  EXPECT_THAT(said("mptcp/tcp throughput get/4k < nan"),
              HasSubstr("\"nan\" is not a positive number"));
  EXPECT_THAT(said("mptcp/tcp throughput get/4k < -1"), HasSubstr("not a positive number"));
  EXPECT_THAT(said("mptcp throughput get/4k < 900"),
              HasSubstr("\"900\" has no unit; write \"900/s\""));
  EXPECT_THAT(said("mptcp p99 get/4k > 20"), HasSubstr("\"20\" has no unit"));

  const Result result = result_of_ratio(1.5, 10);
  const auto about = [&](const std::string& rule) {
    return refusal([&] { gate(result, {rule}); });
  };
  EXPECT_THAT(about("mptcp/tcp throughput get/8k < 1"),
              HasSubstr("it has the protocols tcp, mptcp and the cells get_4k"));
  EXPECT_THAT(about("mptcp/tcp-split throughput * < 1"), HasSubstr("no such cell or protocol"));
  EXPECT_THAT(about("mptcp/tcp longest_stall * > 1"),
              HasSubstr("no run of the result has longest_stall"));
}

TEST(Gate, ReadsRulesFromAFile) {
  const std::vector<GateRule> rules = parse_gate_rules(
      "# what MPTCP must gain\nmptcp/tcp throughput * < 1.2  # all cells\r\n\n", "g.txt");
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0].text, "mptcp/tcp throughput * < 1.2");
  EXPECT_EQ(rules[0].where, "g.txt:2");
  EXPECT_EQ(refusal([] { parse_gate_rules("# none\n", "g.txt"); }),
            "g.txt: contains no rule; write one per line, such as mptcp/tcp throughput get/4k < "
            "1.2");
}

TEST(Gate, BeginsWithItsAnswer) {
  Result result = result_of_ratio(1.5, 10);
  const auto text = [&result](const std::vector<std::string>& rules) {
    const std::vector<GateOutcome> outcomes = gate(result, rules);
    return gate_text(result, outcomes);
  };
  EXPECT_THAT(text({"mptcp/tcp throughput * < 1.2"}), StartsWith("  The gate passes.\n\n"));
  EXPECT_THAT(text({"mptcp/tcp throughput * < 1.2", "mptcp/tcp throughput * < 1.8",
                    "mptcp/tcp throughput * < 1.5"}),
              StartsWith("  The gate fails: of 3 outcomes, 1 is worse than its rule allows, 1 is "
                         "inconclusive, 1 passes.\n\n"));
  EXPECT_THAT(text({"mptcp/tcp throughput * < 1.5"}),
              StartsWith("  The gate is inconclusive.\n\n"));
  EXPECT_THAT(text({"mptcp/tcp throughput * < 1.2"}), HasSubstr("  GET 4k  "));
}

TEST(Gate, WritesACaseForEveryOutcome) {
  const Result result = result_of_ratio(1.5, 10);
  const std::string xml = gate_junit(
      result, gate(result, {"mptcp/tcp throughput * < 1.2", "mptcp/tcp throughput * < 1.8",
                            "mptcp/tcp throughput * < 1.5"}));
  EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("name=\"fails if mptcp/tcp throughput * &lt; 1.8, get_4k: WORSE\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"worse\" message=\"1.500x (95 %: "));
}

// Compared byte by byte. The kernel's own parser reads it in tests/system/ktap.sh.
TEST(Gate, IsReportedAsKtap) {
  Result result = result_of_ratio(1.5, 10);
  const std::vector<std::string> rules{"mptcp/tcp throughput get/4k < 1.2",
                                       "mptcp/tcp throughput get/4k < 1.8",
                                       "mptcp/tcp throughput get/4k < 1.5"};
  EXPECT_EQ(gate_ktap(result, gate(result, rules)),
            R"(KTAP version 1
1..3
# passes: 1.500x (95 %: 1.491x to 1.509x, adjusted p 0.006) of 10 blocks
ok 1 mptcp/tcp throughput get/4k < 1.2 in get_4k
# WORSE: 1.500x (95 %: 1.491x to 1.509x, adjusted p 0.006) of 10 blocks
not ok 2 mptcp/tcp throughput get/4k < 1.8 in get_4k
)"
            "ok 3 mptcp/tcp throughput get/4k < 1.5 in get_4k # SKIP inconclusive: 1.500x (95 %: "
            "1.491x to 1.509x, adjusted p 1.000) of 10 blocks; it is too close to the "
            "threshold to decide\n");
  result.complete = false;
  result.planned_runs = 24;
  EXPECT_THAT(gate_ktap(result, gate(result, rules)), HasSubstr("\n1..4\n"));
  EXPECT_TRUE(gate_ktap(result, gate(result, rules))
                  .ends_with("\nok 4 all runs were made # SKIP interrupted: 20 of 24 runs\n"));
  result.complete = true;
  for (mpb::Run& run : result.runs) run.invalid_reasons = {"late"};
  EXPECT_EQ(gate_ktap(result, gate(result, {rules[0]})),
            "KTAP version 1\n1..1\n# INVALID: no block has valid runs\n"
            "not ok 1 mptcp/tcp throughput get/4k < 1.2 in get_4k\n");
}

// A # would begin a directive, and a newline another line.
TEST(Gate, KeepsNamesOutOfKtapsSyntax) {
  const Result result = result_of_ratio(1.5, 10);
  std::vector<GateOutcome> outcomes = gate(result, {"mptcp/tcp throughput * < 1.2"});
  outcomes[0].cell = "get # SKIP\nnot ok 7";
  EXPECT_TRUE(gate_ktap(result, outcomes)
                  .ends_with("\nok 1 mptcp/tcp throughput * < 1.2 in get \\x23 SKIP\\nnot ok 7\n"))
      << gate_ktap(result, outcomes);
}

TEST(Gate, DoesNotHoldWhereRunsAreMissing) {
  Result result = result_of_ratio(1.5, 7);
  result.complete = false;
  result.planned_runs = 24;
  const std::vector<GateOutcome> holds = gate(result, {"mptcp/tcp throughput * < 1.2"});
  EXPECT_EQ(exit_code(result, holds), kGateInconclusive);
  EXPECT_THAT(gate_text(result, holds), HasSubstr("\n  interrupted: 14 of 24 runs; "));
  EXPECT_THAT(gate_junit(result, holds),
              HasSubstr("<skipped message=\"interrupted: 14 of 24 runs\"/>"));
  EXPECT_EQ(exit_code(result, gate(result, {"mptcp/tcp throughput * < 1.8"})), kGateWorse);
  result.complete = true;
  EXPECT_EQ(exit_code(result, holds), kOk);
}

}  // namespace
}  // namespace mpb
