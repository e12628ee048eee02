#include "experiment/rates.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>
#include <random>
#include <set>

#include "experiment/plan.hh"
#include "made_up_experiment.hh"
#include "stats/comparison.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Le;

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

}  // namespace
}  // namespace mpb
