#include "experiment/grid.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/condition.hh"
#include "made_up_experiment.hh"
#include "refusal.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;

std::string refused(const std::vector<Variable>& grid,
                    const ExperimentOptions& options = experiment_over_unequal_links(1, 1)) {
  return refusal([&] { checked_grid(grid, options); });
}

TEST(Grid, HasEachValueOnceAndInItsUsualForm) {
  EXPECT_THAT(
      checked_grid({{"lte.delay", {"0.005s", "5ms", "20ms"}},
                    {"dsl.loss", {"0.50%"}},
                    {"link*.queue", {"64k", "100p"}},
                    {"connections", {"050"}}},
                   experiment_over_unequal_links(1, 1)),
      ElementsAre(Variable{"lte.delay", {"5ms", "20ms"}}, Variable{"dsl.loss", {"0.5%"}},
                  Variable{"link*.queue", {"64k", "100p"}}, Variable{"connections", {"50"}}));
}

TEST(Grid, NamesTheNearestVariable) {
  EXPECT_EQ(refused({{"lte.dealy", {"5ms"}}}),
            "\"lte.dealy\" cannot vary; did you mean \"lte.delay\"?");
  EXPECT_EQ(refused({{"conections", {"5"}}}),
            "\"conections\" cannot vary; did you mean \"connections\"?");
  EXPECT_EQ(refused({{"weather", {"rain"}}}),
            "\"weather\" cannot vary; choose from connections or pipeline, or LINK.PROPERTY, where "
            "LINK is dsl, lte or link* for all, and PROPERTY is rate, delay, jitter, loss, burst, "
            "queue, mtu, flow_rate, flow_queue");
  EXPECT_EQ(refused({{"lte.delay", {"5"}}}).substr(0, 11), "lte.delay: ");
  EXPECT_EQ(refused({{"lte.mtu", {"9000b", "64k"}}}),
            "lte.mtu: \"64k\" is not between 1280b and 9000b");
  EXPECT_EQ(refused({{"pipeline", {"many"}}}),
            "pipeline: \"many\" is not a count; write a whole number such as 50");
  EXPECT_EQ(refused({{"connections", {"50", "0"}}}),
            "connections 0: 0 connections; use 1 to "
            "1000000 (-c)");
}

TEST(Grid, SetsEachPropertyOnce) {
  EXPECT_EQ(refused({{"link*.delay", {"5ms"}}, {"lte.delay", {"1ms"}}}),
            "lte.delay is given twice; list all values once");
  EXPECT_EQ(refused({{"pipeline", {"1"}}, {"pipeline", {"2"}}}),
            "pipeline is given twice; list all values once");
  EXPECT_EQ(refused({{"link*.delay", {"5ms"}}, {"lte.rate", {"1mbit"}}}), "taken");
}

TEST(Grid, HasABoundedNumberOfConditions) {
  Variable connections{"connections", {}}, pipeline{"pipeline", {"1", "2"}};
  for (int i = 1; i <= 251; ++i) connections.values.push_back(std::to_string(i));
  EXPECT_EQ(refused({connections, pipeline}),
            "502 conditions of 2 variables are too many; at most 500 of 8");
}

// During the run, such a property has another value than the condition's.
TEST(Grid, LeavesEventsTheirProperties) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.scenario = eventful(R"({"at": "3s", "link": "lte", "delay": "50ms"})");
  for (const char* name : {"lte.delay", "link*.delay"}) {
    EXPECT_EQ(refused({{name, {"5ms"}}}, options),
              std::string(name) +
                  ": the scenario mine changes it during a run (at 3s: lte delay 50ms); vary "
                  "another property, or leave this event out of the scenario");
  }
  EXPECT_EQ(refused({{"wifi.delay", {"5ms"}}, {"lte.rate", {"9mbit"}}}, options), "taken");
}

TEST(Grid, HasOnlyVariablesThatTheExperimentHas) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.slo = parse_slo("p99 < 20ms");
  EXPECT_EQ(refused({{"lte.delay", {"5ms"}}}, options),
            "does not go with --slo, which finds the rates under one condition; start one "
            "experiment for each");
  options.slo.reset();
  options.workload.kind = WorkloadKind::kReplicaSync;
  EXPECT_EQ(refused({{"connections", {"5"}}}, options),
            "connections: a replica copies over one connection; vary a property of a link");
  options = experiment();
  options.target = Target{"10.20.0.5", "6379", "", "", 0};
  EXPECT_EQ(refused({{"link2.delay", {"5ms"}}}, options),
            "link2.delay: with --target the links are not ours to change; vary connections or "
            "pipeline");
  EXPECT_EQ(refused({{"connections", {"5"}}}, options), "taken");
}

TEST(Grid, NeedsLinksThatCanBeShaped) {
  ExperimentOptions options = experiment();
  options.scenario = scenario(R"({"links": [{"name": "link1"}]})");
  options.backend = Backend::kVeth;
  options.grid = {{"connections", {"1", "2"}}};
  options.grid.push_back({"link1.mtu", {"1500b", "9000b"}});
  EXPECT_EQ(refusal([&] { check_backend(options); }), "taken");
  options.grid.push_back({"link1.delay", {"5ms"}});
  EXPECT_EQ(refusal([&] { check_backend(options); }),
            "--grid: link1.delay: client and server of mine are joined directly, without a link "
            "that can be shaped; add --links netem or --links tun");
  options.backend = Backend::kNetem;
  EXPECT_EQ(refusal([&] { check_backend(options); }), "taken");
}

TEST(Conditions, ChangeTheLinksInBothDirectionsAndTheLoad) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  const Scenario before = options.scenario;
  apply({{"dsl.rate", "5mbit"}, {"link*.delay", "9ms"}, {"lte.mtu", "9000b"}, {"pipeline", "4"}},
        options.scenario, options.workload);
  for (const LinkSpec& link : options.scenario.links) {
    EXPECT_EQ(link.up.delay, 9ms);
    EXPECT_EQ(link.down.delay, 9ms);
  }
  EXPECT_EQ(to_text(options.scenario.links[0].up.rate), "5mbit");
  EXPECT_EQ(to_text(options.scenario.links[0].down.rate), "5mbit");
  EXPECT_EQ(options.scenario.links[1].up.rate, before.links[1].up.rate);
  EXPECT_EQ(options.scenario.links[1].up.mtu, 9000_bytes);
  EXPECT_EQ(options.scenario.links[1].down.mtu, 9000_bytes);
  EXPECT_EQ(options.scenario.links[0].up.mtu, kStandardMtu);
  EXPECT_EQ(options.workload.pipeline, 4);
}

}  // namespace
}  // namespace mpb
