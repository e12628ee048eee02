// The scheduler's counts of a process, compared with clocks that count the same by other means.
#include "sys/cpu.hh"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/fd.hh"
#include "sys/file.hh"

namespace mpb {
namespace {

TEST(Schedstat, IsThreeNumbers) {
  EXPECT_EQ(parse_schedstat("1234567 89012 34\n"), (CpuUse{1234567ns, 89012ns, 34}));
  EXPECT_EQ(parse_schedstat("0 0 0"), std::nullopt);  // of a kernel that was told not to count
  EXPECT_EQ(parse_schedstat("1 2"), std::nullopt);
  EXPECT_EQ(parse_schedstat(""), std::nullopt);
}

TEST(Pressure, IsTheTotalOfSome) {
  EXPECT_EQ(parse_pressure("some avg10=98.44 avg60=94.23 avg300=73.99 total=15907269767"),
            15907269767us);
  EXPECT_EQ(parse_pressure("full avg10=0.00 avg60=0.00 avg300=0.00 total=5"), std::nullopt);
  EXPECT_EQ(parse_pressure("some avg10=0.00"), std::nullopt);
  EXPECT_EQ(parse_pressure(""), std::nullopt);
}

TEST(HostCpu, TellsIdlingAndLowPrioritiesApart) {
  const std::string text =
      "cpu  1000 200 300 400000 50 6 7 80 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
      "cpu1 1 2 3 4 5 6 17 8 9 10\nintr 5 6\ncpu2 after the first other line\n";
  const auto ticks = parse_host_ticks(text);
  ASSERT_TRUE(ticks);
  EXPECT_EQ(ticks->cpus, 2);
  EXPECT_EQ(ticks->idle, 400130);
  EXPECT_EQ(ticks->nice, 200);
  EXPECT_EQ(ticks->softirq, (std::vector<std::int64_t>{7, 17}));
  EXPECT_FALSE(parse_host_ticks("cpu  1000 200 300 400000 50 6 7 80 9 10\n"));
  EXPECT_FALSE(parse_host_ticks("cpu 1 2 3\ncpu0 1 2 3\n"));
  EXPECT_FALSE(parse_host_ticks(""));
}

TEST(HostCpu, IsOfEachCpuThatBothReadingsHave) {
  const HostCpu before{1s, 10ms, {100ms, 0ms}};
  const HostCpu after{3s, 30ms, {500ms, 10ms, 70ms}};
  EXPECT_EQ(after - before, (HostCpu{2s, 20ms, {400ms, 10ms}}));
}

// The clock of an idle CPU and ours are not read at once.
TEST(HostCpu, GrowsWithOurOwn) {
  const auto before = host_cpu();
  ASSERT_TRUE(before);
  const auto spent = [&] { return (*host_cpu() - *before).busy; };
  const Nanos most = cpu_time(getpid()) + 5s;  // a hypervisor may take a part of it
  while (spent() < 50ms && cpu_time(getpid()) < most) continue;
  EXPECT_GE(spent(), 50ms);
}

TEST(CpuTime, IsOfAProcessInNanoseconds) {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  const Nanos before = std::chrono::seconds(used.tv_sec) + Nanos{used.tv_nsec};
  const Nanos it = cpu_time(getpid());
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  EXPECT_GE(it, before);
  EXPECT_LE(it, std::chrono::seconds(used.tv_sec) + Nanos{used.tv_nsec});
  EXPECT_EQ(cpu_time(-1), 0ns);
}

TEST(CpuUse, IsOfEveryThread) {
  const Fd self{static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0))};
  const std::string counted = first_line("/proc/thread-self/schedstat");
  if (counted.empty() || counted == "0 0 0")
    GTEST_SKIP() << "this kernel does not count (CONFIG_SCHED_INFO)";
  const auto mine = cpu_use_of_this_thread();
  ASSERT_TRUE(mine);
  const auto threads = cpu_use(self.get());
  ASSERT_EQ(threads.size(), 1u);
  EXPECT_GE(threads.begin()->second.turns, mine->turns);
  EXPECT_GE(threads.begin()->second.ran, mine->ran);
  EXPECT_TRUE(cpu_use(-1).empty());
}

}  // namespace
}  // namespace mpb
