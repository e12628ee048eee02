// The number of runs, the time that they take, and the time left: arithmetic, without a clock.
#include "experiment/forecast.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

// GET and SET of one size, with tcp and mptcp: four runs of 7 s in each block.
ExperimentOptions planned_blocks(int repeat) {
  ExperimentOptions options;
  options.protos = {Proto::kTcp, Proto::kMptcp};
  options.workload.sizes = {parse_value_size("4k")};
  options.workload.warmup = 1s;
  options.workload.duration = 5s;
  options.repeat = repeat;
  return options;
}

TEST(Forecast, AddsUpTheTimesOfTheRuns) {
  ExperimentOptions options = planned_blocks(10);
  EXPECT_EQ(time_needed(options), 40 * 7s);
  options.auto_warmup = true;
  EXPECT_EQ(time_needed(options), 40 * 7s + 4 * 21s);
  options.auto_warmup = false;
  options.slo = parse_slo("p99 < 20ms");
  EXPECT_EQ(time_needed(options), 4 * (5s + kMostSearchRuns * 7s));
}

TEST(Forecast, RoundsTimesByTheirLength) {
  EXPECT_EQ(about(0ns), "about 1 s");
  EXPECT_EQ(about(59400ms), "about 59 s");
  EXPECT_EQ(about(60s), "about 1 min");
  EXPECT_EQ(about(84s), "about 1 min 25 s");
  EXPECT_EQ(about(598s), "about 10 min");
  EXPECT_EQ(about(754s), "about 13 min");
  EXPECT_EQ(about(9000s), "about 2.5 hours");
}

TEST(Forecast, CountsTheRunsThatAreLeft) {
  EXPECT_EQ(forecast(planned_blocks(1)), "4 runs, about 28 s");
  Result result;
  result.runs.resize(3);
  EXPECT_EQ(forecast(planned_blocks(1), result), "1 run, about 7 s");
  result.runs.resize(4);
  EXPECT_EQ(forecast(planned_blocks(1), result), "");
}

TEST(Forecast, CountsTheRunsOfEveryCondition) {
  ExperimentOptions options = planned_blocks(1);
  options.grid = {{"connections", {"1", "50", "200"}}};
  EXPECT_EQ(time_needed(options), 12 * 7s);
  EXPECT_EQ(forecast(options), "12 runs, about 1 min 25 s");
}

TEST(Forecast, NamesTheRunsThatComeFirst) {
  ExperimentOptions options = planned_blocks(6);
  options.auto_warmup = true;
  EXPECT_EQ(forecast(options),
            "24 runs after 4 runs from cold to find the warm-up, about 4 min 10 s");
  options = planned_blocks(1);
  options.auto_rates = true;
  EXPECT_EQ(forecast(options), "4 runs to find the rates, about 20 s; more runs follow");
  options.auto_rates = false;
  options.slo = parse_slo("p99 < 20ms");
  EXPECT_EQ(forecast(options),
            "at most 24 runs for each operation, size and protocol, about 12 min at most");
  options.slo.reset();
  options.until_ci = 0.02;
  EXPECT_EQ(forecast(options), "at least 24 runs, about 2 min 50 s or more");
}

// Each cell has the warm-up that its pilots found.
TEST(Forecast, AddsTheWarmUpsOfDifferentCells) {
  std::vector<Cell> cells = plan_cells(planned_blocks(1));
  ASSERT_EQ(cells.size(), 4U);
  cells[2].warmup = cells[3].warmup = 11s;
  EXPECT_EQ(time_of(cells, planned_blocks(1)), 2 * 7s + 2 * 17s);
}

TEST(Forecast, SaysHowManyBlocksTheVerdictsNeed) {
  ExperimentOptions options = planned_blocks(5);
  EXPECT_EQ(needed_blocks(options), "") << "fewer blocks have no verdicts";
  options.repeat = 6;
  EXPECT_EQ(needed_blocks(options),
            "2 verdicts together need 7 blocks: with --repeat 6 all will be inconclusive");
  options.repeat = 7;
  EXPECT_EQ(needed_blocks(options), "2 verdicts together need 7 blocks: --repeat 7 is enough");
  options.until_ci = 0.02;
  options.max_repeat = 30;
  EXPECT_EQ(needed_blocks(options), "2 verdicts together need 7 blocks: --max-repeat 30 is enough");
  options.until_ci = 0;
  options.repeat = 6;
  options.grid = {{"connections", {"1", "50", "200"}}};
  EXPECT_EQ(needed_blocks(options),
            "6 verdicts: with --repeat 6 none is decided unless at least 4 are clear; 8 blocks can "
            "decide one alone");
}

TEST(TimeLeft, FollowsThePaceOfTheFinishedRuns) {
  const ExperimentOptions options = planned_blocks(1);
  const std::vector<Cell> cells = plan_cells(options);
  TimeLeft left(options, 100s);
  EXPECT_EQ(left.text(cells[0], 4, 28s, 100s), "about 28 s left");
  EXPECT_EQ(left.text(cells[0], 4, 28s, 105s), "about 23 s left") << "the first run has begun";
  left.finish(cells[0], 114s);  // twice the plan
  EXPECT_EQ(left.text(cells[0], 4, 21s, 114s), "about 42 s left");
  EXPECT_EQ(left.text(cells[1], 4, 21s, 200s), "about 28 s left") << "an overdue run counts once";
  left.finish(cells[1], 128s);
  left.finish(cells[2], 142s);
  left.finish(cells[3], 156s);
  EXPECT_EQ(left.text(cells[3], 4, 0s, 156s), "");
}

TEST(TimeLeft, IncludesTheRunsAfterThePilots) {
  ExperimentOptions options = planned_blocks(6);
  options.auto_warmup = true;
  const std::vector<Cell> pilots = pilot_cells(options, {});
  TimeLeft left(options, 0s);
  EXPECT_EQ(left.text(pilots[0], 4, 84s, 0s), "about 4 min 10 s left");  // 4 * 21 s + 24 * 7 s
  left.finish(pilots[0], 21s);
  EXPECT_EQ(left.text(pilots[3], 4, 0s, 21s), "about 2 min 50 s left");
}

TEST(TimeLeft, IsABoundForASearch) {
  ExperimentOptions options = planned_blocks(1);
  options.slo = parse_slo("p99 < 20ms");
  Cell cell = probe_cells(options)[0];
  const TimeLeft left(options, 0s);
  EXPECT_EQ(left.text(cell, 4, 28s, 0s), "") << "a probe";
  cell.purpose = Purpose::kSearch;
  EXPECT_EQ(left.text(cell, 0, 0s, 0s), "about 11 min left at most");  // 24 * 4 * 7 s
  cell.order = 95;
  EXPECT_EQ(left.text(cell, 0, 0s, 0s), "about 7 s left at most");
}

}  // namespace
}  // namespace mpb
