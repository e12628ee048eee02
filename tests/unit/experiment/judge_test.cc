#include "experiment/judge.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>

#include "experiment/plan.hh"
#include "made_up_experiment.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Judge, WantsTheCongestionControlOfBothEnds) {
  mpb::Run run;
  note_congestion_controls({{"10.0.1.1", 6379, "reno", true, false}}, "client", run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  EXPECT_THAT(run.outcome.congestion_control, ElementsAre("reno"));
  note_congestion_controls({{"10.1.1.1", 40000, "", true, false}}, "server", run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("the congestion control of the server's connections could not be read "
                          "back (sock_diag)"));
}

TEST(Judge, DoesNotBelieveARunInWhichTheStoreWasAway) {
  const ExperimentOptions options = experiment_over_unequal_links(1, 1);
  Outcome outcome;
  outcome.requests = 1000;
  outcome.duration = 2s;
  outcome.error(Loss::kReset) = 5;
  mpb::Run run;  // testing::Test has one too
  judge_outcome(outcome, Cell{}, options, 0, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());  // reset and made again: counted, and believed
  outcome.error(Loss::kConnect) = 30;
  judge_outcome(outcome, Cell{}, options, 0, run);
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre("the store was unreachable during part of the run: 30 attempts to reconnect "
                  "failed"));
}

// The scenario asks for an outage that outlasts the time-out of a connect.
TEST(Judge, BelievesARunWhoseLinksWereAway) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.scenario.events.emplace_back();
  options.workload.connections = 10;
  Outcome outcome;
  outcome.requests = 1000;
  outcome.duration = 2s;
  outcome.error(Loss::kConnect) = 30;
  outcome.mptcp_start = {10, 0, 2, 2, 10};
  outcome.mptcp_end = {8, 0, 2, 2, 8};
  mpb::Run run;
  Cell cell;
  cell.proto = Proto::kMptcp;
  judge_outcome(outcome, cell, options, 2, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  EXPECT_THAT(run.notes, ElementsAre("only 8 of 10 connections were open at the end",
                                     "30 attempts to reconnect failed"));
}

TEST(Judge, WantsExactlyOneSubflowALink) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.workload.connections = 2;
  const auto reasons = [&](int min, int max) {
    Outcome outcome;
    outcome.requests = 1000;
    outcome.duration = 2s;
    outcome.mptcp_start = outcome.mptcp_end = {2, 0, min, max, 2};
    mpb::Run run;
    Cell cell;
    cell.proto = Proto::kMptcp;
    judge_outcome(outcome, cell, options, 2, run);
    return run.invalid_reasons;
  };
  EXPECT_THAT(reasons(2, 2), ElementsAre());
  EXPECT_THAT(reasons(1, 2), ElementsAre("some connections started with 1 of 2 subflows"));
  EXPECT_THAT(reasons(2, 3), ElementsAre("some connections had 3 subflows instead of 2"));
}

// A connection of one request may end before its second subflow has joined.
TEST(Judge, CountsTheSubflowsOfShortConnections) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.workload.connections = 10;
  Outcome outcome;
  outcome.requests = 1000;
  outcome.duration = 2s;
  outcome.mptcp_start = {10, 0, 1, 1, 0};
  outcome.mptcp_end = {7, 0, 1, 2, 3};
  outcome.ended_connections = {.connections = 1000, .fallbacks = 0, .complete = 250};
  Cell cell;
  cell.proto = Proto::kMptcp;
  mpb::Run run;
  judge_outcome(outcome, cell, options, 2, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  EXPECT_THAT(run.notes,
              ElementsAre("250 of 1000 connections that ended in the window (25.0 %) had "
                          "all 2 subflows by then"));
  outcome.ended_connections->fallbacks = 2;
  run = {};
  judge_outcome(outcome, cell, options, 2, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("fell back to TCP on 2 of the 1007 connections that ended in the window "
                          "or were open at its edges"));
}

// Of 50 connections.
bool saturated(std::vector<std::uint64_t> backlog, std::uint64_t unsent,
               std::uint64_t requests = 10000) {
  Outcome outcome;
  outcome.requests = requests;
  outcome.unsent = outcome.censored = unsent;
  outcome.duration = 10s;
  outcome.backlog = std::move(backlog);
  Cell cell;
  cell.rate = 1000;
  mpb::Run run;
  judge_outcome(outcome, cell, experiment(), 0, run);
  EXPECT_EQ(run.outcome.backlog.size(), 4u);
  return run.saturated;
}

TEST(Judge, CallsARunSaturatedWhoseBacklogGrows) {
  EXPECT_FALSE(saturated({0, 0, 0, 0}, 0));
  EXPECT_FALSE(saturated({12, 9, 11, 10}, 90));
  EXPECT_TRUE(saturated({9, 9, 9, 9}, 200));  // 2 % were never sent
  EXPECT_TRUE(
      saturated({50, 63, 76, 88}, 51));  // 0.5 % too much: all connections are busy for good
  EXPECT_TRUE(saturated({13, 17, 20, 24}, 0,
                        130));  // 12 % too much, but the connections have not taken it all in yet
  EXPECT_FALSE(
      saturated({20, 28, 32, 41}, 0, 2430));        // 1 %, on its way: MPTCP finds its second link
  EXPECT_FALSE(saturated({9, 900, 1500, 9}, 0));    // a link was down, and the load caught up
  EXPECT_FALSE(saturated({5, 7, 9, 11}, 3));        // chance
  EXPECT_FALSE(saturated({0, 300, 200, 100}, 50));  // it shrinks
}

// One run in an open loop: Poisson arrivals at `share` of the capacity of 2000 requests a second, a
// second of warm-up, a window of five, and 10 ms on the way. The link serves one request after the
// other.
bool is_called_saturated(double share, std::mt19937_64& random) {
  constexpr double kCapacity = 2000, kOpen = 1, kClose = 6, kOnTheWay = 0.01;
  std::exponential_distribution<double> pause(share * kCapacity);
  std::vector<double> due, done;
  for (double t = pause(random), free = 0; t < kClose; t += pause(random)) {
    free = std::max(free, t) + 1 / kCapacity;
    due.push_back(t);
    done.push_back(free + kOnTheWay);
  }
  Outcome outcome;
  outcome.duration = 5s;
  outcome.backlog.assign(4, UINT64_MAX);
  std::size_t came = 0;
  for (std::size_t answered = 1; answered <= done.size(); ++answered) {
    const double t = done[answered - 1];
    if (t < kOpen || t >= kClose) continue;
    while (came < due.size() && due[came] <= t) ++came;
    std::uint64_t& least =
        outcome.backlog[static_cast<std::size_t>((t - kOpen) / (kClose - kOpen) * 4)];
    least = std::min(least, came - answered);
    ++outcome.requests;
  }
  const auto is_open = [&](double t) { return t >= kClose; };
  outcome.censored = static_cast<std::uint64_t>(std::count_if(done.begin(), done.end(), is_open));
  outcome.unsent = outcome.censored - std::min<std::uint64_t>(outcome.censored, 50);
  Cell cell;
  cell.rate = share * kCapacity;
  mpb::Run run;
  judge_outcome(outcome, cell, experiment(), 0, run);  // of 50 connections
  return run.saturated;
}

TEST(Simulation, OfSaturationTellsTooHighARate) {
  std::mt19937_64 random(20261127);
  constexpr int kRuns = 500;
  for (const double share : {0.5, 0.8, 0.9, 0.95, 0.98, 1.0, 1.02, 1.05, 1.1}) {
    int saturated = 0;
    for (int run = 0; run < kRuns; ++run) saturated += is_called_saturated(share, random) ? 1 : 0;
    std::cout << "offered " << 100 * share << " % of the capacity: " << 100.0 * saturated / kRuns
              << " % of the runs are SATURATED\n";
    if (share <= 0.95) {
      EXPECT_LE(saturated, kRuns / 50) << share;
    }
    if (share >= 1.05) {
      EXPECT_GE(saturated, kRuns * 98 / 100) << share;
    }
  }
}

TEST(Judge, TakesABacklogForWhatLinksThatChangeShow) {
  ExperimentOptions options = experiment();
  options.scenario.events.emplace_back();
  Outcome outcome;
  outcome.requests = 10000;
  outcome.unsent = outcome.censored = 90;
  outcome.duration = 10s;
  outcome.backlog = {0, 0, 900, 1800};
  Cell cell;
  cell.rate = 1000;
  mpb::Run run;
  judge_outcome(outcome, cell, options, 0, run);
  EXPECT_FALSE(run.saturated);
  EXPECT_THAT(run.notes,
              ElementsAre("90 requests that were due were not sent before the window closed"));
  // A trace may have a pause at the end of the window.
  options.scenario.events.clear();
  judge_outcome(outcome, cell, options, 0, run);
  EXPECT_TRUE(run.saturated);
  options.scenario.links.emplace_back().down.trace.file = "t";
  judge_outcome(outcome, cell, options, 0, run);
  EXPECT_FALSE(run.saturated);
  // A number at which the latency of the others is only that of the lucky.
  outcome.unsent = outcome.censored = 900;
  judge_outcome(outcome, cell, options, 0, run);
  EXPECT_TRUE(run.saturated);
}

TEST(Judge, RefusesMptcpOverASinglePathOfAHost) {
  ExperimentOptions options = experiment();
  options.target = Target{"10.1.1.1", "6379", "", "", 0};
  Outcome outcome;
  outcome.requests = 1000;
  outcome.duration = 1s;
  const auto reasons = [&](Proto proto, int most) {
    outcome.mptcp_start = outcome.mptcp_end = {options.workload.connections, 0, 1, most, 0};
    Cell cell;
    cell.proto = proto;
    mpb::Run run;
    judge_outcome(outcome, cell, options, 0, run);
    return run.invalid_reasons;
  };
  EXPECT_THAT(reasons(Proto::kMptcp, 1),
              ElementsAre(::testing::HasSubstr("ip mptcp endpoint add")));
  EXPECT_THAT(reasons(Proto::kMptcp, 2), ElementsAre());
  EXPECT_THAT(reasons(Proto::kTcp, 0), ElementsAre());
}

// Only a store that we did not start needs the remedy.
TEST(Judge, NamesTheRemedyOfAFallbackAtATarget) {
  ExperimentOptions options = experiment();
  Outcome outcome;
  outcome.requests = 1000;
  outcome.duration = 1s;
  outcome.mptcp_start = outcome.mptcp_end = {options.workload.connections, 2, 1, 1, 0};
  Cell cell;
  cell.proto = Proto::kMptcp;
  const auto reasons = [&] {
    mpb::Run run;
    judge_outcome(outcome, cell, options, 0, run);
    return run.invalid_reasons;
  };
  EXPECT_THAT(reasons(), ElementsAre("fell back to TCP on 2 of 50 connections"));
  options.target = Target{"10.1.1.1", "6379", "", "", 0};
  EXPECT_THAT(reasons(),
              ElementsAre(::testing::AllOf(HasSubstr("fell back to TCP on 2 of 50 connections: "),
                                           HasSubstr("--mptcp yes"), HasSubstr("mptcpize run"))));
}

}  // namespace
}  // namespace mpb
