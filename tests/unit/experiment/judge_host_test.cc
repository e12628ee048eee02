#include "experiment/judge_host.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "experiment/limits.hh"
#include "experiment/plan.hh"
#include "experiment/readings.hh"
#include "made_up_experiment.hh"
#include "result/json.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(JudgeHost, NamesTheProcessThatLimitedTheRun) {
  mpb::Run run;
  run.outcome.cpu_pct = {20, 85};
  run.store_pct = 85;
  run.emulator_pct = 85;
  judge_cpu(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.outcome.cpu_pct = {20, 93.4};
  run.store_pct = 190;  // of its threads together, which may use a CPU each
  run.store_thread_pct = 60;
  run.emulator_pct = 95;
  judge_cpu(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("a load thread used 93 % of a CPU (limit 85 %): the links were not the "
                          "limit; use more threads (-t)",
                          "the link emulator used 95 % of a CPU (limit 85 %): the links were not "
                          "the limit; use fewer connections or slower links"));
  run.invalid_reasons.clear();
  run.outcome.cpu_pct.clear(), run.emulator_pct.reset(), run.store_thread_pct.reset();
  judge_cpu(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre(HasSubstr("the store used 190 % of a CPU")));
}

// The readings that are meaningless in virtual time are removed from the run, so that no check uses
// them. A gap is measured by the clock, and stays.
TEST(JudgeHost, ForgetsTheCpuInVirtualTime) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.outcome.requests = 1000;
  run.outcome.last_byte.record(10ms, 1000);
  run.outcome.cpu_pct = {100, 100};
  run.outcome.threads = {{3ms, 2s, 9}, {4ms, 2s, 9}};
  for (std::optional<double>* pct :
       {&run.store_pct, &run.store_thread_pct, &run.emulator_pct, &run.system_pct, &run.nice_pct,
        &run.softirq_pct, &run.system_before_pct, &run.steal_pct, &run.pressure_pct})
    *pct = 100;
  run.store_attendance = run.emulator_attendance = Attendance{5ms, 2s, 9};
  mpb::Run judged = run;
  judge_cpu(judged);
  judge_waiting(judged);
  judge_crowding(judged);
  EXPECT_FALSE(judged.valid());
  forget_cpu(run);
  judge_cpu(run);
  judge_waiting(run);
  judge_crowding(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  const auto document = nlohmann::json::parse(json_of(run).dump());
  EXPECT_EQ(document["cpu"].dump(), R"({"load_threads_pct":[]})");
  EXPECT_EQ(document["attendance"].dump(),
            R"({"emulator":{"longest_gap_ns":5000000},)"
            R"("load_threads":[{"longest_gap_ns":3000000},{"longest_gap_ns":4000000}],)"
            R"("store":{"longest_gap_ns":5000000}})");
}

// Our processes use 70 % of two CPUs. Their waits for each other do not invalidate a run, but waits
// for other programs do.
TEST(JudgeHost, RefusesACpuThatOthersTookFromAnEmulatedRun) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.outcome.threads = {{{}, 240ms, {}}};
  run.outcome.cpu_pct = {15};
  run.store_pct = 10, run.emulator_pct = 45, run.system_pct = 90, run.steal_pct = 0.2;
  judge_rivals(2, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  mpb::Run starved = run, niced = run, harmless = run, stolen = run, large_host = run, netem = run;
  starved.system_pct = 199;
  judge_rivals(2, starved);
  EXPECT_THAT(starved.invalid_reasons,
              ElementsAre(HasSubstr("other programs or the hypervisor took 129 % of a CPU (limit "
                                    "25 %), and a load thread waited for a CPU for 12 % of the "
                                    "window (limit 5 %): this machine is too busy")));
  niced.nice_pct = 100;  // in a session of its own
  judge_rivals(2, niced);
  EXPECT_THAT(niced.invalid_reasons, ElementsAre(HasSubstr("took 120 % of a CPU")));
  harmless.nice_pct = 100, harmless.outcome.threads[0].waited = 90ms;  // in ours
  judge_rivals(2, harmless);
  EXPECT_THAT(harmless.invalid_reasons, ElementsAre());
  stolen.steal_pct = 10;
  judge_rivals(2, stolen);
  EXPECT_THAT(stolen.invalid_reasons, ElementsAre(HasSubstr("took 40 % of a CPU")));
  large_host.system_pct = 3000, large_host.outcome.threads[0].waited = 10ms;
  judge_rivals(64, large_host);
  EXPECT_THAT(large_host.invalid_reasons, ElementsAre());
  // With netem, and at a target, only the use before the load is certainly not ours.
  netem.emulator_pct.reset(), netem.system_pct = 150, netem.system_before_pct = 20;
  judge_rivals(2, netem);
  EXPECT_THAT(netem.invalid_reasons, ElementsAre());
  netem.system_before_pct = 110;
  judge_rivals(2, netem);
  EXPECT_THAT(netem.invalid_reasons, ElementsAre(HasSubstr("took 110 % of a CPU")));
  mpb::Run target = netem;
  target.invalid_reasons.clear(), target.system_pct.reset();
  judge_rivals(2, target);
  EXPECT_THAT(target.invalid_reasons, ElementsAre(HasSubstr("took 110 % of a CPU")));
  target.invalid_reasons.clear(), target.outcome.threads[0].waited = 90ms;
  judge_rivals(2, target);
  EXPECT_THAT(target.invalid_reasons, ElementsAre());
}

// The CPU time of other programs on the host of another rank is not known, so its waits count.
TEST(JudgeHost, RefusesARankThatWaitedOnItsOwnHost) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.hosts.resize(2);
  run.hosts[0].name = "rank 0 on a", run.hosts[0].threads = {{{}, 240ms, {}}};
  run.hosts[1].name = "rank 1 on b", run.hosts[1].threads = {{{}, 90ms, {}}};
  run.hosts[1].clock.emplace();
  judge_rivals(2, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.hosts[1].threads[0].waited = 240ms;
  judge_rivals(2, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("rank 1 on b: a load thread waited for a CPU for 12 %")));
  run.invalid_reasons.clear();
  // Those that took the CPU of this host did not take that of the other.
  run.system_before_pct = 110;
  judge_rivals(2, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("rank 1 on b: a load thread waited"),
                          HasSubstr("rank 0 on a: other programs or the hypervisor took 110 %")));
}

// netem's own work, which is charged to nobody, or to a thread of the kernel.
TEST(JudgeHost, RefusesLinksOfNetemThatWereShortOfACpu) {
  mpb::Run run;
  run.softirq_pct = 85, run.system_pct = 180;
  judge_netem(2, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.system_pct = 190;
  judge_netem(2, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("the CPUs of this host were busy for 95 % of the window "
                                    "(limit 90 %)")));
  run.invalid_reasons.clear();
  run.softirq_pct = 99;
  judge_netem(2, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("a CPU spent 99 % of the window in soft interrupts (limit "
                                    "85 %)")));
}

// 2 s of a window: the worse load thread waits for 90 ms, and the store for 120.
TEST(JudgeHost, RefusesACpuThatIsSharedWithOthersWhereItLimits) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.outcome.threads = {{{}, 20ms, {}}, {{}, 90ms, {}}};
  run.store_attendance = Attendance{{}, 99ms, {}};
  judge_crowding(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.store_attendance->waited = 120ms;
  judge_crowding(run);
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre(HasSubstr("the store waited for a CPU for 6 % of the window (limit 5 %)")));
  run.outcome.threads[1].waited = 200ms;
  judge_crowding(run);
  EXPECT_THAT(run.invalid_reasons, ::testing::Contains(HasSubstr("a load thread waited for a CPU "
                                                                 "for 10 %")));
}

TEST(JudgeHost, RefusesAProcessThatDidNothingForTooLong) {
  mpb::Run run;
  run.outcome.duration = 4s;
  run.outcome.threads = {{80ms}, {}, {5ms}};
  run.store_attendance = {80ms};
  run.emulator_attendance = {80ms};
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.outcome.threads = {{80ms}, {}, {950ms}};
  judge_gaps(run);
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre("a load thread did nothing for 950ms of the window of 4s (limit 80ms): "
                  "it was stopped, or this machine is too busy; stop other programs, or use "
                  "a machine with more CPUs"));
  run.outcome.threads.clear();
  run.store_attendance = {81ms}, run.emulator_attendance = {1s};
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("a load thread"), HasSubstr("the store did not answer a PING"),
                          HasSubstr("the link emulator did nothing for 1s")));
  run.invalid_reasons.clear();
  run.outcome.duration = 100ms;
  run.store_attendance = {10ms}, run.emulator_attendance = {10ms};
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
}

// Stopped for 150 ms of every 300, none of which is too long by itself.
TEST(JudgeHost, RefusesAProcessThatDidNothingTimeAndAgain) {
  mpb::Run run;
  run.outcome.duration = 10s;
  const auto attended = [](Nanos longest, Nanos gaps) {
    return Attendance{.longest_gap = longest, .gaps = gaps};
  };
  run.outcome.threads = {attended(150ms, 150ms), attended(50ms, 200ms)};
  run.store_attendance = run.emulator_attendance = attended(20ms, 200ms);
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.outcome.threads = {attended(190ms, 190ms), attended(155ms, 4960ms)};
  run.store_attendance = attended(150ms, 5s), run.emulator_attendance = attended(11ms, 201ms);
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("a load thread did nothing for 4960ms in total, 155ms at a "
                                    "time, of the window of 10s (limit 200ms): it was stopped, or "
                                    "this machine is too busy"),
                          HasSubstr("the store did not answer a PING for 5s in total, 150ms"),
                          HasSubstr("the link emulator did nothing for 201ms in total, 11ms")));
}

TEST(JudgeHost, RefusesAProcessThatWantedMoreOfACpuThanItGot) {
  mpb::Run run;
  run.outcome.duration = 4s;
  run.outcome.cpu_pct = {20, 60};
  run.outcome.threads = {{{}, 2s, 9}, {{}, 1s, 9}};
  run.store_pct = 15;
  run.store_attendance = {{}, 2800ms, 9};
  judge_cpu(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.store_attendance = {{}, 3s, 9};
  judge_cpu(run);
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre(
          "the store used 15 % of a CPU and waited for one 75 % of the time (limit "
          "85 %): this machine is too busy; stop other programs, or use a machine with more CPUs"));
}

TEST(JudgeHost, RefusesARunWhoseRequestsWaitedForACpu) {
  mpb::Run run;
  run.outcome.duration = 4s;
  run.outcome.requests = 1000;
  run.outcome.last_byte.record(10ms, 1000);
  // Four turns a request, each of which waited; and four requests a turn, all of which did.
  run.outcome.threads = {{{}, 100ms, 2000}, {{}, 100ms, 2000}};
  run.store_attendance = {{}, 50ms, 250};
  run.emulator_attendance = {{}, 90ms, 4000};
  judge_waiting(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.emulator_attendance = {{}, 110ms, 4000};
  judge_waiting(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("a request waited 510us for a CPU (limit 500us, at a median latency of "
                          "10ms; load 200us, store 200us, link emulator 110us): this machine is "
                          "too busy; stop other programs, or use a machine with more CPUs"));
  run.invalid_reasons.clear();
  // So short that an idle machine takes more than 5 % of it to wake the three.
  run.outcome.last_byte.record(60us, 10000);
  run.outcome.threads = {{{}, 20ms, 1000}};
  run.store_attendance = {{}, 20ms, 1000}, run.emulator_attendance = {{}, 10ms, 1000};
  judge_waiting(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.emulator_attendance = {{}, 11ms, 1000};
  judge_waiting(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre(HasSubstr("waited 51us for a CPU (limit 50us")));
  run.invalid_reasons.clear();
  run.outcome.threads.clear(), run.store_attendance.reset(), run.emulator_attendance.reset();
  judge_waiting(run);  // of a kernel that does not count
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
}

TEST(JudgeHost, RefusesCountersOfAnotherWindow) {
  mpb::Run run;
  run.outcome.duration = 4s;
  judge_edges(50ms, 50ms, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  judge_edges(400ms, 400ms, run);  // as far apart as the window is long
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("read 400ms after the window opened (limit 50ms): mptcp-bench "
                                    "was stopped, or this machine is too busy"),
                          HasSubstr("read 400ms after the window closed (limit 50ms)")));
  run.invalid_reasons.clear();
  run.outcome.duration = 20s;
  judge_edges(0ms, 200ms, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
}

TEST(JudgeHost, RefusesAnEventThatHappenedLate) {
  mpb::Run run;
  run.outcome.segments.resize(2);
  run.outcome.segments[1].event = "link1 down";
  run.outcome.segments[1].late = kLatestEvent;
  judge_events(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.outcome.segments[1].late = kLatestEvent + 1ms;
  judge_events(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre(HasSubstr("\"link1 down\" happened 11ms late")));
}

TEST(JudgeHost, NamesTheFullTableOfTokensAfterAFallback) {
  mpb::Run run;
  judge_tokens("client", {{"MPTcpExtMPFallbackTokenInit", 3}}, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.mptcp.fallbacks = 3;
  judge_tokens("server", {{"MPTcpExtMPCapableFallbackACK", 3}}, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  judge_tokens("client", {{"MPTcpExtMPFallbackTokenInit", 3}}, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("client's kernel had no room for the token of 3 connections")));
}

TEST(JudgeHost, RefusesPacketsThatNoLinkLost) {
  mpb::Run run;
  const auto reasons = [&run](std::map<std::string, std::int64_t> server, std::int64_t softnet) {
    run.invalid_reasons.clear();
    run.kernel["server"] = difference({{"TcpExtTCPBacklogDrop", 2}}, server);
    judge_losses(softnet, run);
    return run.invalid_reasons;
  };
  EXPECT_THAT(reasons({{"TcpExtTCPBacklogDrop", 2}, {"TcpRetransSegs", 9}}, 0), ElementsAre());
  EXPECT_THAT(reasons({{"TcpExtTCPBacklogDrop", 5}, {"TcpExtRcvPruned", 1}}, 0),
              ElementsAre("the server's kernel lost packets that no link had lost (TcpExtRcvPruned "
                          "1, TcpExtTCPBacklogDrop 3): use fewer connections, or give the sockets "
                          "more memory (net.ipv4.tcp_rmem, net.ipv4.tcp_mem)"));
  EXPECT_THAT(reasons({}, 4), ElementsAre(HasSubstr("receive queues dropped 4 packets")));
  EXPECT_THAT(run.notes, ElementsAre());
  EXPECT_THAT(reasons({{"TcpExtPruneCalled", 3}}, 0), ElementsAre());
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("server's kernel pruned receive queues 3 times")));
}

TEST(JudgeHost, KnowsWhatARequestTakesAtLeast) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.workload.connections = 50;
  Cell cell;
  cell.op = parse_op("get");
  cell.size = parse_value_size("4k");
  const auto base = [&](const std::string& delay) {
    options.scenario = scenario(R"({"links": [{"name": "a", "rate": "100mbit", "delay": "40ms"},
        {"name": "b", "rate": "100mbit", "delay": ")" +
                                delay + R"("}]})");
    return std::chrono::round<std::chrono::microseconds>(base_latency(options, cell));
  };
  // A reply of 4303 bytes takes 344 us of a line.
  EXPECT_EQ(base("5ms"), 10344us);
  EXPECT_EQ(base("0ms"), 8606us);  // 50 of them over both
  cell.rate = 100;
  EXPECT_EQ(base("0ms"), 344us);
  options.scenario = scenario(R"({"links": [{"name": "a", "delay": "1ms"}]})");
  cell.rate.reset();
  EXPECT_EQ(base_latency(options, cell), 2ms);
}

TEST(JudgeHost, RefusesAnEmulatorThatWasLate) {
  mpb::Run run;
  run.outcome.last_byte.record(12ms, 1000);
  const auto reasons = [&run](Lateness late, Nanos read, Nanos read_p99 = 500us) {
    run.emulator = {late, Lateness{read, read_p99, 90ms}, true};
    run.invalid_reasons.clear();
    judge_lateness(10ms, run);
    return run.invalid_reasons;
  };
  EXPECT_THAT(reasons({150us, 500us, 80ms}, 100us), ElementsAre());
  EXPECT_THAT(
      reasons({0us, 501us, 80ms}, 0us),
      ElementsAre(HasSubstr("late: p99 501us (limit 500us where a request takes 10ms): this "
                            "machine is too busy")));
  EXPECT_THAT(
      reasons({150us, 300us, 300us}, 101us),
      ElementsAre(HasSubstr("half of all packets by more than 251us each way (limit 250us")));
  EXPECT_THAT(
      reasons({150us, 500us, 80ms}, 100us, 501us),
      ElementsAre(HasSubstr("waited to be read by the link emulator: p99 501us (limit 500us "
                            "where a request takes 10ms): this machine is too busy")));
  run.outcome.last_byte.record(4ms, 2000);  // a median below the least time of the scenario
  EXPECT_THAT(reasons({0us, 300us, 300us}, 0us), ElementsAre(HasSubstr("limit 200us")));
  // Links so short that only the median counts.
  run.outcome.last_byte.record(400us, 10000);
  EXPECT_THAT(reasons({5us, 100us, 300us}, 4us), ElementsAre());
  EXPECT_THAT(reasons({5us, 101us, 300us}, 4us), ElementsAre(HasSubstr("p99 101us (limit 100us")));
  EXPECT_THAT(reasons({6us, 90us, 300us}, 5us), ElementsAre(HasSubstr("half of all packets")));
  EXPECT_THAT(
      reasons({5us, 90us, 300us}, 4us, 501us),
      ElementsAre(HasSubstr("waited to be read by the link emulator: p99 501us (limit 500us "
                            "where a request takes 400us)")));
  run.outcome.last_byte.record(40ms, 100000);
  run.emulator = {{}, Lateness{0us, 1001us, 90ms}, true};
  run.invalid_reasons.clear();
  judge_lateness(20ms, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre(HasSubstr("p99 1001us (limit 1ms ")));
  run.emulator.reset();
  run.invalid_reasons.clear();
  judge_lateness(0ms, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
}

TEST(JudgeHost, NotesTheChecksThatTheKernelDoesNotAllow) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.outcome.threads = {{3ms, 1ms, 9}, {3ms, 1ms, 9}};
  run.store_attendance = run.emulator_attendance = Attendance{5ms, 1ms, 9};
  run.system_pct = 90;
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre());
  run.outcome.threads[1].waited.reset();
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("how long processes waited for a CPU")));
  run.notes.clear(), run.outcome.threads.pop_back(), run.system_pct.reset();
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("the CPU time of other programs")));
  run.notes.clear();
  run.system_before_pct = 3;  // at a target
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre());
  run.outcome = {};  // of a load that died
  run.store_attendance->waited.reset();
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre());
}

}  // namespace
}  // namespace mpb
