#include "experiment/follow.hh"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A host whose load does what the test says, without any process.
struct MadeUpHost : LoadHost {
  std::string its_name;
  int looks_until_ready = 0;  // -1: never
  ClockOffset its_clock{};
  bool has_clock = false;
  std::optional<LoadEnd> dies;  // instead of its outcome
  std::uint64_t requests = 0;

  std::vector<CommandLine> starts;
  std::vector<std::string> sent;
  int stops = 0;
  std::deque<std::string> lines;
  bool is_over = false;

  std::string name() const override { return its_name; }
  void start(const CommandLine& argv) override { starts.push_back(argv); }
  std::optional<std::string> next(Nanos) override {
    if (looks_until_ready == 0)
      lines.push_back(to_line({.kind = LoadEvent::Kind::kReady, .elapsed = 20ms}));
    if (looks_until_ready >= 0) --looks_until_ready;
    if (lines.empty()) return std::nullopt;
    std::string line = lines.front();
    lines.pop_front();
    return line;
  }
  bool ended() override { return is_over && lines.empty(); }
  void send(const std::string& line) override {
    sent.push_back(line);
    const Nanos opened = Nanos{std::stoll(line.substr(5))} + 10ms;
    lines.push_back(to_line({.kind = LoadEvent::Kind::kMeasuring, .opened = opened}));
    lines.push_back(
        to_line({.kind = LoadEvent::Kind::kProgress, .elapsed = 250ms, .requests = requests / 2}));
    lines.push_back(to_line({.kind = LoadEvent::Kind::kMeasured, .elapsed = 500ms}));
    LoadReport report;
    report.outcome.requests = requests;
    if (!dies) lines.push_back(to_line(report));
    is_over = true;
  }
  LoadEnd end() override { return dies.value_or(LoadEnd{}); }
  void stop(Nanos) noexcept override { ++stops; }
  std::optional<ClockOffset> clock() override {
    return has_clock ? std::optional(its_clock) : std::nullopt;
  }
};

struct Follow : testing::Test {
  Follow() {
    for (const char* name : {"client1", "client2"}) {
      auto host = std::make_unique<MadeUpHost>();
      host->its_name = name;
      made_up.push_back(host.get());
      hosts.push_back(std::move(host));
    }
    workload.warmup = 10ms;
    workload.duration = 500ms;
    workload.timeout = 1ms;
    context.observe = [this](const std::string& phase, double elapsed, double rate) {
      observed.push_back(fmt::format("{} {} {}", phase, elapsed, rate));
    };
    hooks.on_event = [this](const LoadEvent& event) { events.push_back(event); };
  }

  std::optional<std::vector<FollowedLoad>> follow(Nanos slack = 30s) {
    return follow_loads(hosts, {{"load", "1"}, {"load", "2"}}, workload, context, run, hooks,
                        slack);
  }

  std::vector<MadeUpHost*> made_up;
  LoadHosts hosts;
  Workload workload;
  RunContext context;
  LoadHooks hooks;
  mpb::Run run;
  std::vector<LoadEvent> events;
  std::vector<std::string> observed;
};

TEST_F(Follow, LetsAllHostsBeginAtOneTime) {
  made_up[0]->requests = 100;
  made_up[1]->requests = 300;
  made_up[1]->looks_until_ready = 5;  // the other one waits for it
  made_up[1]->has_clock = true;
  made_up[1]->its_clock = {1000s, 1ms};
  const Nanos before = now();
  const auto loads = follow();
  ASSERT_TRUE(loads);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  EXPECT_THAT(made_up[1]->starts, ElementsAre(ElementsAre("load", "2")));
  ASSERT_EQ(made_up[0]->sent.size(), 1u);
  const Nanos begin{std::stoll(made_up[0]->sent[0].substr(5))};
  EXPECT_GT(begin, before + 50ms);
  EXPECT_LT(begin, now() + 1s);
  EXPECT_THAT(made_up[1]->sent, ElementsAre(fmt::format("open {}", (begin + 1000s).count())));
  // The windows of both, on our clock.
  EXPECT_EQ((*loads)[0].opened, begin + 10ms);
  EXPECT_EQ((*loads)[1].opened, begin + 10ms);
  EXPECT_FALSE((*loads)[0].clock_before);
  EXPECT_EQ((*loads)[1].clock_after->offset, 1000s);
  EXPECT_EQ((*loads)[1].report.outcome.requests, 300u);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].kind, LoadEvent::Kind::kReady);
  EXPECT_EQ(events[1].kind, LoadEvent::Kind::kMeasuring);
  EXPECT_EQ(events[1].opened, begin + 10ms);
  EXPECT_EQ(events[2].kind, LoadEvent::Kind::kMeasured);
  EXPECT_THAT(observed, ElementsAre("measuring 0.25 800"));  // the sum of 50 and 150 in 0.25 s
  EXPECT_EQ(made_up[0]->stops, 1);
  EXPECT_EQ(made_up[1]->stops, 1);
}

TEST_F(Follow, NamesAHostThatEndsEarly) {
  made_up[1]->dies = LoadEnd{"was killed by signal 9 (Killed)", "it printed nothing"};
  EXPECT_FALSE(follow());
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre("the load generator of client2 was killed by signal 9 (Killed): it printed "
                  "nothing"));
  EXPECT_EQ(made_up[0]->stops, 1);
  EXPECT_EQ(made_up[1]->stops, 1);
}

TEST_F(Follow, EndsTheExperimentIfAHostCannotRun) {
  made_up[0]->dies = LoadEnd{"exited with 77", "too many open files", true};
  try {
    follow();
    FAIL() << "followed";
  } catch (const CannotRun& error) {
    EXPECT_STREQ(error.what(), "client1: too many open files");
  }
  EXPECT_EQ(made_up[1]->stops, 1);
}

TEST_F(Follow, NamesAHostThatNeverGetsReady) {
  made_up[1]->looks_until_ready = -1;
  workload.duration = 20ms;
  EXPECT_FALSE(follow(20ms));
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("the load generator of client2 was not ready in time"));
  EXPECT_THAT(made_up[0]->sent, ElementsAre());  // it never began
  EXPECT_EQ(made_up[0]->stops, 1);
}

TEST_F(Follow, NamesAHostThatDoesNotFinish) {
  struct Silent : MadeUpHost {
    bool ended() override { return false; }
  };
  auto silent = std::make_unique<Silent>();
  silent->its_name = "client2";
  silent->dies = LoadEnd{};  // so it has no outcome
  hosts[1] = std::move(silent);
  workload.duration = 20ms;
  EXPECT_FALSE(follow(20ms));
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("the load generator of client2 did not finish in time"));
}

TEST_F(Follow, NamesAHostWithAnInvalidLine) {
  made_up[1]->lines.push_back("Segmentation fault");
  try {
    follow();
    FAIL() << "followed";
  } catch (const RunFailed& error) {
    EXPECT_THAT(error.what(),
                StartsWith("the load generator of client2 printed an invalid line: "));
  }
  EXPECT_EQ(made_up[0]->stops + made_up[1]->stops, 2);
}

TEST_F(Follow, EndsAtTrouble) {
  hooks.trouble = [] { return std::string("the store died"); };
  EXPECT_FALSE(follow());
  EXPECT_THAT(run.invalid_reasons, ElementsAre("the store died"));
}

// No handshake, no name.
TEST_F(Follow, LetsASingleHostBeginByItself) {
  hosts.pop_back();
  MadeUpHost& host = *made_up[0];
  host.its_name = "";
  host.lines = {to_line({.kind = LoadEvent::Kind::kMeasuring, .opened = 7s}),
                to_line({.kind = LoadEvent::Kind::kMeasured, .elapsed = 500ms}),
                to_line(LoadReport{})};
  const auto loads = follow_loads(hosts, {{"load"}}, workload, context, run, hooks);
  ASSERT_TRUE(loads);
  EXPECT_THAT(host.sent, ElementsAre());
  EXPECT_EQ(loads->front().opened, 7s);
  host.is_over = true;
  host.dies = LoadEnd{"exited with 1", "no store"};
  EXPECT_FALSE(follow_loads(hosts, {{"load"}}, workload, context, run, hooks));
  EXPECT_THAT(run.invalid_reasons, ElementsAre("the load generator exited with 1: no store"));
}

TEST(Load, ThatPrintsAnInvalidLineHasFailed) {
  try {
    parse_load_line("Segmentation fault");
    FAIL() << "taken";
  } catch (const RunFailed& error) {
    EXPECT_THAT(error.what(), HasSubstr("an invalid line: not an event of the load: Segm"));
  }
}

}  // namespace
}  // namespace mpb
