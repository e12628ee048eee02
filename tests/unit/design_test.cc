// Which runs an experiment consists of where that is not just a matrix: rates, searches, a protocol
// against itself, and what was interrupted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>
#include <set>

#include "analysis/verdicts.hh"
#include "experiment/judge.hh"
#include "experiment/plan.hh"
#include "experiment/rates.hh"
#include "experiment/resume.hh"
#include "stats/comparison.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Le;

ExperimentOptions experiment(int repeat = 1) {
  ExperimentOptions options;
  options.protos = {Proto::kTcp, Proto::kMptcp};
  options.workload.ops = {{100}};
  options.workload.sizes = {parse_value_size("4k")};
  options.workload.duration = 5s;
  options.repeat = repeat;
  return options;
}

std::string text(const Cell& cell) {
  return std::to_string(cell.block) + " " + proto_name(cell) + " " + cell.name +
         (cell.rate ? " " + std::to_string(std::lround(*cell.rate)) : "");
}

std::vector<std::string> texts(const std::vector<Cell>& cells) {
  std::vector<std::string> all;
  for (const Cell& cell : cells) all.push_back(text(cell));
  return all;
}

// --- rates ---

TEST(Rates, AreRound) {
  EXPECT_DOUBLE_EQ(round_rate(2417), 2400);
  EXPECT_DOUBLE_EQ(round_rate(12763), 13000);
  EXPECT_DOUBLE_EQ(round_rate(1.26), 1.25);
  for (double rate = 1; rate < 1e6; rate *= 1.013)
    EXPECT_NEAR(round_rate(rate) / rate, 1, 0.0251) << rate;
}

TEST(Rates, OfASweepReachFromIdleToFullWithTheBendOfEachProtocol) {
  for (const double smallest : {70.0, 430.0, 1234.0, 99999.0}) {
    for (const double factor : {1.0, 1.04, 1.5, 2.7, 8.0}) {
      const double greatest = smallest * factor;
      const std::vector<double> rates = sweep_rates(smallest, greatest);
      EXPECT_GE(rates.size(), 8u);
      EXPECT_LE(rates.size(), 10u);
      EXPECT_EQ(std::set<double>(rates.begin(), rates.end()).size(), rates.size());
      EXPECT_TRUE(std::is_sorted(rates.begin(), rates.end()));
      EXPECT_LE(rates.front(), 0.35 * smallest);
      EXPECT_GT(rates.back(), 1.02 * greatest);
      EXPECT_LT(rates.back(), 1.2 * greatest);
      for (const double capacity : {smallest, greatest}) {
        const auto near = [&](double rate) {
          return rate > 0.85 * capacity && rate <= 1.03 * capacity;
        };
        EXPECT_TRUE(std::any_of(rates.begin(), rates.end(), near)) << smallest << " " << factor;
      }
    }
  }
}

// --- until the interval is narrow enough ---

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

// In an open loop throughput is what was offered, however much the latency varies.
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

// --- the plan ---

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
    EXPECT_EQ(cells[i].rate, cells[i ^ 1].rate);  // what is compared runs side by side
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

// --- the search ---

// A run as a store whose latency follows from the rate would give it.
mpb::Run run_at(double rate, Nanos latency, const std::string& proto = "tcp") {
  mpb::Run run;
  run.op = "get";
  run.values = "4k";
  run.proto = proto;
  run.search = true;
  run.rate_rps = rate;
  run.outcome.response.record(latency, 10000);
  return run;
}

struct Searched {
  SloTrials found;
  std::vector<double> rates;
};

// Plays a search against `response`, which says how run number `i` at a rate went.
Searched search(const SloRule& rule, double capacity, double least,
                const std::function<mpb::Run(double, int)>& response) {
  std::vector<mpb::Run> runs;
  Searched searched;
  for (;;) {
    std::vector<const mpb::Run*> seen;
    for (const mpb::Run& run : runs) seen.push_back(&run);
    searched.found = trials_of(rule, seen);
    const std::optional<double> rate = next_rate(searched.found, capacity, least);
    if (!rate) return searched;
    runs.push_back(response(*rate, static_cast<int>(runs.size())));
    searched.rates.push_back(*rate);
  }
}

// As a queue's: without load 10 ms, and without bound towards `most`.
mpb::Run queue(double rate, double most) {
  if (rate < most) return run_at(rate, Nanos{static_cast<std::int64_t>(10e6 / (1 - rate / most))});
  mpb::Run run = run_at(rate, 5ms);  // whatever it shows
  run.saturated = true;
  return run;
}

TEST(Search, FindsTheHighestRateToAFewPerCent) {
  for (const double most : {137.0, 999.0, 4321.0, 250000.0}) {
    for (const Nanos bound : {12ms, 20ms, 100ms}) {
      for (const double guess : {0.7, 1.0, 1.3}) {  // a probe may have been lucky or not
        const SloRule rule = parse_slo("p99 < " + to_text(bound));
        const double truth = most * (1 - 10e6 / static_cast<double>(bound.count()));
        const Searched found = search(rule, guess * most, most / 1000,
                                      [&](double rate, int) { return queue(rate, most); });
        ASSERT_TRUE(found.found.threshold);
        const Estimate& rate = found.found.threshold->rate;
        EXPECT_NEAR(rate.value / truth, 1, 0.02) << most << " " << to_text(bound) << " " << guess;
        EXPECT_LE(rate.interval.low, truth);
        EXPECT_GE(rate.interval.high, truth);
        EXPECT_LE(found.rates.size(), 22u);
      }
    }
  }
}

// --- the accuracy of a search, simulated ---

// A single run satisfies the rule below a threshold of its own: the true one, with a normally
// distributed deviation of `noise`. The latency above the bound, and the saturation point, have no
// influence.
struct SimulatedSearch {
  Threshold threshold;
  std::size_t runs = 0;
};

SimulatedSearch simulate(double truth, double noise, std::mt19937_64& random) {
  std::normal_distribution<double> luck;
  const double capacity = truth * std::uniform_real_distribution<double>(1.1, 1.6)(random);
  SloTrials its;
  while (const std::optional<double> rate = next_rate(its, capacity, truth / 1000)) {
    const bool held = std::log(*rate / truth) + noise * luck(random) < 0;
    its.trials.push_back({*rate, held});
    if (held) its.highest_held = std::max(its.highest_held.value_or(0), *rate);
    if (!held) its.lowest_failed = std::min(its.lowest_failed.value_or(*rate), *rate);
    its.threshold = threshold_of(its.trials);
    ++its.runs;
  }
  return {its.threshold.value_or(Threshold{}), its.trials.size()};
}

bool covers(const Interval& interval, double truth) {
  return interval.low <= truth && truth <= interval.high;
}

TEST(Search, IsUnbiasedAndCoversTheThresholdAndTheRatio) {
  constexpr int kSearches = 500;
  std::printf("noise  bias %%  sd %%  +- %%  covers %%  runs | ratio: bias %%  +- %%  covers %%\n");
  for (const double noise : {0.02, 0.05, 0.1, 0.2}) {
    std::mt19937_64 random(11);
    std::vector<double> errors, halves, ratio_errors, ratio_halves;
    double covered = 0, ratio_covered = 0, runs = 0, squares = 0;
    for (int i = 0; i < kSearches; i += 2) {
      // The second protocol takes a random multiple, so that no round rate is special.
      const double truths[] = {1130, 1130 * std::uniform_real_distribution<double>(1, 2)(random)};
      std::vector<Threshold> found;
      for (const double truth : truths) {
        const SimulatedSearch one = simulate(truth, noise, random);
        const Estimate& rate = one.threshold.rate;
        errors.push_back(std::log(rate.value / truth));
        squares += std::pow(errors.back(), 2);
        halves.push_back(half_width(rate.interval));
        covered += covers(rate.interval, truth);
        runs += static_cast<double>(one.runs);
        found.push_back(one.threshold);
      }
      const Estimate ratio = ratio_of(found[1], found[0]);
      ratio_errors.push_back(std::log(ratio.value * truths[0] / truths[1]));
      ratio_halves.push_back(half_width(ratio.interval));
      ratio_covered += covers(ratio.interval, truths[1] / truths[0]);
    }
    const auto mean = [](const std::vector<double>& values) {
      return std::accumulate(values.begin(), values.end(), 0.0) /
             static_cast<double>(values.size());
    };
    const double coverage = covered / kSearches, ratio_coverage = 2 * ratio_covered / kSearches;
    std::printf("%5.3f  %+6.2f  %4.2f  %4.1f  %8.1f  %4.1f |        %+6.2f  %4.1f  %8.1f\n", noise,
                100 * mean(errors), 100 * std::sqrt(squares / kSearches), 100 * median(halves),
                100 * coverage, runs / kSearches, 100 * mean(ratio_errors),
                100 * median(ratio_halves), 100 * ratio_coverage);
    // Three standard deviations of this number of searches.
    EXPECT_LT(std::fabs(mean(errors)), noise <= 0.05 ? 0.005 : 0.01);
    EXPECT_GT(coverage, 0.95 - 3 * std::sqrt(0.95 * 0.05 / kSearches));
    EXPECT_GT(ratio_coverage, 0.95 - 3 * std::sqrt(2 * 0.95 * 0.05 / kSearches));
    EXPECT_LT(median(halves), 0.025 + noise);
    EXPECT_LE(runs / kSearches, kMostSearchRuns);
  }
}

TEST(Search, RecoversFromAFirstRunThatHeldByLuck) {
  bool lucky = true;
  const Searched found = search(parse_slo("p99 < 20ms"), 2500, 10, [&](double rate, int) {
    const bool luck = rate > 1000 && std::exchange(lucky, rate <= 1000 && lucky);
    return run_at(rate, rate <= 1000 || luck ? 15ms : 30ms);
  });
  ASSERT_TRUE(found.found.threshold);
  EXPECT_TRUE(covers(found.found.threshold->rate.interval, 1000));
}

TEST(Search, EndsHoweverNoisyTheRunsAre) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 100; ++trial) {
    const Searched found = search(parse_slo("p99 < 20ms"), 1000, 10, [&](double rate, int) {
      mpb::Run run = queue(rate, 1000 * (0.6 + static_cast<double>(random() % 1000) / 1000));
      if (random() % 5 == 0) run.invalid_reasons = {"late"};
      return run;
    });
    EXPECT_LE(found.rates.size(), static_cast<std::size_t>(kMostSearchRuns));
    EXPECT_THAT(found.rates, Each(Le(4000)));
  }
}

// The report and the plan agree on the end of a search.
TEST(Search, EndsWithAsManyRunsAsTheReportSays) {
  SloTrials its;
  its.runs = kMostSearchRuns - 1;
  EXPECT_TRUE(next_rate(its, 1000, 10));
  its.runs = kMostSearchRuns;
  EXPECT_FALSE(next_rate(its, 1000, 10));
}

TEST(Search, TakesNoSaturatedInvalidOrEmptyRunForOneThatHolds) {
  const SloRule rule = parse_slo("p99 <= 20ms");
  mpb::Run run = run_at(100, 20ms);
  EXPECT_TRUE(holds(parse_slo("p99 < 21ms"), run));
  run.saturated = true;
  EXPECT_FALSE(holds(parse_slo("p99 < 21ms"), run));
  run.saturated = false;
  run.invalid_reasons = {"late"};
  EXPECT_FALSE(holds(parse_slo("p99 < 21ms"), run));
  run = mpb::Run{};
  run.outcome.response.record(1ms, 900);  // a p99 takes 1000
  EXPECT_FALSE(holds(rule, run));
  EXPECT_TRUE(holds(parse_slo("p90 < 20ms"), run));
}

// An invalid run is a trial of the machine.
TEST(Search, LearnsNothingFromAnInvalidRun) {
  const SloRule rule = parse_slo("p99 < 20ms");
  mpb::Run late = run_at(500, 30ms);
  late.invalid_reasons = {"late"};
  const mpb::Run good = run_at(500, 15ms), bad = run_at(900, 30ms);
  EXPECT_EQ(next_rate(trials_of(rule, {&late}), 1000, 10), 500);
  const SloTrials with = trials_of(rule, {&good, &late, &bad}),
                  without = trials_of(rule, {&good, &bad});
  EXPECT_EQ(with.threshold->rate.value, without.threshold->rate.value);
  EXPECT_EQ(next_rate(with, 1000, 10), next_rate(without, 1000, 10));
  EXPECT_FALSE(with.never_valid);
}

TEST(Search, StaysBelowTheRateAtWhichNoRunIsValid) {
  const auto machine_ends_at = [](double most, Nanos latency) {
    return search(parse_slo("p99 < 20ms"), 2000, 10, [=](double rate, int) {
      mpb::Run run = run_at(rate, latency);
      if (rate >= most) run.invalid_reasons = {"late"};
      return run;
    });
  };
  const Searched held = machine_ends_at(1200, 15ms);
  EXPECT_FALSE(held.found.threshold);
  EXPECT_GE(held.found.highest_held, 1200 / 1.06);
  EXPECT_GE(held.found.never_valid, 1200);
  EXPECT_LE(held.found.never_valid, 1200 * 1.06);
  EXPECT_LE(held.rates.size(), 12u);
  const std::vector<double> never = machine_ends_at(0, 15ms).rates;
  EXPECT_EQ(never.size(), 16u);  // twice from 1000 to 10
  EXPECT_EQ(never.back(), 10);
}

TEST(Search, GivesUpWhereNoRunCanTellOrNothingHolds) {
  EXPECT_THAT(
      search(parse_slo("p99 < 20ms"), 100, 200, [](double rate, int) { return run_at(rate, 1ms); })
          .rates,
      ElementsAre());
  const Searched never = search(parse_slo("p99 < 20ms"), 1000, 100,
                                [](double rate, int) { return run_at(rate, 30ms); });
  EXPECT_FALSE(never.found.threshold);
  EXPECT_EQ(never.found.lowest_failed, 100);
  EXPECT_THAT(never.rates, ElementsAre(500, 250, 125, 100));
}

TEST(Search, HasALowerBoundWhereEverythingHolds) {
  const Searched always = search(parse_slo("p99 < 20ms"), 1000, 100,
                                 [](double rate, int) { return run_at(rate, 1ms); });
  EXPECT_FALSE(always.found.threshold);
  EXPECT_GT(always.found.highest_held, 1000);
  EXPECT_EQ(always.rates.size(), static_cast<std::size_t>(kMostSearchRuns));
}

TEST(Search, OfTheProtocolsIsInTurnsAlsoAfterAnInterruption) {
  ExperimentOptions options = experiment();
  options.slo = parse_slo("p99 < 20ms");
  options.protos = {Proto::kTcp, Proto::kMptcp, Proto::kTcpSplit};
  const auto play = [&](bool one_by_one) {
    Result result;
    result.probes = {{"get", "4k", "tcp", 2000, 3, {}},
                     {"get", "4k", "mptcp", 4000, 3, {}},
                     {"get", "4k", "tcp-split", 4200, 3, {}}};
    std::vector<std::string> order;
    for (std::vector<Cell> cells; !(cells = next_cells(options, result)).empty();) {
      if (one_by_one) cells.resize(1);
      for (const Cell& cell : cells) {
        EXPECT_EQ(cell.order, static_cast<int>(result.runs.size()));
        EXPECT_EQ(cell.purpose, Purpose::kSearch);
        order.push_back(text(cell));
        mpb::Run run = queue(*cell.rate, cell.proto == Proto::kTcp     ? 2000
                                         : cell.proto == Proto::kMptcp ? 3900
                                                                       : 3000);
        run.proto = proto_name(cell);
        result.runs.push_back(run);
      }
    }
    return order;
  };
  const std::vector<std::string> order = play(false);
  EXPECT_EQ(order, play(true));
  EXPECT_THAT(order.size(), ::testing::AllOf(::testing::Ge(24u), ::testing::Le(72u)));
  std::set<std::string> first_turn(order.begin(), order.begin() + 3);
  EXPECT_THAT(first_turn,
              ElementsAre("0 mptcp get 2000", "0 tcp get 1000", "0 tcp-split get 2100"));
}

// --- a backlog that grows ---

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

// --- going on ---

std::string refusal(const std::function<void()>& check) {
  try {
    check();
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

Result world() {
  Result result;
  result.environment.kernel = "Linux 6.1", result.environment.cpus = 2,
  result.environment.congestion_control = "cubic";
  result.scenario.name = "s", result.scenario.description = "d", result.scenario.backend = "tun",
  result.scenario.backend_why = "w";
  result.scenario.links = {{"a", {{"rate", "10mbit"}}, {}, false}};
  result.workload.ops = {"get"}, result.workload.duration = 5s;
  result.store = {"redis", "7.0.15", "", {}, true, {}};
  result.seed = 1;
  return result;
}

TEST(Resume, RefusesAnotherWorldAndNamesWhatDiffers) {
  const auto with = [](const std::function<void(Result&)>& change) {
    Result now = world();
    change(now);
    return refusal([&] { check_same_world(world(), now, "r.json"); });
  };
  const std::string after =
      " now, so further runs would not be comparable with the finished ones; start again without "
      "--resume";
  EXPECT_EQ(with([](Result&) {}), "taken");
  EXPECT_EQ(with([](Result& r) { r.scenario.description = "other words"; }), "taken");
  EXPECT_EQ(with([](Result& r) { r.environment.kernel = "Linux 6.9"; }),
            "r.json: /environment/kernel: was Linux 6.1 and is Linux 6.9" + after);
  EXPECT_EQ(with([](Result& r) { r.environment.congestion_control = "bbr"; }),
            "r.json: /environment/congestion_control: was cubic and is bbr" + after);
  EXPECT_EQ(with([](Result& r) { r.tool_version = "9"; }),
            "r.json: /tool/version: was " MPB_VERSION " and is 9" + after);
  EXPECT_EQ(with([](Result& r) { r.seed = 2; }), "r.json: /seed: was 1 and is 2" + after);
  // Of what is older than the field, nobody knows.
  EXPECT_EQ(with([](Result& r) { r.environment.netem_seeded = true; }), "taken");
  Result unseeded = world();
  unseeded.environment.netem_seeded = false;
  Result seeded = world();
  seeded.environment.netem_seeded = true;
  EXPECT_EQ(refusal([&] { check_same_world(unseeded, seeded, "r.json"); }),
            "r.json: /environment/netem_seeded: was false and is true" + after);
  Result in_machine = world();
  in_machine.environment.machine = MachineRecord{"a", "config", "root", 1};
  EXPECT_EQ(with([&](Result& r) { r.environment.machine = in_machine.environment.machine; }),
            "taken");
  Result in_other = in_machine;
  in_other.environment.machine->kernel_sha256 = "b";
  EXPECT_EQ(refusal([&] { check_same_world(in_machine, in_other, "r.json"); }),
            "r.json: /environment/machine/kernel_sha256: was a and is b" + after);
  EXPECT_EQ(refusal([&] { check_same_world(in_machine, world(), "r.json"); }),
            "r.json: /environment/machine/kernel_sha256: was a and is absent" + after);
  EXPECT_EQ(with([](Result& r) { r.store.kind = "valkey"; }),
            "r.json: /store/kind: was redis and is valkey" + after);
  EXPECT_EQ(with([](Result& r) { r.store.version = "7.2"; }),
            "r.json: /store/version: was 7.0.15 and is 7.2" + after);
  EXPECT_EQ(with([](Result& r) { r.scenario.backend = "netem"; }),
            "r.json: /scenario/backend: was tun and is netem" + after);
  EXPECT_EQ(with([](Result& r) {
              r.scenario.links[0].up = {{"rate", "20mbit"}};
            }),
            "r.json: /scenario/links/0/up/rate: was 10mbit and is 20mbit" + after);
  EXPECT_EQ(with([](Result& r) { r.workload.duration = 6s; }),
            "r.json: /workload/duration_s: was 5.0 and is 6.0" + after);
  EXPECT_EQ(with([](Result& r) { r.workload.rate_rps = 3; }),
            "r.json: /workload/rate_rps: was absent and is 3.0" + after);
}

TEST(Resume, RefusesRunsThatAreNotThePlans) {
  const ExperimentOptions options = experiment(2);
  Result before;
  for (const Cell& cell : plan_cells(options)) {
    mpb::Run& run = before.runs.emplace_back();
    run.block = cell.block, run.proto = proto_name(cell), run.op = cell.name,
    run.values = to_text(cell.size);
  }
  before.runs.pop_back();
  EXPECT_EQ(refusal([&] { check_plan(options, before, "r.json"); }), "taken");
  before.runs[2].values = "8k";
  EXPECT_THAT(refusal([&] { check_plan(options, before, "r.json"); }),
              HasSubstr("r.json: /runs/2: is block 1, "));
}

TEST(Resume, OfASynchronisationGoesByNoRate) {
  ExperimentOptions options = experiment(2);
  options.workload.kind = WorkloadKind::kReplicaSync;
  options.workload.rate = 1000;
  Result before;
  mpb::Run& run = before.runs.emplace_back();
  const Cell cell = plan_cells(options).front();
  run.block = cell.block, run.proto = proto_name(cell), run.op = "sync",
  run.values = to_text(cell.size);
  EXPECT_EQ(refusal([&] { check_plan(options, before, "r.json"); }), "taken");
}

}  // namespace
}  // namespace mpb
