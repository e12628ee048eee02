#include "analysis/verdicts.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/compare.hh"
#include "analysis/gate.hh"
#include "analysis/write.hh"
#include "made_up.hh"
#include "output/answer.hh"
#include "output/gate_report.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "outputs.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

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
  result.pilots.push_back({run.op, run.values, "tcp", {}, run.rate_rps, 20s, 3s, {}});
  EXPECT_NE(verdict_of("p50"), Verdict::kNone);
  result.pilots[0].settled_after.reset();
  EXPECT_EQ(verdict_of("p50"), Verdict::kNone);
  EXPECT_NE(verdict_of("throughput"), Verdict::kNone);
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("had not settled in a pilot run"));
  const std::vector<std::string> rule{"mptcp/tcp p50 * > 1.2"};
  EXPECT_EQ(exit_code(gate(result, rule)), kGateInconclusive) << "as the table";
  EXPECT_THAT(gate_text(gate(result, rule)), HasSubstr("had not settled in a pilot run"));
  result.pilots.push_back({run.op, run.values, "tcp", {}, run.rate_rps, 20s, 3s, {}});
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

// The rate of a trace is meant to change, and all runs meet the same part of it.
TEST(Verdicts, KnowNoTrendOfLinksThatFollowATrace) {
  Result result = result_of_ratio(1.5, 10);
  for (mpb::Run& run : result.runs) run.outcome.slices = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("is not stationary"));
  for (mpb::Run& run : result.runs)
    run.links = {{.name = "link1", .down_capacity_bytes = 1'000'000}};
  EXPECT_THAT(terminal_text(analyse(result), ""), Not(HasSubstr("stationary")));
  EXPECT_EQ(ratios_in(analyse(result)).front()->judgement.verdict, Verdict::kBetter);
}

// In an open loop the arrivals determine the throughput of every tenth, and vary.
TEST(Verdicts, KnowNoTrendOfAnOfferedRate) {
  Result result = result_of_ratio(1, 6);
  for (mpb::Run& run : result.runs) run.outcome.slices = {90, 91, 92, 93, 94, 95, 96, 97, 98, 99};
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("  trend "));
  EXPECT_THAT(terminal_text(analyse(open_loop(result)), ""), Not(HasSubstr("  trend ")));
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
  Result one_of_two = falling;
  for (mpb::Run run : steady.runs) {
    run.op = "set";
    one_of_two.runs.push_back(run);
  }
  EXPECT_EQ(ratios_in(analyse(steady)).front()->judgement.verdict, Verdict::kBetter);
  EXPECT_THAT(terminal_text(analyse(steady), ""), Not(HasSubstr("stationary")));
  EXPECT_EQ(ratios_in(analyse(falling)).front()->judgement.verdict, Verdict::kNone);
  EXPECT_THAT(answer(analyse(falling)),
              HasSubstr("): no verdict, because GET 4k with tcp is not stationary: "));
  EXPECT_THAT(answer(analyse(one_of_two)),
              HasSubstr("no verdict in 1, because GET 4k with tcp is not stationary."))
      << "the figures stand below the table";
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

}  // namespace
}  // namespace mpb
