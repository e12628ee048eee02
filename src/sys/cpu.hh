// What the scheduler gave a process: the time that it ran, and the time that it was ready to run
// and waited for a CPU.
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

// Of one thread, since it began.
struct CpuUse {
  Nanos ran{};
  Nanos waited{};           // a stopped or sleeping thread does not wait
  std::uint64_t turns = 0;  // how often it got a CPU

  bool operator==(const CpuUse&) const = default;
};
CpuUse operator-(const CpuUse& after, const CpuUse& before);

// "1234567 89012 34": what /proc/PID/task/TID/schedstat has.
std::optional<CpuUse> parse_schedstat(std::string_view text);

// Of every thread of a process, by its number; empty when the process is gone or the kernel does
// not count (CONFIG_SCHED_INFO). `ran` of a thread that runs at this moment is of its last tick.
std::map<pid_t, CpuUse> cpu_use(int pidfd);
std::optional<CpuUse> cpu_use_of_this_thread();

// CPU time (user + system) that all threads of a process have used, also those that have ended;
// zero when the process is gone. `pid` is its number in our own PID namespace.
Nanos cpu_time(pid_t pid);

// How long somebody on this host has waited for a CPU (/proc/pressure/cpu), since it was started;
// nothing where the kernel does not count. The text is "some avg10=1.05 ... total=8230917", of
// microseconds.
std::optional<Nanos> cpu_pressure();
std::optional<Nanos> parse_pressure(const std::string& text);

// CPU time that this host has spent, on all CPUs together; only differences mean something.
struct HostCpu {
  // On anything, in interrupts too, but without `nice`. It is what the CPUs did not idle, because
  // an idle CPU is timed by the clock where the kernel stops its tick (CONFIG_NO_HZ), and ticks
  // miss most of what runs for less than one.
  Nanos busy{};
  // At a lower priority, and so on work of others; in ticks. It is part of `busy` instead where our
  // own work has a lower priority.
  Nanos nice{};
  // In soft interrupts, of each CPU; in ticks. Most of it is the network's work, which is charged
  // to whatever it interrupts, or to a thread of the kernel (ksoftirqd).
  std::vector<Nanos> softirq;

  bool operator==(const HostCpu&) const = default;
};
HostCpu operator-(const HostCpu& after, const HostCpu& before);

// Nothing where it cannot be read.
std::optional<HostCpu> host_cpu();

// From /proc/stat: "cpu  4081888 1523763 856468 ..." of all CPUs together, and a line for each.
struct HostTicks {
  std::int64_t cpus = 0;
  std::int64_t idle = 0;  // or waiting for disks, or stolen
  std::int64_t nice = 0;
  std::vector<std::int64_t> softirq;  // of each CPU
};
std::optional<HostTicks> parse_host_ticks(const std::string& text);

// Per cent of one CPU, to a hundredth; 0 of no time.
double cpu_percent(Nanos cpu, Nanos wall);

}  // namespace mpb
