#include "analysis/gate.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/compare.hh"
#include "analysis/verdicts.hh"
#include "analysis/write.hh"
#include "output/answer.hh"
#include "output/gate_report.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Run run_in_block(const std::string& proto, int block, double rps, const std::string& op = "get") {
  Run run;
  run.proto = proto;
  run.op = op;
  run.values = "4k";
  run.value_bytes = 4096;
  run.connections = 50;
  run.threads = run.pipeline = 1;
  run.arrivals = "closed";
  run.block = block;
  run.outcome.duration = 1s;
  run.throughput_rps = rps;
  run.outcome.congestion_control = {"cubic"};
  for (int i = 0; i < 2000; ++i)
    run.outcome.last_byte.record(Nanos{static_cast<std::int64_t>(1e9 / rps) * (50 + i % 20)});
  return run;
}

// TCP at about 1000 requests a second and the other at about 1000 x ratio, a little noise on both.
Result result_of_ratio(double ratio, int blocks, const std::string& proto = "mptcp") {
  constexpr double kNoise[] = {0,     0.004,  -0.006, 0.009, -0.002,
                               0.007, -0.008, 0.001,  0.005, -0.003};
  Result result;
  result.scenario.name = "lab", result.scenario.backend = "tun";
  result.scenario.links = {{"a", {{"rate", "1mbit"}}, {{"rate", "1mbit"}}, false}};
  result.workload.connections = 50, result.workload.keys = "uniform";
  result.environment.kernel = "Linux 6.18";
  for (int block = 0; block < blocks; ++block) {
    result.runs.push_back(run_in_block("tcp", block, 1000 * (1 + kNoise[block % 10])));
    result.runs.push_back(
        run_in_block(proto, block, 1000 * ratio * (1 + kNoise[(block + 3) % 10])));
  }
  for (std::size_t i = 0; i < result.runs.size(); ++i) result.runs[i].order = static_cast<int>(i);
  return result;
}

// The same, as if 900 requests a second had been offered to both.
Result open_loop(Result result) {
  for (mpb::Run& run : result.runs) {
    run.rate_rps = 900;
    run.arrivals = "poisson";
    run.outcome.response = run.outcome.last_byte;
  }
  return result;
}

std::vector<GateOutcome> gate(const Result& result, const std::vector<std::string>& rules) {
  std::vector<GateRule> parsed;
  for (const std::string& rule : rules) parsed.push_back(parse_gate_rule(rule, "--fail-if"));
  return evaluate(analyse(result), parsed);
}

// Of a result that has all its runs.
int exit_code(const std::vector<GateOutcome>& outcomes) { return exit_code(Result{}, outcomes); }
std::string gate_text(const std::vector<GateOutcome>& outcomes) {
  return gate_text(Result{}, outcomes);
}

std::string ratios_of(const Analysis& analysis) { return to_text(ratio_table(analysis)); }

std::string refusal(const std::function<void()>& parse) {
  try {
    parse();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

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

// The throughput of an open loop is steady by construction. Its latency may not be.
TEST(Verdicts, AreNotGivenForLatencyThatHadNotSettled) {
  Result result = open_loop(result_of_ratio(1.5, 10));
  const auto verdict_of = [&result](const std::string& metric) {
    const Analysis analysis = analyse(result);
    for (const Figure* ratio : ratios_in(analysis)) {
      if (ratio->metric->name == metric) return ratio->judgement.verdict;
    }
    return Verdict::kNone;
  };
  ASSERT_NE(verdict_of("p50"), Verdict::kNone);
  const mpb::Run& run = result.runs.front();
  result.pilots.push_back({run.op, run.values, "tcp", "", run.rate_rps, 20s, 3s, {}});
  EXPECT_NE(verdict_of("p50"), Verdict::kNone);
  result.pilots[0].settled_after.reset();
  EXPECT_EQ(verdict_of("p50"), Verdict::kNone);
  EXPECT_NE(verdict_of("throughput"), Verdict::kNone);
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("had not settled in a pilot run"));
  const std::vector<std::string> rule{"mptcp/tcp p50 * > 1.2"};
  EXPECT_EQ(exit_code(gate(result, rule)), kGateInconclusive) << "as the table";
  EXPECT_THAT(gate_text(gate(result, rule)), HasSubstr("had not settled in a pilot run"));
  result.pilots.push_back({run.op, run.values, "tcp", "", run.rate_rps, 20s, 3s, {}});
  EXPECT_NE(verdict_of("p50"), Verdict::kNone) << "it was repeated, and had settled";
}

// A backlog that grows, or queues that still fill, is visible in the runs themselves.
TEST(Verdicts, AreNotGivenForLatencyThatStillChanges) {
  const auto rising = [](double rise) {
    Result result = open_loop(result_of_ratio(1.5, 10));
    for (mpb::Run& run : result.runs) {
      run.outcome.duration = 10s;
      for (std::size_t i = 0; i < kSlices; ++i) {
        const double share = run.proto == "mptcp" ? static_cast<double>(i) / kSlices : 0;
        run.outcome.slice_p50.push_back(
            Nanos{static_cast<std::int64_t>(1e7 * (1 + rise * share + run.block * 1e-4))});
      }
    }
    return result;
  };
  const std::vector<std::string> rule{"mptcp/tcp p50 * > 1.8"};
  EXPECT_EQ(exit_code(gate(rising(0.01), rule)), kOk);
  const Result result = rising(0.5);
  EXPECT_EQ(exit_code(gate(result, rule)), kGateInconclusive);
  EXPECT_EQ(exit_code(gate(result, {"tcp p50 * > 1s"})), kOk) << "it is steady itself";
  const Analysis analysis = analyse(result);
  for (const Figure* ratio : ratios_in(analysis)) {
    if (is_latency(*ratio->metric)) {
      EXPECT_EQ(ratio->judgement.verdict, Verdict::kNone) << ratio->name;
    } else {
      EXPECT_NE(ratio->judgement.verdict, Verdict::kNone) << ratio->name;
    }
  }
  EXPECT_THAT(terminal_text(analysis, ""),
              HasSubstr("GET 4k at 900 req/s with mptcp is not stationary: the median latency"));
  EXPECT_THAT(to_json(analysis), HasSubstr("\"no_verdict_because\": \"GET 4k at 900 req/s"));
}

// Invalid runs are not missing by chance: those of a protocol that loads the machine most are its
// fastest.
TEST(Verdicts, NeedMostRunsOfBothProtocols) {
  Result result = result_of_ratio(1.5, 20);
  const auto verdict_of = [&result] {
    return ratios_in(analyse(result)).front()->judgement.verdict;
  };
  const auto spoil = [&result](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      result.runs[2 * i + 1].invalid_reasons = {"the emulator used 90 % of a CPU"};
  };
  spoil(4);
  EXPECT_EQ(verdict_of(), Verdict::kBetter) << "a fifth";
  spoil(5);
  EXPECT_EQ(verdict_of(), Verdict::kNone);
  EXPECT_THAT(ratios_of(analyse(result)), HasSubstr("GET 4k with mptcp: 5 of 20 runs are invalid"));
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp throughput * < 1.2"})), kGateInconclusive);
  EXPECT_EQ(exit_code(gate(result, {"tcp throughput * < 10/s"})), kOk);
}

// If links change, throughput depends on the share of the window in which a link is down.
TEST(Verdicts, AreNotGivenForThroughputIfLinksChange) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) {
    run.outcome.segments.resize(2);
    run.outcome.segments[1].event = "link1 down";
    run.outcome.segments[1].first_success = 5ms;
    run.outcome.longest_stall = (run.proto == "tcp" ? 3s : 1s) + 1ms * run.block;
  }
  const Analysis analysis = analyse(result);
  std::size_t judged = 0;
  for (const Figure* ratio : ratios_in(analysis)) {
    const bool throughput = ratio->metric == find_metric("throughput");
    EXPECT_EQ(ratio->judgement.verdict == Verdict::kNone, throughput || is_latency(*ratio->metric))
        << ratio->name;
    judged += ratio->judgement.family > 0 ? 1 : 0;
  }
  EXPECT_EQ(judged, 2u) << "the longest stall and the first success";
  EXPECT_THAT(ratios_of(analysis), HasSubstr("depends on the length of the window"));
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp throughput * < 1.2"})), kOk)
      << "the rule is about this scenario";
}

// bbr nearly stops every ten seconds: a shorter window holds that in some runs and not in others.
TEST(Verdicts, NeedAWindowThatHoldsProbeRttForBothOrNeither) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) {
    run.outcome.duration = 3s;
    run.probe_rtt["server"] = {50, run.proto == "tcp" ? 50 : 0, 50};
  }
  const auto verdict_of = [&result] {
    return ratios_in(analyse(result)).front()->judgement.verdict;
  };
  EXPECT_EQ(verdict_of(), Verdict::kNone);
  EXPECT_THAT(ratios_of(analyse(result)), HasSubstr("take --duration 10s"));
  for (mpb::Run& run : result.runs) run.outcome.duration = 10s;
  EXPECT_EQ(verdict_of(), Verdict::kBetter);
}

TEST(Verdicts, NeedAnEmulatorOfOnePriority) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) run.emulator.emplace().sched_fifo = true;
  EXPECT_EQ(ratios_in(analyse(result)).front()->judgement.verdict, Verdict::kBetter);
  result.runs[4].emulator->sched_fifo = false;
  EXPECT_EQ(ratios_in(analyse(result)).front()->judgement.verdict, Verdict::kNone);
}

// Who adds blocks after an inconclusive verdict looks again, and each look is a chance to be wrong.
TEST(Verdicts, HoldOverAllLooksAtAnExperiment) {
  Result result = result_of_ratio(1.5, 10);
  const auto p_of = [&result] { return ratios_in(analyse(result)).front()->judgement.p; };
  const double once = p_of();
  result.extended_from = {5};
  EXPECT_EQ(p_of(), once) << "five blocks cannot have a verdict";
  result.extended_from = {6, 8};
  EXPECT_DOUBLE_EQ(p_of(), 3 * once);
  EXPECT_THAT(ratios_of(analyse(result)), HasSubstr("multiplied by 3"));
  EXPECT_DOUBLE_EQ(gate(result, {"mptcp/tcp throughput * < 1.2"})[0].p, 3 * 2.0 / 1024);
  result.extended_from.assign(30, 9);
  EXPECT_EQ(exit_code(gate(result, {"mptcp/tcp throughput * < 1.2"})), kGateInconclusive);
}

// Slices that vary much hide a drift, and the reader is told how large a one.
TEST(Verdicts, TellHowWellTheTrendIsKnown) {
  const auto with_noise = [](double noise) {
    Result result = result_of_ratio(1.5, 10);
    for (mpb::Run& run : result.runs) {
      for (std::size_t i = 0; i < kSlices; ++i) {
        const double slope = (run.block % 2 == 0 ? 1 : -1) * (static_cast<double>(i) - 4.5) / 10;
        run.outcome.slices.push_back(static_cast<std::uint64_t>(10'000 * (1 + noise * slope)));
      }
    }
    return result;
  };
  EXPECT_THAT(terminal_text(analyse(with_noise(0.01)), ""), Not(HasSubstr("is known to")));
  EXPECT_THAT(terminal_text(analyse(with_noise(0.2)), ""),
              HasSubstr("The trend of throughput is known to +-"));
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
  result.parameters.congestions = {"cubic", "bbr"};
  for (mpb::Run& run : result.runs) run.congestion = "cubic";
  for (mpb::Run run : result_of_ratio(0.9, 10).runs) {
    run.congestion = "bbr";
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

TEST(Gate, WritesACaseForEveryOutcome) {
  const Result result = result_of_ratio(1.5, 10);
  const std::string xml = gate_junit(
      result, gate(result, {"mptcp/tcp throughput * < 1.2", "mptcp/tcp throughput * < 1.8",
                            "mptcp/tcp throughput * < 1.5"}));
  EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("name=\"fails if mptcp/tcp throughput * &lt; 1.8, get_4k: WORSE\""));
  EXPECT_THAT(xml, HasSubstr("<failure type=\"worse\" message=\"1.500x (95 %: "));
}

TEST(Verdicts, StandInTheTableFromSixBlocksOn) {
  EXPECT_THAT(terminal_text(analyse(result_of_ratio(1.5, 5)), "t"),
              HasSubstr("5 blocks: the ratios have no interval"));
  EXPECT_THAT(terminal_text(analyse(result_of_ratio(1.5, 1)), "t"),
              HasSubstr("One block: the ratios have no interval"));
  Result invalid = result_of_ratio(1.5, 10);
  for (const std::size_t i : {1, 3, 4, 7, 9}) invalid.runs[i].invalid_reasons = {"late"};
  EXPECT_THAT(
      terminal_text(analyse(invalid), "t"),
      HasSubstr("Only 5 of 10 blocks have valid runs of both: the ratios have no interval"));
  const std::string text = terminal_text(analyse(result_of_ratio(1.5, 6)), "t");
  EXPECT_THAT(text, HasSubstr("better"));
  EXPECT_THAT(text, HasSubstr("  Ratios of each protocol to its base, block by block\n"));
  EXPECT_THAT(text, Not(HasSubstr("no interval")));
  EXPECT_THAT(terminal_text(analyse(result_of_ratio(1.001, 10)), "t"), HasSubstr("equivalent"));
}

// Six blocks decide one cell, but not two, because the verdicts of a table are right together.
TEST(Verdicts, AreRightTogether) {
  Result two = result_of_ratio(1.5, 6);
  EXPECT_EQ(ratios_in(analyse(two)).front()->judgement.verdict, Verdict::kBetter);
  for (mpb::Run run : result_of_ratio(1.5, 6).runs) {
    run.op = "set";
    two.runs.push_back(run);
  }
  const Analysis analysis = analyse(two);
  std::size_t family = 0;
  for (const Figure* ratio : ratios_in(analysis)) {
    if (is_latency(*ratio->metric)) {
      EXPECT_EQ(ratio->judgement.verdict, Verdict::kNone) << "of a closed loop";
      continue;
    }
    family += 1;
    EXPECT_EQ(ratio->judgement.verdict, Verdict::kInconclusive) << ratio->name;
    EXPECT_EQ(ratio->judgement.family, 2u);
    EXPECT_DOUBLE_EQ(ratio->judgement.p, 2 * 2.0 / 64);
    EXPECT_EQ(ratio->judgement.blocks_missing, 1u);
  }
  EXPECT_EQ(family, 2u);
  EXPECT_THAT(ratios_of(analysis),
              HasSubstr("The 2 verdicts are right together with 95 % confidence"));
  EXPECT_THAT(ratios_of(analysis), HasSubstr("Latency has a verdict with --rate"));
  EXPECT_THAT(ratios_of(analyse(open_loop(result_of_ratio(1.5, 10)))),
              Not(HasSubstr("Latency has a verdict")));
}

// A rate that still falls when the window closes is not a steady state: it has no verdict, and a
// gate is inconclusive.
TEST(Verdicts, AreOfTheSteadyStateOnly) {
  const auto with_slices = [](double decline) {
    Result result = result_of_ratio(1.5, 10);
    result.workload.warmup = 1s;
    for (mpb::Run& run : result.runs) {
      run.outcome.duration = 10s;
      for (std::size_t i = 0; i < kSlices; ++i) {
        const double settled =
            run.proto == "tcp" ? std::max(0.0, 0.4 - static_cast<double>(i) / 10) : 0;
        run.outcome.slices.push_back(static_cast<std::uint64_t>(
            run.throughput_rps * (1 + decline * settled + (run.block % 3) * 0.001)));
      }
    }
    return result;
  };
  const Result steady = with_slices(0), falling = with_slices(2);
  EXPECT_EQ(ratios_in(analyse(steady)).front()->judgement.verdict, Verdict::kBetter);
  EXPECT_THAT(terminal_text(analyse(steady), ""), Not(HasSubstr("stationary")));
  EXPECT_EQ(ratios_in(analyse(falling)).front()->judgement.verdict, Verdict::kNone);
  EXPECT_THAT(answer(analyse(falling)),
              HasSubstr("): no verdict, because GET 4k with tcp is not stationary: "));
  EXPECT_THAT(terminal_text(analyse(falling), ""),
              HasSubstr("GET 4k with tcp is not stationary: "));
  EXPECT_THAT(terminal_text(analyse(falling), ""), HasSubstr("--warmup 5s would suffice."));
  EXPECT_THAT(terminal_text(analyse(falling), ""), HasSubstr("trend"));
  EXPECT_THAT(terminal_text(analyse(steady), ""), Not(HasSubstr("-0 %")));
  const std::vector<GateOutcome> outcomes = gate(falling, {"mptcp/tcp throughput * < 1.2"});
  EXPECT_EQ(exit_code(outcomes), kGateInconclusive);
  EXPECT_THAT(gate_text(outcomes), HasSubstr("is not stationary"));
  EXPECT_EQ(exit_code(gate(falling, {"mptcp throughput * < 10/s"})), kOk) << "it is steady itself";
  for (const CompareRow& row : compare(analyse(falling), analyse(steady))) {
    if (row.a.proto != "tcp") continue;
    EXPECT_EQ(row.judgement.verdict, Verdict::kNone) << row.a.name;
  }
}

// Only some protocols can fail to join subflows, so the number of valid runs is next to the ratio.
TEST(Verdicts, ShowHowManyRunsAreInvalid) {
  Result result = result_of_ratio(1.5, 10);
  EXPECT_THAT(ratios_of(analyse(result)), Not(HasSubstr("not valid")));
  for (const std::size_t i : {3, 5}) result.runs[i].invalid_reasons = {"a subflow is missing"};
  EXPECT_THAT(ratios_of(analyse(result)), HasSubstr("8 of 10"));
  const std::string shares = "Invalid runs: 2 of 10 of mptcp.";
  const Analysis analysis = analyse(result);
  EXPECT_THAT(ratios_of(analysis), HasSubstr(shares));
  EXPECT_THAT(answer(analysis), HasSubstr(": better. " + shares));
  EXPECT_THAT(to_html(ratio_table(analysis)), HasSubstr(">8 of 10</td>"));
  EXPECT_THAT(to_html(ratio_table(analysis)), HasSubstr(shares));
  EXPECT_THAT(to_html(throughput_table(analysis)), HasSubstr(">8 of 10</td>"));
  EXPECT_THAT(terminal_text(analysis, ""), ContainsRegex("vs tcp +runs"));
  EXPECT_THAT(terminal_text(analysis, ""), ContainsRegex("1.50x +8 of 10"));
  EXPECT_THAT(to_json(analysis), HasSubstr("\"made\": 10,\n        \"invalid\": 2\n"));
  const std::vector<GateOutcome> outcomes = gate(result, {"mptcp/tcp throughput * < 1.8"});
  EXPECT_THAT(gate_text(result, outcomes), HasSubstr(shares));
  EXPECT_THAT(gate_junit(result, outcomes), HasSubstr("of 8 of 10 blocks"));
  // One block has no table of verdicts, and its ratios lose as much.
  Result one = result_of_ratio(1.5, 1);
  for (mpb::Run run : result_of_ratio(1.5, 1).runs) {
    run.op = "set";
    if (run.proto == "mptcp") run.invalid_reasons = {"a subflow is missing"};
    one.runs.push_back(run);
  }
  EXPECT_THAT(terminal_text(analyse(one), ""), HasSubstr("Invalid runs: 1 of 2 of mptcp."));
}

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

TEST(Verdicts, NameOutliersOfTheRuns) {
  Result result = result_of_ratio(1.5, 10);
  result.runs[4].throughput_rps = 700;
  EXPECT_THAT(
      outlier_sentences(analyse(result)),
      ElementsAre(
          "run 5 of 20 (tcp get 4k) stands apart, and counts like the others: throughput 700/s "
          "(median 1,000/s)."));
}

TEST(Verdicts, ReportTheNoiseFloor) {
  EXPECT_THAT(noise_sentences(analyse(result_of_ratio(1.5, 10))), IsEmpty());
  const std::vector<std::string> sentences =
      noise_sentences(analyse(result_of_ratio(1.001, 10, "tcp-again")));
  ASSERT_FALSE(sentences.empty());
  EXPECT_THAT(sentences.back(),
              HasSubstr("Noise floor, throughput of tcp: with 10 blocks, differences below ±"));
  EXPECT_THAT(sentences.back(), HasSubstr("0 of 1 comparisons with itself exclude a ratio of 1."));
}

// The first sentence of every output if there is no ratio.
TEST(Answer, SaysWhyThereIsNothingToCompare) {
  EXPECT_EQ(answer(analyse(Result{})), "No run was completed.");
  Result result = result_of_ratio(1.5, 2);
  EXPECT_EQ(answer(analyse(result)),
            "MPTCP got 1.50 times the throughput of TCP: no verdict, because it takes at least 6 "
            "blocks, and there are 2.");
  for (const std::size_t i : {1, 3}) result.runs[i].invalid_reasons = {"fell back to TCP"};
  EXPECT_EQ(answer(analyse(result)), "MPTCP: none of its 2 runs is valid (fell back to TCP).");
  for (const std::size_t i : {0, 2}) result.runs[i].invalid_reasons = {"late"};
  EXPECT_EQ(answer(analyse(result)), "None of the runs is valid.");
  for (const std::size_t i : {0, 3}) result.runs[i].invalid_reasons.clear();
  EXPECT_EQ(answer(analyse(result)),
            "There is nothing to compare, because no block has a valid run of both.");
  for (const std::size_t i : {0, 2}) result.runs[i].proto = "mptcp-one";
  EXPECT_EQ(answer(analyse(result)),
            "There is nothing to compare with, because tcp was not measured.");
  for (const std::size_t i : {1, 3}) result.runs[i].proto = "mptcp-one";
  EXPECT_THAT(answer_sentences(analyse(result)),
              ElementsAre(StartsWith("MPTCP-ONE: the throughput is 1,24"), kNothingToCompare));
}

TEST(Answer, MentionsAProtocolWithoutAValidRun) {
  Result result = result_of_ratio(1.5, 1);
  result.runs.push_back(run_in_block("tcp-split", 0, 1000));
  result.runs[2].invalid_reasons = {"late"};
  EXPECT_EQ(answer(analyse(result)),
            "MPTCP got 1.51 times the throughput of TCP: no verdict, because it takes at least 6 "
            "blocks, and there is 1. TCP-SPLIT: its run is not valid (late).");
}

// Adds a cell of ten blocks, of which the first `valid` have a valid run of MPTCP.
void add_cell(Result& result, const std::string& op, int valid) {
  for (mpb::Run run : result_of_ratio(1.5, 10).runs) {
    run.op = op;
    if (run.proto == "mptcp" && run.block >= valid) run.invalid_reasons = {"late"};
    result.runs.push_back(run);
  }
}

// A reader of "better in 1" must learn what happened in the other cells.
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

TEST(Compare, FindsWhatChanged) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = result_of_ratio(1.2, 10);
  b.environment.kernel = "Linux 6.19";
  const std::string text = compare_text(analyse(a), "a.json", analyse(b), "b.json");
  EXPECT_THAT(text, HasSubstr("kernel: Linux 6.18 and Linux 6.19"));
  for (const CompareRow& row : compare(analyse(a), analyse(b))) {
    const bool tcp = row.a.proto == "tcp";
    EXPECT_EQ(row.judgement.verdict, is_latency(*row.a.metric) ? Verdict::kNone
                                     : tcp                     ? Verdict::kEquivalent
                                                               : Verdict::kWorse)
        << row.a.name;
  }
  for (const CompareRow& row : compare(analyse(b), analyse(a))) {
    if (row.a.proto != "mptcp" || is_latency(*row.a.metric)) continue;
    EXPECT_EQ(row.judgement.verdict, Verdict::kBetter) << row.a.name;
  }
}

// The list of differences is cut off after six of the host, but never those of kernel and store.
TEST(Compare, ListsKernelsAndStoresFirst) {
  Result a = result_of_ratio(1.5, 10), b = a;
  const auto environment = [](const std::string& of) {
    Environment all;
    all.cpus = 2;
    all.kernel = of;
    for (std::optional<std::string>* value :
         {&all.architecture, &all.clocksource, &all.congestion_control, &all.cpu, &all.governor,
          &all.host_kernel, &all.hypervisor_flag, &all.hz, &all.os})
      *value = of;
    return all;
  };
  a.environment = environment("x"), b.environment = environment("y");
  a.store.kind = "redis", b.store.kind = "valkey";
  EXPECT_THAT(
      differences(a, b).listed,
      ElementsAre("kernel: x and y", "host_kernel: x and y", "cpu: x and y",
                  "store: redis  and valkey ", "architecture: x and y", "clocksource: x and y",
                  "congestion_control: x and y", "governor: x and y", "hypervisor_flag: x and y",
                  "hz: x and y", "and 1 more of the host"));
}

// In User Mode Linux, kernels of two commits have the same name.
TEST(Compare, DistinguishesKernelsOfUserModeLinux) {
  Result a = result_of_ratio(1.5, 10);
  a.environment.machine = MachineRecord{"a", "config", "root", 1};
  Result b = a;
  EXPECT_THAT(differences(a, b).listed, IsEmpty());
  b.environment.machine->kernel_sha256 = "b";
  EXPECT_THAT(differences(a, b).refused, IsEmpty());
  EXPECT_THAT(differences(a, b).listed, ElementsAre("machine/kernel_sha256: a and b"));
}

TEST(Compare, RefusesAClockThatCountsInstructions) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.environment.virtual_time = true;
  EXPECT_EQ(refusal([&] { compare_text(analyse(a), "a.json", analyse(b), "b.json"); }),
            "a.json and b.json did not measure the same: virtual_time: none and true; measure both "
            "with the same options");
}

TEST(Compare, RefusesTwoVirtualClocks) {
  Result a = result_of_ratio(1.5, 10), b = a;
  a.environment.virtual_time = b.environment.virtual_time = true;
  EXPECT_THAT(differences(a, b).refused, IsEmpty());
  b.environment.virtual_clock = "uml";
  EXPECT_THAT(differences(a, b).refused, ElementsAre("virtual_clock: none and uml"));
  a.environment.virtual_clock = "uml";
  EXPECT_THAT(differences(a, b).refused, IsEmpty());
}

TEST(Compare, RefusesAnEmulatorOfAnotherPriority) {
  Result a = result_of_ratio(1.5, 10), b = a;
  const auto differ = [&] { return !differences(a, b).refused.empty(); };
  for (mpb::Run& run : b.runs) run.emulator = EmulatorRecord{{}, {}, true};
  EXPECT_FALSE(differ()) << "that of the other result is unknown";
  for (mpb::Run& run : a.runs) run.emulator = EmulatorRecord{{}, {}, true};
  EXPECT_FALSE(differ());
  a.runs.front().emulator->sched_fifo = false;
  EXPECT_EQ(differences(a, b).refused,
            std::vector<std::string>{"the emulator's priority: mixed and real-time"});
  for (mpb::Run& run : a.runs) run.emulator->sched_fifo = false;
  EXPECT_TRUE(differ());
}

TEST(Compare, RefusesResultsOfDifferentRequests) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.scenario.links[0].up = {{"rate", "2mbit"}};
  b.workload.connections = 200;
  for (mpb::Run& run : b.runs) run.outcome.congestion_control = {"bbr"};
  EXPECT_EQ(refusal([&] { compare_text(analyse(a), "a.json", analyse(b), "b.json"); }),
            "a.json and b.json did not measure the same: scenario/links/0/up/rate: 1mbit and "
            "2mbit; workload/connections: 50 and 200; "
            "congestion control: cubic and bbr; measure both with the same options");
  Result none = a;
  none.runs.clear();
  EXPECT_THAT(refusal([&] { compare_text(analyse(a), "a", analyse(none), "b"); }),
              HasSubstr("congestion control"));
}

// One result was made with the option, the other by default.
TEST(Compare, DoesNotDependOnHowTheCongestionControlWasChosen) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.parameters.congestion = "cubic";
  EXPECT_EQ(analyse(b).figures[0].name, "lab/get_4k/throughput/tcp+congestion=cubic");
  EXPECT_EQ(compare(analyse(a), analyse(b)).size(), compare(analyse(a), analyse(a)).size());
  EXPECT_EQ(compare(analyse(b), analyse(a)).size(), compare(analyse(a), analyse(a)).size());
  EXPECT_THAT(compare_text(analyse(a), "a", analyse(b), "b"), Not(HasSubstr("Only")));
}

TEST(Compare, ListsFiguresThatOnlyOneHas) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.environment = {};
  std::erase_if(b.runs, [](const mpb::Run& run) { return run.proto == "mptcp"; });
  const std::string text = compare_text(analyse(a), "a.json", analyse(b), "b.json");
  EXPECT_THAT(text, HasSubstr("Only A has get_4k/throughput/mptcp+congestion=cubic, "));
  EXPECT_THAT(text, Not(HasSubstr("Only B has")));
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
# holds: 1.500x (95 %: 1.491x to 1.509x, adjusted p 0.006) of 10 blocks
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
