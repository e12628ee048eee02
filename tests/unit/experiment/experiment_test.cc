// Experiments with invented runs: which runs they make, in which order, when they end, and how they
// resume.
#include "experiment/experiment.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <random>

#include "analysis/slo.hh"
#include "analysis/steadiness.hh"
#include "analysis/verdicts.hh"
#include "analysis/write.hh"
#include "experiment/run.hh"
#include "net/socket.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// The made-up world: TCP gets 1000 req/s through, MPTCP 1500. Latency grows as the rate nears that.
double capacity_of(const Cell& cell) { return cell.proto == Proto::kMptcp ? 1500 : 1000; }

mpb::Run made_up_run(const ExperimentOptions& options, const Cell& cell, double noise = 0) {
  mpb::Run run = new_run(options, cell);
  std::mt19937_64 random(options.seed + static_cast<std::uint64_t>(cell.order));
  const double capacity =
      capacity_of(cell) * std::exp(std::normal_distribution<double>(0, 1)(random) * noise);
  run.outcome.duration = options.workload.duration;
  run.saturated = cell.rate && *cell.rate > capacity;
  run.throughput_rps = cell.rate ? std::min(*cell.rate, capacity) : capacity;
  run.goodput_bps = 8 * 4096 * run.throughput_rps;
  run.outcome.requests =
      static_cast<std::uint64_t>(run.throughput_rps * seconds(run.outcome.duration));
  const double load = cell.rate ? std::min(*cell.rate / capacity, 0.999) : 0.5;
  Histogram& latency = cell.rate ? run.outcome.response : run.outcome.last_byte;
  latency.record(Nanos{static_cast<std::int64_t>(1e6 / (1 - load))}, run.outcome.requests);
  return run;
}

Runner made_up(double noise = 0) {
  return [noise](const ExperimentOptions& options, const Cell& cell, const RunContext&, Evidence*) {
    return made_up_run(options, cell, noise);
  };
}

class ExperimentTest : public ::testing::Test {
 protected:
  ExperimentTest() {
    options.command = {"mptcp-bench"};
    options.scenario.name = "made-up";
    options.scenario.links.resize(1);
    options.scenario.links[0].name = "link1";
    options.store.kind = StoreKind::kBuiltin;
    options.protos = {Proto::kTcp, Proto::kMptcp};
    options.workload.ops = {{100}};
    options.workload.sizes = {parse_value_size("4k")};
    options.workload.duration = 5s;
    options.output = (folder / "result.json").string();
  }
  ~ExperimentTest() override { std::filesystem::remove_all(folder); }

  // Runs it, but interrupts it in the run or probe after the first `runs`.
  Result run(const Runner& runner, const Result* before = nullptr, std::size_t runs = 1'000'000) {
    std::size_t done = 0;
    const Runner interrupted_runner = [&](const ExperimentOptions& o, const Cell& cell,
                                          const RunContext& context, Evidence* evidence) {
      if (done == runs) throw Interrupted("interrupted");
      return runner(o, cell, context, evidence);
    };
    Experiment experiment(options, before, interrupted_runner, [&](const Progress& progress) {
      done += progress.finished != nullptr ? 1 : 0;
    });
    try {
      experiment.run();
      EXPECT_LT(done, runs);
    } catch (const Interrupted& error) {
      EXPECT_EQ(done, runs);
      EXPECT_THAT(error.what(), HasSubstr("--resume"));
    }
    return experiment.result();
  }

  // Ends it at eight moments, one after the other, resumes from the file, and expects the result of
  // an undisturbed experiment.
  void expect_resumable() {
    const Result whole = run(made_up());
    const std::size_t runs = whole.runs.size() + whole.probes.size() + whole.pilots.size();
    ASSERT_GT(runs, 3u);
    for (std::size_t first = 1; first < runs; first += 1 + runs / 8) {
      run(made_up(), nullptr, first);
      const Result before = read_result(options.output);
      EXPECT_EQ(before.runs.size() + before.probes.size() + before.pilots.size(), first);
      EXPECT_EQ(before.complete, false);
      int remade = 0;
      const Runner counting = [&](const ExperimentOptions& o, const Cell& cell, const RunContext&,
                                  Evidence*) {
        ++remade;
        return made_up_run(o, cell);
      };
      const Result resumed = run(counting, &before);
      EXPECT_EQ(remade, static_cast<int>(runs - first)) << "something finished was run again";
      EXPECT_EQ(names_of(resumed), names_of(whole)) << "interrupted after " << first;
      EXPECT_EQ(resumed.started, before.started);
      EXPECT_EQ(resumed.complete, true);
    }
  }

  static std::vector<std::string> names_of(const Result& result) {
    std::vector<std::string> names;
    for (const mpb::Run& r : result.runs) {
      names.push_back(std::to_string(r.order) + " " + std::to_string(r.block) + " " + r.proto +
                      " " + r.op +
                      (r.rate_rps ? " " + std::to_string(std::lround(*r.rate_rps)) : ""));
    }
    return names;
  }

  std::filesystem::path folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "mpb-experiment-XXXXXX").string();
    return std::filesystem::path(mkdtemp(name.data()));
  }();
  ExperimentOptions options;
};

TEST_F(ExperimentTest, RunsEveryCellOnceABlockAndSavesAfterEachRun) {
  options.repeat = 3;
  options.workload.ops = {{100}, {0}};
  std::size_t saved = 0;
  Experiment experiment(options, nullptr, made_up(), [&](const Progress& progress) {
    if (progress.finished == nullptr) return;
    const Result file = read_result(options.output);
    EXPECT_THAT(file.runs, SizeIs(++saved));
    EXPECT_EQ(file.complete, saved == 12);
    EXPECT_EQ(file.planned_runs, 12u);
    EXPECT_EQ(progress.runs, 12u);
  });
  experiment.run();
  EXPECT_EQ(saved, 12u);
  EXPECT_TRUE(experiment.is_saved());
  std::map<std::string, int> cells;
  for (const mpb::Run& r : experiment.result().runs)
    ++cells[std::to_string(r.block) + r.proto + r.op];
  EXPECT_THAT(cells, SizeIs(12u));
}

TEST_F(ExperimentTest, AsksForTheWorldUntilARunHasShownIt) {
  std::vector<bool> asked;
  const Runner runner = [&](const ExperimentOptions& o, const Cell& cell, const RunContext&,
                            Evidence* evidence) {
    asked.push_back(evidence != nullptr);
    if (evidence != nullptr && asked.size() == 2)
      *evidence = {{{"client", {}}}, {{"maxclients", "10000"}}};
    return made_up_run(o, cell);
  };
  options.repeat = 2;
  const Result result = run(runner);
  EXPECT_THAT(asked, ElementsAre(true, true, false, false));
  EXPECT_THAT(result.store.configuration, ElementsAre(Pair("maxclients", "10000")));
  EXPECT_THAT(to_json(analyse(result)), HasSubstr("\"namespaces\": {"));
}

TEST_F(ExperimentTest, KeepsTheFinishedRunsWhenOneCannotBeSetUp) {
  int runs = 0;
  const Runner runner = [&](const ExperimentOptions& o, const Cell& cell, const RunContext&,
                            Evidence*) {
    if (++runs == 3) throw RunFailed("no more namespaces");
    return made_up_run(o, cell);
  };
  options.repeat = 4;
  Experiment experiment(options, nullptr, runner, [](const Progress&) {});
  EXPECT_THROW(experiment.run(), RunFailed);
  EXPECT_THAT(experiment.result().runs, SizeIs(2u));
  EXPECT_THAT(read_result(options.output).runs, SizeIs(2u));
}

// A store that says "OK" to whatever it is asked, in a process of its own.
class FakeTarget {
 public:
  FakeTarget() : child_(fork()) {
    if (child_ == 0) answer();
  }
  ~FakeTarget() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  FakeTarget(const FakeTarget&) = delete;
  FakeTarget& operator=(const FakeTarget&) = delete;
  Target target() const { return {"127.0.0.1", std::to_string(address_.port()), "", "", 0}; }

 private:
  [[noreturn]] void answer() const {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pollfd connects{listener_.get(), POLLIN, 0};
    while (poll(&connects, 1, -1) >= 0) {
      const Fd client{accept(listener_.get(), nullptr, nullptr)};
      std::array<char, 512> question{};
      while (recv(client.get(), question.data(), question.size(), 0) > 0)
        send(client.get(), "+OK\r\n", 5, MSG_NOSIGNAL);
    }
    _exit(1);
  }

  Address address_ = Address::resolve("127.0.0.1", 0);
  Fd listener_ = listen_on(address_, Transport::kTcp);
  pid_t child_;
};

// No descriptor is left for the process that would remove the keys.
template <class Error>
void expect_error_of_the_run(const ExperimentOptions& options) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const Runner runner = [&](const ExperimentOptions&, const Cell&, const RunContext&,
                            Evidence*) -> mpb::Run {
    const rlimit none{0, before.rlim_max};
    check(setrlimit(RLIMIT_NOFILE, &none), "taking all descriptors away");
    throw Error("the first error");
  };
  Experiment experiment(options, nullptr, runner, [](const Progress&) {});
  std::string text;
  try {
    experiment.run();
  } catch (const Error& error) {
    text = error.what();
  } catch (const std::exception& error) {
    text = std::string("of another class: ") + error.what();
  }
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(text, StartsWith("the first error; "));
  EXPECT_THAT(text, HasSubstr("Too many open files"));
}

TEST_F(ExperimentTest, AtATargetThatCannotBeCleanedKeepsTheErrorOfTheRun) {
  const FakeTarget store;
  options.target = store.target();
  expect_error_of_the_run<CannotRun>(options);
  expect_error_of_the_run<BadInput>(options);
  expect_error_of_the_run<RunFailed>(options);
}

// A supervisor may send the signal to the load too, which then ends before the orchestrator looks.
TEST_F(ExperimentTest, DoesNotKeepARunThatASignalCutOff) {
  const auto interrupted_experiment = [this] {
    catch_interrupts();
    const FinishFirst finish("");
    const Runner runner = [](const ExperimentOptions& o, const Cell& cell, const RunContext&,
                             Evidence*) {
      mpb::Run r = made_up_run(o, cell);
      raise(SIGTERM);
      r.invalid_reasons = {"the load was stopped before the window closed"};
      return r;
    };
    Experiment experiment(options, nullptr, runner, [](const Progress&) {});
    try {
      experiment.run();
    } catch (const Interrupted&) {
      _exit(experiment.result().runs.empty() ? 0 : 2);
    }
    _exit(3);
  };
  EXPECT_EXIT(interrupted_experiment(), ::testing::ExitedWithCode(0), "");
}

TEST_F(ExperimentTest, OfAProtocolAgainstItselfRunsEachTwiceABlock) {
  options.again = true;
  options.repeat = 2;
  const Result result = run(made_up());
  std::vector<std::string> cells;
  for (const mpb::Run& r : result.runs) cells.push_back(std::to_string(r.block) + " " + r.proto);
  EXPECT_THAT(cells, UnorderedElementsAre("0 tcp", "0 tcp-again", "0 mptcp", "0 mptcp-again",
                                          "1 tcp", "1 tcp-again", "1 mptcp", "1 mptcp-again"));
}

TEST_F(ExperimentTest, OfSeveralCongestionControlsRunsEveryProtocolWithEachInABlock) {
  options.vary = {{"congestion", {"cubic", "bbr"}}};
  options.repeat = 2;
  std::vector<std::string> of_world;
  const Runner runner = [&](const ExperimentOptions& o, const Cell& cell, const RunContext&,
                            Evidence*) {
    of_world.push_back(o.congestion);
    mpb::Run one = made_up_run(o, cell);
    if (o.congestion == "bbr" && cell.proto == Proto::kMptcp) one.throughput_rps *= 0.5;
    return one;
  };
  const Result result = run(runner);
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < result.runs.size(); ++i) {
    cells.push_back(std::to_string(result.runs[i].block) + " " + contestant(result.runs[i]));
    EXPECT_EQ(of_world[i], setting(result.runs[i].variant, "congestion"));
  }
  EXPECT_THAT(cells,
              UnorderedElementsAre("0 tcp+cubic", "0 mptcp+cubic", "0 tcp+bbr", "0 mptcp+bbr",
                                   "1 tcp+cubic", "1 mptcp+cubic", "1 tcp+bbr", "1 mptcp+bbr"));
  // Each against the same congestion control's, in the order in which they were asked for.
  const Analysis analysis = analyse(result);
  std::vector<std::pair<std::string, double>> throughput;
  for (const Figure* ratio : ratios_in(analysis)) {
    if (ratio->metric->name == std::string("throughput"))
      throughput.emplace_back(contestant(*ratio) + " " + contestant_base(*ratio), ratio->value);
  }
  EXPECT_THAT(throughput,
              ElementsAre(Pair("mptcp+cubic tcp+cubic", 1.5), Pair("mptcp+bbr tcp+bbr", 0.75)));
  const Result again = read_result(options.output);
  EXPECT_EQ(again.parameters.vary, options.vary);
  EXPECT_EQ(again.runs[0].variant, result.runs[0].variant);
}

TEST_F(ExperimentTest, GoesOnUntilTheIntervalsAreNarrow) {
  options.until_ci = 0.02;
  EXPECT_EQ(blocks_of(run(made_up(0.0001))), 6u);
  const Result noisy = run(made_up(0.03));
  EXPECT_THAT(blocks_of(noisy), AllOf(Ge(7u), Le(40u)));
  EXPECT_LE(widest_interval(noisy).value_or(1), 0.02);
}

TEST_F(ExperimentTest, ChoosesRatesFromProbesThatAreNoRuns) {
  options.auto_rates = true;
  const Result result = run(made_up());
  ASSERT_THAT(result.probes, SizeIs(2u));
  EXPECT_EQ(result.probes[0].throughput_rps, 1000);
  EXPECT_EQ(result.probes[1].throughput_rps, 1500);
  EXPECT_THAT(result.runs, SizeIs(AllOf(Ge(16u), Le(20u))));
}

// TCP falls for the first 4 s, MPTCP never.
mpb::Run run_that_settles(const ExperimentOptions& o, const Cell& cell) {
  mpb::Run one = made_up_run(o, cell);
  if (o.workload.warmup > 0s) return one;
  Timeline& timeline = one.outcome.timeline;
  timeline.interval = o.timeline;
  timeline.t = interval_ends(o.timeline, o.workload.duration);
  for (const Nanos end : timeline.t)
    timeline.series["requests"].emplace_back(cell.proto == Proto::kTcp && end <= 4s ? 180 : 100);
  return one;
}

TEST_F(ExperimentTest, FindsTheWarmUpInPilotsThatAreNoRuns) {
  options.auto_warmup = true;
  options.workload.warmup = 1s;
  options.again = true;
  const Result result = run([](const ExperimentOptions& o, const Cell& cell, const RunContext&,
                               Evidence*) { return run_that_settles(o, cell); });
  ASSERT_THAT(result.pilots, SizeIs(2)) << "a protocol's second run settles as its first does";
  for (const Pilot& pilot : result.pilots) {
    EXPECT_EQ(pilot.duration, 20s);
    EXPECT_EQ(pilot.settled_after, pilot.proto == "tcp" ? 4s : 0s);
  }
  ASSERT_THAT(result.runs, SizeIs(4));
  for (const mpb::Run& one : result.runs) EXPECT_EQ(one.warmup, 4s) << one.proto;
  EXPECT_THAT(warmup_sentences(result), SizeIs(1));
  const Result again = read_result(options.output);
  EXPECT_EQ(again.pilots[0].settled_after, result.pilots[0].settled_after);
  EXPECT_EQ(again.runs[0].warmup, 4s);
}

// The method takes some steady records for others.
TEST_F(ExperimentTest, RepeatsAPilotThatDidNotSettleOnce) {
  options.auto_warmup = true;
  options.workload.warmup = 1s;
  int pilots = 0;
  const Result result =
      run([&pilots](const ExperimentOptions& o, const Cell& cell, const RunContext&, Evidence*) {
        if (cell.purpose == Purpose::kPilot && pilots++ == 0) return made_up_run(o, cell);
        return run_that_settles(o, cell);
      });
  ASSERT_THAT(result.pilots, SizeIs(3));
  EXPECT_EQ(result.pilots[0].settled_after, std::nullopt);
  EXPECT_EQ(result.pilots[2].proto, result.pilots[0].proto);
  ASSERT_TRUE(result.pilots[2].settled_after);
  EXPECT_EQ(result.runs.at(0).warmup, 4s) << "that of tcp, whichever ran first";
  EXPECT_THAT(warmup_sentences(result)[0], EndsWith(" when repeated (MSER-5)."));
}

TEST_F(ExperimentTest, SearchesFromASettledState) {
  options.slo = parse_slo("p50 < 4ms");
  options.auto_warmup = true;
  options.workload.warmup = 1s;
  const Result result = run([](const ExperimentOptions& o, const Cell& cell, const RunContext&,
                               Evidence*) { return run_that_settles(o, cell); });
  ASSERT_THAT(result.pilots, SizeIs(2));
  for (const Pilot& pilot : result.pilots) EXPECT_FALSE(pilot.rate_rps) << "a closed loop";
  ASSERT_FALSE(result.runs.empty());
  for (const mpb::Run& one : result.runs) EXPECT_EQ(one.warmup, 4s) << one.proto;
  Result unsettled = result;
  ASSERT_TRUE(differs_from_base(slo_answers(unsettled)[1]));
  unsettled.pilots[0].settled_after.reset();
  EXPECT_FALSE(differs_from_base(slo_answers(unsettled)[1]));
}

TEST_F(ExperimentTest, TakesHalfAPilotThatDidNotSettle) {
  options.auto_warmup = true;
  const Result result = run(made_up());  // which has no record
  EXPECT_THAT(result.pilots, SizeIs(4)) << "each twice";
  for (const Pilot& pilot : result.pilots) EXPECT_EQ(pilot.settled_after, std::nullopt);
  ASSERT_FALSE(result.runs.empty());
  EXPECT_EQ(result.runs[0].warmup, 10s);
  EXPECT_THAT(warmup_sentences(result)[0], HasSubstr("tcp had not settled"));
}

TEST_F(ExperimentTest, DoesNotBelieveAPilotThatIsNotValid) {
  options.auto_warmup = true;
  const Result result =
      run([](const ExperimentOptions& o, const Cell& cell, const RunContext&, Evidence*) {
        mpb::Run one = run_that_settles(o, cell);
        if (o.workload.warmup == 0s) one.invalid_reasons = {"the machine was busy"};
        return one;
      });
  EXPECT_EQ(result.runs.at(0).warmup, 10s);
  EXPECT_THAT(warmup_sentences(result)[0], HasSubstr("tcp was not valid (the machine was busy)"));
}

TEST_F(ExperimentTest, DoesNotChooseRatesWhenAProbeGotNothingThrough) {
  options.auto_rates = true;
  const Runner runner = [](const ExperimentOptions& o, const Cell& cell, const RunContext&,
                           Evidence*) {
    mpb::Run r = new_run(o, cell);
    r.invalid_reasons = {"the store died"};
    return r;
  };
  Experiment experiment(options, nullptr, runner, [](const Progress&) {});
  try {
    experiment.run();
    FAIL() << "nothing was thrown";
  } catch (const RunFailed& error) {
    EXPECT_THAT(error.what(), HasSubstr("the store died"));
  }
}

// 1 ms / (1 - load) is 4 ms at three quarters of the capacity.
TEST_F(ExperimentTest, SearchesForTheHighestRateThatHoldsARule) {
  options.slo = parse_slo("p50 < 4ms");
  const Result result = run(made_up());
  const std::vector<SloAnswer> answers = slo_answers(result);
  ASSERT_THAT(answers, SizeIs(2u));
  for (const SloAnswer& answer : answers) {
    const double highest = answer.proto == "tcp" ? 750 : 1125;
    ASSERT_TRUE(answer.rate);
    EXPECT_NEAR(answer.rate->value / highest, 1, 0.02) << answer.proto;
    EXPECT_LE(answer.rate->interval.low, highest);
    EXPECT_GE(answer.rate->interval.high, highest);
    EXPECT_TRUE(answer.ended);
  }
  ASSERT_TRUE(answers[1].ratio);
  EXPECT_TRUE(differs_from_base(answers[1]));
  EXPECT_NEAR(answers[1].ratio->value, 1.5, 0.05);
  EXPECT_TRUE(std::all_of(result.runs.begin(), result.runs.end(),
                          [](const mpb::Run& r) { return r.search; }));
  // The protocols take turns.
  EXPECT_NE(result.runs[0].proto, result.runs[1].proto);
  EXPECT_NE(result.runs[2].proto, result.runs[3].proto);
}

TEST_F(ExperimentTest, ResumesAMatrix) {
  options.repeat = 2;
  expect_resumable();
}

TEST_F(ExperimentTest, ResumesASweep) {
  options.auto_rates = true;
  expect_resumable();
}

TEST_F(ExperimentTest, ResumesASearch) {
  options.slo = parse_slo("p50 < 4ms");
  expect_resumable();
}

TEST_F(ExperimentTest, ResumesUntilTheIntervalsAreNarrow) {
  options.until_ci = 0.02;
  expect_resumable();
}

TEST_F(ExperimentTest, ResumesAProtocolAgainstItself) {
  options.again = true;
  options.repeat = 2;
  expect_resumable();
}

TEST_F(ExperimentTest, ResumesWithPilots) {
  options.auto_warmup = true;
  options.repeat = 2;
  expect_resumable();
}

TEST_F(ExperimentTest, ResumesSeveralCongestionControls) {
  options.vary = {{"congestion", {"cubic", "bbr"}}};
  options.repeat = 2;
  expect_resumable();
}

TEST_F(ExperimentTest, RecordsWhenItResumed) {
  options.repeat = 2;
  run(made_up(), nullptr, 2);
  const Result before = read_result(options.output);
  run(made_up(), &before);
  EXPECT_THAT(read_file(options.output), HasSubstr("\"resumed\": ["));
}

}  // namespace
}  // namespace mpb
