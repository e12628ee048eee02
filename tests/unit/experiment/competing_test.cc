#include "experiment/competing.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_experiment.hh"
#include "refusal.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ExperimentOptions with_competing_flow() {
  ExperimentOptions options = experiment();
  options.scenario =
      scenario(R"({"competing_flow": "b", "links": [{"name": "a"}, {"name": "b"}]})");
  return options;
}

TEST(CompetingFlow, NeedsValuesThatGoInOneDirection) {
  ExperimentOptions options = with_competing_flow();
  options.workload.ops = {{100}, {0}};
  EXPECT_EQ(refusal([&] { check_competing_flow(options); }), "taken");
  options.workload.ops = {{80}};
  EXPECT_EQ(refusal([&] { check_competing_flow(options); }),
            "--op: get80set20 moves values in both directions, and does not go with the scenario "
            "mine, in which a TCP flow competes with the load in one direction; use get or set");
  options.workload.ops = {{0}};
  options.workload.kind = WorkloadKind::kReplicaSync;
  EXPECT_THAT(refusal([&] { check_competing_flow(options); }),
              HasSubstr("--workload: replica-sync does not go with the scenario mine"));
  options.scenario.competing_flow.reset();
  EXPECT_EQ(refusal([&] { check_competing_flow(options); }), "taken");
}

TEST(CompetingFlow, GoesTheWayOfTheValues) {
  const ExperimentOptions options = with_competing_flow();
  EXPECT_EQ(competing_flow_text(options, Cell{}),
            "# from the warm-up on, a TCP flow competes on b, server to client\n"
            "[host] mptcp-bench flow --sender FD --receiver FD\n");
  Cell set;
  set.op = {0};
  EXPECT_THAT(competing_flow_text(options, set), HasSubstr("on b, client to server\n"));
  EXPECT_EQ(competing_flow_text(experiment(), Cell{}), "");
}

// The ends are counted apart, and what they did before the window does not count.
TEST(CompetingFlow, IsCountedBetweenTwoReadings) {
  FlowReading before{.at = 10s, .client = {.received_bytes = 500}, .server = {.acked_bytes = 400}};
  before.server.sending = 1s;
  FlowReading after{.at = 14s,
                    .client = {.acked_bytes = 1, .received_bytes = 4'000'500},
                    .server = {.acked_bytes = 3'900'400},
                    .cpu = 40ms};
  after.server.sending = 4900ms;
  mpb::Run run;  // testing::Test has one too
  record_competing_flow(with_competing_flow(), before, after, run);
  EXPECT_EQ(*run.competing_flow, (CompetingRecord{"b", 3'900'000, 4'000'000, 8e6, 100ms}));
  EXPECT_DOUBLE_EQ(*run.competing_flow_pct, 1);
  before.up = after.up = true;
  record_competing_flow(with_competing_flow(), before, after, run);
  EXPECT_EQ(*run.competing_flow, (CompetingRecord{"b", 1, 0, 0, 4s}));
}

TEST(CompetingFlow, MakesARunInvalidInWhichItDidNotAlwaysCompete) {
  mpb::Run run;
  run.outcome.duration = 10s;
  judge_competing_flow(run);
  run.competing_flow = CompetingRecord{"b", 1, 1, 1, 200ms};
  judge_competing_flow(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.competing_flow->held_back = 3s;
  judge_competing_flow(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("the competing TCP flow did not send all that the links would have "
                          "carried for 30 % of the window (limit 2 %): its own process was stopped "
                          "or too slow"));
}

}  // namespace
}  // namespace mpb
