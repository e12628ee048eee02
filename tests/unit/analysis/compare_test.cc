#include "analysis/compare.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "made_up.hh"
#include "output/terminal.hh"
#include "refusal.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Compare, FindsWhatChanged) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = result_of_ratio(1.2, 10);
  b.environment.kernel = "Linux 6.19";
  const std::string text = compare_text(analyse(a), "a.json", analyse(b), "b.json");
  EXPECT_THAT(text, HasSubstr("kernel: Linux 6.18 and Linux 6.19"));
  EXPECT_THAT(text, HasSubstr("\n  B got 0.80 to 1.00 times the throughput of A in 2 rows (95 % "
                              "intervals within "));
  EXPECT_THAT(text, HasSubstr("): equivalent in 1, worse in 1.\n"));
  EXPECT_THAT(text, HasSubstr("\n  Relative to the other protocols of the same result, B got 0.80 "
                              "times the throughput of A (95 % "));
  for (const CompareRow& row : compare(analyse(a), analyse(b))) {
    const bool tcp = row.a.proto == "tcp";
    EXPECT_EQ(row.judgement.verdict, is_latency(*row.a.metric) ? Verdict::kNone
                                     : tcp                     ? Verdict::kEquivalent
                                                               : Verdict::kWorse)
        << row.a.name;
  }
  for (const CompareRow& row : compare(analyse(b), analyse(a))) {
    if (row.a.proto != "mptcp" || is_latency(*row.a.metric)) continue;
    EXPECT_EQ(row.judgement.verdict, Verdict::kBetter) << row.a.name;
  }
}

// The list of differences is cut off after six of the host, but never those of kernel and store.
TEST(Compare, ListsKernelsAndStoresFirst) {
  Result a = result_of_ratio(1.5, 10), b = a;
  const auto environment = [](const std::string& of) {
    Environment all;
    all.cpus = 2;
    all.kernel = of;
    for (std::optional<std::string>* value :
         {&all.architecture, &all.clocksource, &all.congestion_control, &all.cpu, &all.governor,
          &all.host_kernel, &all.hypervisor_flag, &all.hz, &all.os})
      *value = of;
    return all;
  };
  a.environment = environment("x"), b.environment = environment("y");
  a.store.kind = "redis", b.store.kind = "valkey";
  EXPECT_THAT(
      differences(a, b).listed,
      ElementsAre("kernel: x and y", "host_kernel: x and y", "cpu: x and y",
                  "store: redis  and valkey ", "architecture: x and y", "clocksource: x and y",
                  "congestion_control: x and y", "governor: x and y", "hypervisor_flag: x and y",
                  "hz: x and y", "and 1 more of the host"));
}

// In User Mode Linux, kernels of two commits have the same name.
TEST(Compare, DistinguishesKernelsOfUserModeLinux) {
  Result a = result_of_ratio(1.5, 10);
  a.environment.machine = MachineRecord{"a", "config", "root", 1};
  Result b = a;
  EXPECT_THAT(differences(a, b).listed, IsEmpty());
  b.environment.machine->kernel_sha256 = "b";
  EXPECT_THAT(differences(a, b).refused, IsEmpty());
  EXPECT_THAT(differences(a, b).listed, ElementsAre("machine/kernel_sha256: a and b"));
}

TEST(Compare, RefusesAClockThatCountsInstructions) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.environment.virtual_time = true;
  EXPECT_EQ(refusal([&] { compare_text(analyse(a), "a.json", analyse(b), "b.json"); }),
            "a.json and b.json did not measure the same: virtual_time: none and true; measure both "
            "with the same options, or give --allow FIELD for each difference that you intend");
}

TEST(Compare, RefusesTwoVirtualClocks) {
  Result a = result_of_ratio(1.5, 10), b = a;
  a.environment.virtual_time = b.environment.virtual_time = true;
  EXPECT_THAT(differences(a, b).refused, IsEmpty());
  b.environment.virtual_clock = "uml";
  EXPECT_THAT(differences(a, b).refused, ElementsAre("virtual_clock: none and uml"));
  a.environment.virtual_clock = "uml";
  EXPECT_THAT(differences(a, b).refused, IsEmpty());
}

TEST(Compare, RefusesAnEmulatorOfAnotherPriority) {
  Result a = result_of_ratio(1.5, 10), b = a;
  const auto differ = [&] { return !differences(a, b).refused.empty(); };
  for (mpb::Run& run : b.runs) run.emulator = EmulatorRecord{{}, {}, true};
  EXPECT_FALSE(differ()) << "that of the other result is unknown";
  for (mpb::Run& run : a.runs) run.emulator = EmulatorRecord{{}, {}, true};
  EXPECT_FALSE(differ());
  a.runs.front().emulator->sched_fifo = false;
  EXPECT_EQ(differences(a, b).refused,
            std::vector<std::string>{"the emulator's priority: mixed and real-time"});
  for (mpb::Run& run : a.runs) run.emulator->sched_fifo = false;
  EXPECT_TRUE(differ());
}

TEST(Compare, RefusesCapturedAndOtherRuns) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.runs.front().capture = CaptureRecord{};
  EXPECT_THAT(differences(a, b).refused, ElementsAre("packet capture: none and yes"));
  EXPECT_THAT(differences(b, b).refused, IsEmpty());
  EXPECT_THAT(differences(a, b, {"packet capture"}).refused, IsEmpty());
}

TEST(Compare, RefusesResultsOfDifferentRequests) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.scenario.links[0].up = {{"rate", "2mbit"}};
  b.workload.connections = 200;
  EXPECT_EQ(refusal([&] { compare_text(analyse(a), "a.json", analyse(b), "b.json"); }),
            "a.json and b.json did not measure the same: scenario/links/0/up/rate: 1mbit and "
            "2mbit; workload/connections: 50 and 200; measure both with the same options, "
            "or give --allow FIELD for each difference that you intend");
}

TEST(Compare, PairsCellsWhoseAllowedDifferenceIsInTheirNames) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.workload.connections = 200;
  for (mpb::Run& run : b.runs) run.connections = 200;
  const std::string text =
      compare_text(analyse(a), "a.json", analyse(b), "b.json", {"workload/connections"});
  EXPECT_THAT(text, HasSubstr("equivalent"));
  // Two rates are not the same requests.
  for (mpb::Run& run : b.runs) run.rate_rps = 1000;
  EXPECT_THAT(compare(analyse(a), analyse(b)), IsEmpty());
}

TEST(Compare, AllowsDifferencesByName) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.scenario.links[0].up = {{"rate", "2mbit"}};
  b.workload.connections = 200;
  const Differences found = differences(a, b, {"scenario/links"});
  EXPECT_THAT(found.refused, ElementsAre("workload/connections: 50 and 200"));
  EXPECT_THAT(found.listed, ElementsAre("scenario/links/0/up/rate: 1mbit and 2mbit"));
  EXPECT_THAT(differences(a, b, {"scenario/links", "workload/connections"}).refused, IsEmpty());
  EXPECT_THAT(differences(a, b, {"scenario/link", "workload", ""}).refused,
              ElementsAre("scenario/links/0/up/rate: 1mbit and 2mbit"));
}

// One variant in each result: these two are compared, and the differences name the setting.
TEST(Compare, IsAboutSetUps) {
  Result a = result_of_ratio(1.5, 10);
  a.parameters.protos = {"tcp", "mptcp"};
  Result b = a;
  b.scenario.name = "mine";
  b.parameters.vary = {{"endpoints", {"signal"}}};
  b.parameters.sysctls = {{"net.mptcp.stale_loss_cnt", "1"}};
  for (mpb::Run& run : b.runs) {
    run.outcome.congestion_control = {"bbr"};
    if (run.proto == "mptcp") run.variant = {{"endpoints", "signal"}};
  }
  EXPECT_THAT(differences(a, b).refused, IsEmpty());
  EXPECT_THAT(differences(a, b).listed,
              ElementsAre("scenario: lab and mine", "congestion control: cubic and bbr",
                          "contestants: tcp, mptcp and tcp, mptcp+signal",
                          "sysctls/net.mptcp.stale_loss_cnt: none and 1"));
  EXPECT_EQ(compare(analyse(a), analyse(b)).size(), compare(analyse(a), analyse(a)).size());
  EXPECT_THAT(compare_text(analyse(a), "a", analyse(b), "b"),
              AllOf(HasSubstr("mptcp and mptcp+signal"), Not(HasSubstr("Only"))));
  // Two variants on one side have no counterpart.
  Result both = b;
  for (mpb::Run& run : both.runs) {
    if (run.proto == "mptcp" && run.block % 2 == 0) run.variant = {};
  }
  both.parameters.vary = {{"endpoints", {"subflow", "signal"}}};
  EXPECT_THAT(compare_text(analyse(a), "a", analyse(both), "b"), HasSubstr("Only"));
}

// One result was made with the option, the other by default.
TEST(Compare, DoesNotDependOnHowTheCongestionControlWasChosen) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.parameters.congestion = "cubic";
  EXPECT_EQ(analyse(b).figures[0].name, "lab/get_4k/throughput/tcp+congestion=cubic");
  EXPECT_EQ(compare(analyse(a), analyse(b)).size(), compare(analyse(a), analyse(a)).size());
  EXPECT_EQ(compare(analyse(b), analyse(a)).size(), compare(analyse(a), analyse(a)).size());
  EXPECT_THAT(compare_text(analyse(a), "a", analyse(b), "b"), Not(HasSubstr("Only")));
}

TEST(Compare, ListsFiguresThatOnlyOneHas) {
  const Result a = result_of_ratio(1.5, 10);
  Result b = a;
  b.environment = {};
  std::erase_if(b.runs, [](const mpb::Run& run) { return run.proto == "mptcp"; });
  const std::string text = compare_text(analyse(a), "a.json", analyse(b), "b.json");
  EXPECT_THAT(text, HasSubstr("Only A has get_4k/throughput/mptcp+congestion=cubic, "));
  EXPECT_THAT(text, Not(HasSubstr("Only B has")));
}

}  // namespace
}  // namespace mpb
