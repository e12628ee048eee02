// CPU time, from /proc: how long a thread ran, how long it was ready to run and waited for a CPU,
// and how busy the whole host was.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/clock.hh"

namespace mpb {

// The use of a CPU by one thread since its start.
struct CpuUse {
  Nanos ran{};
  Nanos waited{};           // a stopped or sleeping thread does not wait
  std::uint64_t turns = 0;  // the number of times that it got a CPU

  bool operator==(const CpuUse&) const = default;
};
CpuUse operator-(const CpuUse& after, const CpuUse& before);

// Parses the line of /proc/PID/task/TID/schedstat: "1234567 89012 34".
std::optional<CpuUse> parse_schedstat(std::string_view text);

// The use by each thread of a process, by thread number. Empty if the process has ended or the
// kernel does not count (CONFIG_SCHED_INFO). `ran` of a thread that is running now is as old as the
// last timer tick.
std::map<pid_t, CpuUse> cpu_use(int pidfd);
std::optional<CpuUse> cpu_use_of_this_thread();

// The CPU time (user + system) that all threads of a process have used, including threads that have
// ended. Zero if the process has ended. `pid` is its number in our own PID namespace.
Nanos cpu_time(pid_t pid);

// The total time since boot in which at least one task on this host waited for a CPU
// (/proc/pressure/cpu). Nothing if the kernel does not count it. The text is
// "some avg10=1.05 ... total=8230917", in microseconds.
std::optional<Nanos> cpu_pressure();
std::optional<Nanos> parse_pressure(const std::string& text);

// The CPU time that this host has spent, on all CPUs together. Only differences between two
// readings are meaningful.
struct HostCpu {
  // For all work, including interrupts, but without `nice`. It is computed as the time minus the
  // idle time, because a kernel with CONFIG_NO_HZ measures idle time with a clock, whereas it
  // samples busy time by ticks and misses most work shorter than a tick.
  Nanos busy{};
  // At a lower priority, which is the work of other programs; in ticks. If this program has a lower
  // priority itself, that time is part of `busy` instead.
  Nanos nice{};
  // In soft interrupts, for each CPU; in ticks. Most of it is work of the network, which is charged
  // to the interrupted process or to a thread of the kernel (ksoftirqd).
  std::vector<Nanos> softirq;

  bool operator==(const HostCpu&) const = default;
};
HostCpu operator-(const HostCpu& after, const HostCpu& before);

// Nothing if /proc/stat cannot be read.
std::optional<HostCpu> host_cpu();

// From /proc/stat: "cpu  4081888 1523763 856468 ..." of all CPUs together, and a line for each.
struct HostTicks {
  std::int64_t cpus = 0;
  std::int64_t idle = 0;  // or waiting for disks, or stolen
  std::int64_t nice = 0;
  std::vector<std::int64_t> softirq;  // of each CPU
};
std::optional<HostTicks> parse_host_ticks(const std::string& text);

// `cpu` in percent of `wall`, rounded to a hundredth; 0 if `wall` is zero.
double cpu_percent(Nanos cpu, Nanos wall);

}  // namespace mpb
