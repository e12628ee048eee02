// Readings of counters at the edges of the measured window, and their differences.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiment/runner.hh"
#include "experiment/store_under_test.hh"
#include "sys/cpu.hh"
#include "world/competing_flow.hh"
#include "world/world.hh"

namespace mpb {

struct ProcessUse {
  Nanos cpu{};  // of all threads together
  std::map<pid_t, CpuUse> threads;
};

// The thread that ran most between the two readings; nothing if the kernel does not count.
std::optional<CpuUse> busiest_thread(const ProcessUse& before, const ProcessUse& after);

// The use of this host's CPUs so far.
struct HostReading {
  Nanos at{};
  std::optional<HostCpu> cpu;
  Nanos stolen{};
};

HostReading read_host();

// Records the CPU time between two readings that cannot be our own.
void record_others(const HostReading& before, const HostReading& after, Run& run);

// Measures the CPU time that this host uses without the load, which takes a second.
void record_cpu_without_load(const RunContext& context, Run& run);

// The readings at an edge of the window.
struct Reading {
  Nanos at{}, until{};  // its begin and end, about a millisecond apart
  std::vector<LinkTraffic> traffic;
  ProcessUse store;
  std::optional<ProcessUse> emulator;
  std::map<std::string, std::map<std::string, std::int64_t>> kernel;  // by role: "client"
  std::int64_t softnet_drops = 0;
  std::optional<Nanos> pressure;
  HostReading host;
  std::optional<FlowReading> flow;
};

// `flow` is the one that competes with the load, or null. Without the segments that it sent.
Reading take_reading(World& world, const Store& store, const CompetingFlow* flow);

// The traffic of the links between two readings.
std::vector<LinkTraffic> difference(const std::vector<LinkTraffic>& before,
                                    std::vector<LinkTraffic> after);
// The growth of the kernel's counters between two readings, without those that did not change: all
// counters of MPTCP, those of TCP about data that was sent again, and loss_counters().
std::map<std::string, std::int64_t> difference(const std::map<std::string, std::int64_t>& before,
                                               const std::map<std::string, std::int64_t>& after);

}  // namespace mpb
