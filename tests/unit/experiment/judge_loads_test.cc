#include "experiment/judge_loads.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/judge_host.hh"
#include "made_up_experiment.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

const std::vector<std::string> kNames{"client1", "client2", "client3"};

FollowedLoad load_of(int connections, std::uint64_t requests) {
  FollowedLoad load;
  Outcome& o = load.report.outcome;
  o.requests = requests;
  o.duration = 2s;
  o.last_byte.record(10ms, requests);
  o.mptcp_start = o.mptcp_end = {connections, 0, 2, 2, connections};
  o.cpu_pct = {10};
  o.threads = {{.longest_gap = 5ms, .waited = 1ms, .turns = requests}};
  load.opened = 100s;
  return load;
}

struct JudgeLoads : testing::Test {
  JudgeLoads() {
    options = experiment_over_unequal_links(1, 1);
    options.workload.connections = 10;
    options.scenario.clients = 3;
    const std::vector<LinkSpec> of_one = options.scenario.links;
    for (int client = 2; client <= 3; ++client) {
      for (LinkSpec link : of_one) {
        link.name += "_c" + std::to_string(client);
        options.scenario.links.push_back(link);
      }
    }
    cell.proto = Proto::kMptcp;
    cell.op = {100};
    cell.size = parse_value_size("4k");
    loads = {load_of(4, 100), load_of(3, 200), load_of(3, 300)};
  }

  std::vector<std::string> reasons() {
    run = {};
    judge_loads(kNames, loads, cell, options, 2, run);
    judge_cpu(run);
    judge_waiting(run);
    judge_gaps(run);
    return run.invalid_reasons;
  }
  Outcome& outcome(std::size_t host) { return loads[host].report.outcome; }

  ExperimentOptions options;
  Cell cell;
  std::vector<FollowedLoad> loads;
  mpb::Run run;
};

TEST_F(JudgeLoads, RecordsEachHost) {
  EXPECT_THAT(reasons(), ElementsAre());
  EXPECT_EQ(run.outcome.requests, 600u);
  EXPECT_DOUBLE_EQ(run.throughput_rps, 300);
  EXPECT_EQ(run.mptcp, (MptcpProof{10, 0, 2, 2, 10}));
  ASSERT_EQ(run.hosts.size(), 3u);
  EXPECT_EQ(run.hosts[0].name, "client1");
  EXPECT_EQ(run.hosts[0].connections, 4);
  EXPECT_EQ(run.hosts[2].connections, 3);
  EXPECT_DOUBLE_EQ(run.hosts[2].throughput_rps, 150);
  EXPECT_EQ(run.hosts[2].latency.count(), 300u);
  EXPECT_THAT(run.hosts[2].links, ElementsAre("dsl_c3", "lte_c3"));
  EXPECT_FALSE(run.hosts[2].clock);
}

TEST_F(JudgeLoads, ASingleLoadHasNoName) {
  loads = {load_of(10, 100)};
  outcome(0).mptcp_end.fallbacks = 1;
  judge_loads({""}, loads, cell, options, 2, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("fell back to TCP on 1 of 10 connections, in mid-run"));
  EXPECT_TRUE(run.hosts.empty());
}

TEST_F(JudgeLoads, NamesTheHostThatFellBack) {
  outcome(2).mptcp_start.fallbacks = 2;
  EXPECT_THAT(reasons(), ElementsAre("client3: fell back to TCP on 2 of 3 connections"));
  EXPECT_EQ(run.mptcp.fallbacks, 2);
  EXPECT_EQ(run.hosts[2].mptcp->fallbacks, 2);
}

TEST_F(JudgeLoads, NamesTheHostThatLostConnections) {
  outcome(0).mptcp_end.connections = 3;
  EXPECT_THAT(reasons(), ElementsAre("client1: only 3 of 4 connections were open at the end"));
  outcome(0) = load_of(4, 100).report.outcome;
  outcome(1).error(Loss::kConnect) = 7;
  EXPECT_THAT(reasons(), ElementsAre("client2: the store was unreachable during part of the run: 7 "
                                     "attempts to reconnect failed"));
}

TEST_F(JudgeLoads, SaysOnceWhatConcernsAllHosts) {
  for (std::size_t i = 0; i < 3; ++i) outcome(i).interrupted = true;
  EXPECT_THAT(reasons(), ElementsAre("the load was stopped before the window closed"));
}

TEST_F(JudgeLoads, NamesTheHostThatWasBusyStarvedOrStopped) {
  outcome(1).cpu_pct = {99};
  EXPECT_THAT(reasons(), ElementsAre(StartsWith("client2: a load thread used 99 % of a CPU")));
  outcome(1).cpu_pct = {10};
  // Of all requests, that would be 0.33 ms each: too little to be noticed.
  outcome(1).threads[0].waited = 200ms;
  EXPECT_THAT(reasons(), ElementsAre(StartsWith("client2: a request waited 1ms for a CPU")));
  outcome(1).threads[0].waited = 1ms;
  outcome(2).threads[0].longest_gap = 400ms;
  EXPECT_THAT(reasons(), ElementsAre(StartsWith("client3: a load thread did nothing for 400ms")));
}

TEST_F(JudgeLoads, NamesTheHostThatWasSaturated) {
  cell.rate = 300;
  outcome(1).unsent = outcome(1).censored = 50;
  EXPECT_THAT(reasons(), ElementsAre("client2: saturated: it did not reach its share of the rate"));
  EXPECT_FALSE(run.saturated);
  for (std::size_t i = 0; i < 3; ++i) outcome(i).unsent = outcome(i).censored = 50;
  EXPECT_THAT(reasons(), ElementsAre());
  EXPECT_TRUE(run.saturated);
}

TEST_F(JudgeLoads, WantsTheSameWindowOnAllHosts) {
  loads[2].clock_before = ClockOffset{1000s, 100us};
  loads[2].clock_after = ClockOffset{1000s + 2ms, 300us};
  loads[2].opened = 100s + 50us;
  // At the end its clock was 2 ms further ahead, so its window closed that much earlier.
  EXPECT_EQ(apart(loads[2], loads[0]), 2ms - 50us + 300us);
  EXPECT_THAT(reasons(), ElementsAre());
  ASSERT_TRUE(run.hosts[2].clock);
  EXPECT_EQ(run.hosts[2].clock->offset_before, 1000s);
  EXPECT_EQ(run.hosts[2].clock->bound, 300us);
  loads[2].opened = 100s - 30ms;
  EXPECT_THAT(reasons(), ElementsAre("client3: its window may have been 32ms from that of "
                                     "client1 (limit 20ms), by the clocks of both hosts"));
}

}  // namespace
}  // namespace mpb
