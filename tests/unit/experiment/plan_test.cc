#include "experiment/plan.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "analysis/figure_names.hh"
#include "analysis/verdicts.hh"
#include "experiment/rates.hh"
#include "experiment/record.hh"
#include "made_up_experiment.hh"
#include "stats/comparison.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;

std::string order(const ExperimentOptions& options) {
  std::string text;
  for (const Cell& cell : plan_cells(options)) text += cell.proto == Proto::kTcp ? 't' : 'm';
  return text;
}

TEST(Plan, RunsEveryCellInBothProtocolsOneAfterTheOther) {
  const std::vector<Cell> cells = plan_cells(experiment_over_unequal_links(1, 3));
  ASSERT_EQ(cells.size(), 3u * 2 * 3 * 2);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    const Cell& partner = cells[i ^ 1];
    EXPECT_EQ(cell.order, static_cast<int>(i));
    EXPECT_EQ(cell.block, static_cast<int>(i / 12));
    EXPECT_EQ(to_text(cell.op) + to_text(cell.size), to_text(partner.op) + to_text(partner.size));
    EXPECT_NE(cell.proto, partner.proto);
    seen.insert(std::to_string(cell.block) + to_text(cell.op) + to_text(cell.size) +
                to_text(cell.proto));
  }
  EXPECT_EQ(seen.size(), cells.size());
}

TEST(Plan, DrawsTheOrderFromTheSeed) {
  EXPECT_EQ(order(experiment_over_unequal_links(1, 1)),
            "mtmtmtmtmttm");  // on every machine, with every library: a result can be repeated
  EXPECT_EQ(order(experiment_over_unequal_links(7, 20)),
            order(experiment_over_unequal_links(7, 20)));
  EXPECT_NE(order(experiment_over_unequal_links(1, 20)),
            order(experiment_over_unequal_links(2, 20)));
  int tcp_first = 0;
  const std::string runs = order(experiment_over_unequal_links(1, 100));
  for (std::size_t i = 0; i < runs.size(); i += 2) tcp_first += runs[i] == 't';
  EXPECT_NEAR(tcp_first, 300, 4 * std::sqrt(600 * 0.25));
}

// All contestants of a cell run under the same condition, one directly after the other.
TEST(Plan, RunsEveryCellUnderEveryCondition) {
  ExperimentOptions options = experiment_over_unequal_links(1, 2);
  options.workload.sizes = {parse_value_size("4k")};
  options.grid = {{"lte.delay", {"5ms", "80ms"}}, {"connections", {"1", "50"}}};
  const std::vector<Cell> cells = plan_cells(options);
  ASSERT_EQ(cells.size(), 2u * 2 * 4 * 2) << "blocks, operations, conditions, protocols";
  std::set<std::string> seen;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell &cell = cells[i], &partner = cells[i ^ 1];
    EXPECT_EQ(cell.name, partner.name);
    EXPECT_EQ(cell.conditions, partner.conditions);
    EXPECT_NE(cell.proto, partner.proto);
    seen.insert(std::to_string(cell.block) + cell.name + to_text(cell.proto) +
                conditions_text(cell.conditions));
  }
  EXPECT_EQ(seen.size(), cells.size());
  const Cell& last = cells.back();
  EXPECT_EQ(conditions_text(last.conditions), ", lte.delay 80ms, connections 50");
  EXPECT_EQ(world_of(options, last).scenario.links[1].up.delay, 80ms);
  EXPECT_EQ(world_of(options, cells[0]).scenario.links[1].down.delay, 5ms);
  EXPECT_EQ(options_of(options, cells[0]).workload.connections, 1);
  EXPECT_EQ(planned_verdicts(options), 2u * 4);
  const Result result = planned(options);
  EXPECT_EQ(cell_name(result, groups_of(result).front()), "get_4k_c1_lte.delay=5ms");
}

TEST(Plan, FindsTheWarmUpOfEveryCondition) {
  ExperimentOptions options = experiment(6);
  options.workload.warmup = 1s;
  options.auto_warmup = true;
  options.grid = {{"connections", {"1", "50"}}};
  const std::vector<Cell> cells = pilot_cells(options, {});
  ASSERT_EQ(cells.size(), 4u) << "two conditions, two protocols";
  std::vector<Pilot> pilots;
  for (const Cell& cell : cells) {
    mpb::Run run;  // testing::Test has one too
    run.op = cell.name, run.values = to_text(cell.size), run.proto = proto_name(cell);
    run.conditions = cell.conditions;
    pilots.push_back(pilot_of(run));
    pilots.back().settled_after = setting(cell.conditions, "connections") == "1" ? 2s : 7s;
  }
  Cell cell = plan_cells(options).front();
  cell.conditions = {{"connections", "1"}};
  EXPECT_EQ(warmup_of(options, cell, pilots), 2s);
  cell.conditions = {{"connections", "50"}};
  EXPECT_EQ(warmup_of(options, cell, pilots), 7s);
}

// The number of verdicts that will be decided together, which the start of an experiment reports.
TEST(Plan, CountsItsVerdicts) {
  ExperimentOptions options = experiment_over_unequal_links(1, 6);
  EXPECT_EQ(planned_verdicts(options), 6u) << "GET and SET, three sizes, MPTCP against TCP";
  options.again = true;
  EXPECT_EQ(planned_verdicts(options), 18u) << "and each against itself";
  options.again = false;
  options.scenario.competing_flow = 0;
  EXPECT_EQ(planned_verdicts(options), 12u) << "and the goodput of the competing flow";
  options.scenario.competing_flow.reset();
  options.workload.rate = 500;
  EXPECT_EQ(planned_verdicts(options), 18u) << "throughput, p50 and p99";
  options.scenario.events.emplace_back();
  EXPECT_EQ(planned_verdicts(options), 12u) << "the longest stall and the first success";
  options.protos = {Proto::kMptcp};
  EXPECT_EQ(planned_verdicts(options), 0u);
}

// The cells of a gate's rules, before anything was measured.
TEST(Plan, IsAResultWithoutFigures) {
  ExperimentOptions options;
  options.protos = {Proto::kTcp, Proto::kMptcp};
  options.workload.connections = 200;
  options.workload.sizes = {parse_value_size("4k")};
  const Result result = planned(options);
  ASSERT_EQ(result.runs.size(), 4u) << "GET and SET, two protocols";
  EXPECT_EQ(cell_name(result, groups_of(result).front()), "get_4k_c200");
  EXPECT_TRUE(result.runs[0].outcome.segments.empty());
  options.scenario.events.resize(2);
  EXPECT_EQ(planned(options).runs[0].outcome.segments.size(), 3u);
  options.auto_rates = true;
  EXPECT_TRUE(planned(options).runs.empty()) << "nobody knows the rates yet";
  options.repeat = 3;
  EXPECT_EQ(least_blocks(options), 3);
  options.until_ci = 0.02;
  EXPECT_EQ(least_blocks(options), 6);
}

TEST(Plan, GivesBbrAWindowThatHoldsItsProbe) {
  const auto window = [](const std::vector<std::string>& used, bool asked = false) {
    ExperimentOptions options = experiment_over_unequal_links(1, 6);
    options.workload.duration = 5s;
    fit_window_to(options, used, asked);
    return std::pair(options.workload.duration, options.pilot);
  };
  EXPECT_EQ(window({"bbr"}), std::pair(Nanos{10s}, Nanos{40s}));
  EXPECT_EQ(window({"bbr"}, true), std::pair(Nanos{5s}, Nanos{40s}));
  EXPECT_EQ(window({"cubic", "bbr"}), std::pair(Nanos{10s}, Nanos{40s}));
  EXPECT_EQ(window({"cubic"}), std::pair(Nanos{5s}, Nanos{20s}));
}

// Packet i of either protocol is lost or not by the same draw. The second run of a protocol that is
// compared with itself has draws of its own.
TEST(Plan, GivesASecondRunLuckOfItsOwn) {
  ExperimentOptions options = experiment_over_unequal_links(7, 3);
  options.again = true;
  std::map<int, std::set<std::uint64_t>> first, second;
  for (const Cell& cell : plan_cells(options))
    (cell.again ? second : first)[cell.block].insert(block_seed(options, cell));
  std::set<std::uint64_t> all;
  for (int block = 0; block < 3; ++block) {
    EXPECT_EQ(first[block].size(), 1u);
    EXPECT_EQ(second[block].size(), 1u);
    all.insert(*first[block].begin());
    all.insert(*second[block].begin());
  }
  EXPECT_EQ(all.size(), 6u);
  EXPECT_EQ(*first[0].begin(), 7u);
}

std::vector<std::string> texts(const std::vector<Cell>& cells) {
  std::vector<std::string> all;
  for (const Cell& cell : cells) all.push_back(text(cell));
  return all;
}

// Nor does it matter how often the same comes out: the interval of equal ratios has no width.
TEST(UntilCi, IsReachedByWhatDoesNotVary) {
  ExperimentOptions options = experiment();
  options.until_ci = 0.02;
  Result result;
  for (const Cell& cell : next_cells(options, result)) {
    mpb::Run& run = result.runs.emplace_back();
    run.block = cell.block, run.proto = proto_name(cell), run.op = cell.name,
    run.values = to_text(cell.size);
    run.throughput_rps = 100;
  }
  EXPECT_THAT(next_cells(options, result), ::testing::IsEmpty());
  EXPECT_EQ(widest_interval(result), 0);
  // A cell of which no run is valid is not narrow.
  for (mpb::Run& run : result.runs) {
    if (run.proto == "mptcp") run.invalid_reasons = {"fell back"};
  }
  EXPECT_EQ(widest_interval(result), std::nullopt);
  EXPECT_EQ(next_cells(options, result).size(), 2u);
}

// Runs an experiment in which MPTCP gets 1.5 times of TCP, give or take `noise`: how many blocks it
// took.
std::size_t blocks_until(ExperimentOptions options, double noise) {
  Result result;
  std::mt19937_64 random(3);
  std::normal_distribution<double> luck(0, noise);
  for (std::vector<Cell> cells; !(cells = next_cells(options, result)).empty();) {
    const Cell& cell = cells.front();  // one at a time: as when it is interrupted after every run
    EXPECT_EQ(cell.order, static_cast<int>(result.runs.size()));
    mpb::Run run;  // testing::Test has one too
    run.block = cell.block;
    run.order = cell.order;
    run.proto = proto_name(cell);
    run.op = cell.name;
    run.values = to_text(cell.size);
    run.throughput_rps = 1000 * (cell.proto == Proto::kMptcp ? 1.5 : 1) * std::exp(luck(random));
    result.runs.push_back(run);
    if (result.runs.size() > 1000) break;
  }
  EXPECT_EQ(result.runs.size() % options.protos.size(), 0u) << "a block was not finished";
  return blocks_of(result);
}

TEST(UntilCi, GoesOnUntilTheIntervalIsNarrowEnough) {
  ExperimentOptions options = experiment();
  options.until_ci = 0.02;
  EXPECT_EQ(blocks_until(options, 0.001), 6u) << "fewer give no interval";
  const std::size_t blocks = blocks_until(options, 0.03);
  EXPECT_GT(blocks, 6u);
  EXPECT_LT(blocks, 40u);
  EXPECT_EQ(blocks_until(options, 0.5), 40u) << "the most";
  options.max_repeat = 8;
  EXPECT_EQ(blocks_until(options, 0.5), 8u);
  options.repeat = 7;
  EXPECT_EQ(blocks_until(options, 0.001), 7u) << "the fewest that were asked for";
}

// In an open loop throughput is the offered rate, however much the latency varies.
TEST(UntilCi, LooksAtWhatCarriesTheVerdict) {
  Result result;
  for (int block = 0; block < 6; ++block) {
    for (const char* proto : {"tcp", "mptcp"}) {
      mpb::Run& run = result.runs.emplace_back();
      run.block = block, run.proto = proto, run.op = "get", run.values = "4k";
      run.rate_rps = run.throughput_rps = 1000;
      run.outcome.requests = 5000;
      run.outcome.response.record(*proto == 't' ? 10ms : 10ms + 2ms * block, 5000);
    }
  }
  EXPECT_GT(widest_interval(result), 0.2);
}

TEST(UntilCi, OfOneProtocolIsAboutItsMedian) {
  ExperimentOptions options = experiment();
  options.protos = {Proto::kMptcp};
  options.until_ci = 0.05;
  EXPECT_EQ(blocks_until(options, 0.001), 6u);
  EXPECT_GT(blocks_until(options, 0.05), 6u);
}

TEST(Plan, OfASweepHasEveryProtocolAtEveryRateInEveryBlock) {
  ExperimentOptions options = experiment(3);
  options.workload.ops = {{100}, {0}};
  options.rates = {100, 200, 500};
  const std::vector<Cell> cells = plan_cells(options);
  ASSERT_EQ(cells.size(), 3u * 2 * 3 * 2);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    seen.insert(text(cells[i]));
    EXPECT_EQ(cells[i].order, static_cast<int>(i));
    EXPECT_EQ(cells[i].rate, cells[i ^ 1].rate);  // the runs of a pair are neighbours
    EXPECT_NE(cells[i].proto, cells[i ^ 1].proto);
  }
  EXPECT_EQ(seen.size(), cells.size());
}

TEST(Plan, OfASweepWithoutRatesBeginsWithProbes) {
  ExperimentOptions options = experiment(2);
  options.auto_rates = true;
  Result result;
  std::vector<Cell> cells = next_cells(options, result);
  EXPECT_THAT(texts(cells), ElementsAre("0 tcp get", "0 mptcp get"));
  EXPECT_EQ(cells[0].purpose, Purpose::kProbe);
  result.probes = {{"get", "4k", "tcp", 1000, 3, {}}};
  EXPECT_THAT(texts(next_cells(options, result)), ElementsAre("0 mptcp get"));
  result.probes.push_back({"get", "4k", "mptcp", 2000, 3, {}});
  cells = next_cells(options, result);
  EXPECT_EQ(cells.size(), 2 * 2 * sweep_rates(1000, 2000).size());
  result.runs.resize(5);
  EXPECT_EQ(next_cells(options, result).size(), cells.size() - 5);
}

TEST(Plan, HasNoMoreRunsThanAResultHolds) {
  ExperimentOptions options = experiment(1000);
  options.rates.resize(50);
  EXPECT_NO_THROW(check_runs(options));
  options.again = true;
  EXPECT_THROW(check_runs(options), BadInput);
  options = experiment(6);
  options.workload.sizes.resize(1000, options.workload.sizes[0]);
  EXPECT_NO_THROW(check_runs(options));
  options.until_ci = 0.02;
  options.max_repeat = 51;
  EXPECT_THROW(check_runs(options), BadInput) << "as many blocks as there may be";
  options = experiment();
  options.workload.sizes.resize(1000, options.workload.sizes[0]);
  options.workload.ops.resize(6, options.workload.ops[0]);
  EXPECT_NO_THROW(check_runs(options));
  options.auto_rates = true;
  EXPECT_THROW(check_runs(options), BadInput) << "as many rates as are found";
}

TEST(Plan, NeedsMemoryForEveryKeyOfItsStores) {
  ExperimentOptions options = experiment();
  options.workload.keyspace = 1'000'000;  // of 4 KiB, and 128 bytes a key; and 50 replies
  EXPECT_NO_THROW(check_memory(options, Bytes{4'225'000'000}));
  EXPECT_THROW(check_memory(options, Bytes{4'224'000'000}), CannotRun);
  options.workload.keyspace = 1'000'000'000'000;
  options.workload.sizes = {parse_value_size("1b"), parse_value_size("512m")};
  EXPECT_THROW(check_memory(options, Bytes{std::int64_t{1} << 40}), CannotRun);
  options.target = Target{};
  EXPECT_NO_THROW(check_memory(options, Bytes{0})) << "the memory is another machine's";
  options = experiment();
  options.workload.kind = WorkloadKind::kReplicaSync;
  EXPECT_NO_THROW(check_memory(options, Bytes{140'000'000})) << "64 MiB twice";
  EXPECT_THROW(check_memory(options, Bytes{130'000'000}), CannotRun);
}

TEST(Plan, ForMoreBlocksBeginsWithTheOneForFewer) {
  for (const bool again : {false, true}) {
    ExperimentOptions options = experiment(10);
    options.rates = {100, 200};
    options.again = again;
    const std::vector<std::string> ten = texts(plan_cells(options));
    options.repeat = 20;
    std::vector<std::string> twenty = texts(plan_cells(options));
    EXPECT_EQ(twenty.size(), 2 * ten.size());
    twenty.resize(ten.size());
    EXPECT_EQ(twenty, ten);
  }
}

TEST(Plan, OfAaRunsEachProtocolTwiceInTurnsDrawnFromTheSeed) {
  ExperimentOptions options = experiment(50);
  options.again = true;
  const std::vector<Cell> cells = plan_cells(options);
  ASSERT_EQ(cells.size(), 200u);
  int again_first = 0;
  for (std::size_t block = 0; block < 50; ++block) {
    std::set<std::string> names;
    std::size_t first = 0, second = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::string name = proto_name(cells[4 * block + i]);
      names.insert(name);
      if (name == "tcp") first = i;
      if (name == "tcp-again") second = i;
    }
    EXPECT_THAT(names, ElementsAre("mptcp", "mptcp-again", "tcp", "tcp-again"));
    again_first += second < first;
  }
  EXPECT_NEAR(again_first, 25, 4 * std::sqrt(50 * 0.25));
}

}  // namespace
}  // namespace mpb
