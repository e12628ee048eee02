#include "experiment/dry_run.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_experiment.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(DryRun, OfATargetBuildsNothingAndCleansUp) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.target = Target{"10.20.0.5", "6379", "STORE_PASSWORD", "", 3};
  const std::string text = dry_run(options);
  EXPECT_THAT(text, HasSubstr("# store: 10.20.0.5:6379, over this host's network\n"));
  EXPECT_THAT(text, Not(HasSubstr("[client]")));
  EXPECT_THAT(text, HasSubstr(" --account --events\n"));
  EXPECT_THAT(text, HasSubstr("[host] mptcp-bench load -h 10.20.0.5 -p 6379 --auth-env "
                              "STORE_PASSWORD --db 3 --cleanup -r 1000\n"));
}

TEST(DryRun, NamesTheRoundTripOfEachLinkAndTheTimeOfAllRuns) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.workload.sizes = {parse_value_size("4k")};
  options.workload.duration = 5s;
  options.workload.warmup = 1s;
  options.scenario = scenario(R"({"links": [{"name": "a", "delay": "5ms"},
      {"name": "b", "up": {"delay": "5ms"}, "down": {"delay": "20ms"}}, {"name": "c"}]})");
  const std::string text = dry_run(options);
  EXPECT_THAT(text, HasSubstr("\n# a, each way: no rate limit, delay 5ms, no loss, no queue "
                              "limit; RTT 10ms\n"));
  EXPECT_THAT(text, HasSubstr("delay 20ms, no loss, no queue limit; RTT 25ms\n"));
  EXPECT_THAT(text, EndsWith("\n# 4 runs, about 28 s\n"));
}

TEST(DryRun, ShowsTheLinksOfEachCondition) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.protos = {Proto::kTcp};
  options.workload.ops = {{100}};
  options.workload.sizes = {parse_value_size("4k")};
  options.grid = {{"lte.delay", {"5ms", "80ms"}}, {"pipeline", {"1", "4"}}};
  const std::string text = dry_run(options);
  EXPECT_THAT(text, HasSubstr("\n# lte, each way: no rate limit, delay 5ms, "));
  EXPECT_THAT(text, HasSubstr("\n# run 1 of 4: tcp get 4k, lte.delay 5ms, pipeline 1\n"));
  const std::size_t third = text.find(
      "# the world of the next run has lte, each way: no rate limit, "
      "delay 80ms");
  EXPECT_GT(third, text.find("# run 2 of 4: tcp get 4k, lte.delay 5ms, pipeline 4\n"));
  EXPECT_LT(third, text.find("# run 3 of 4: tcp get 4k, lte.delay 80ms, pipeline 1\n"));
  EXPECT_THAT(text.substr(text.find("# run 4 of 4")), HasSubstr(" -P 4 "));
}

}  // namespace
}  // namespace mpb
