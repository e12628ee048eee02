// The machine a result was measured on: what a reviewer asks for first.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sys/units.hh"

namespace mpb {

// A network namespace, as the tools showed it: a line each.
struct NamespaceRecord {
  std::vector<std::string> addresses, routes, rules, qdiscs;
  std::optional<std::string> mptcp_limits;  // not of a router
  std::optional<std::vector<std::string>> mptcp_endpoints;
  std::map<std::string, std::string> sysctls;
  std::map<std::string, std::vector<std::string>> offloads;  // by device, with netem
};

// What a machine of User Mode Linux was made of; runs that differ in nothing of it are equal.
struct MachineRecord {
  std::string kernel_sha256;  // of the program
  std::string config_sha256;  // of the kernel's configuration, as the program prints it
  std::string root_sha256;    // of mptcp-bench, the programs that it starts, and their libraries
  std::uint64_t seed = 0;     // of the kernel's random numbers
};

struct Environment {
  std::string kernel;  // as uname(2) gives it
  std::optional<std::string> architecture, os, cpu;
  int cpus = 0;
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::string> governor, clocksource, hz;
  std::optional<std::string> congestion_control;  // the host's default
  std::optional<std::string> host_kernel;
  bool virtual_time = false;                 // the clock is not a wall's
  std::optional<std::string> virtual_clock;  // "uml": the one in which runs repeat exactly
  std::optional<MachineRecord> machine;
  std::optional<std::string> hypervisor_flag;
  // Whether --seed determined netem's random numbers; absent where there was no netem.
  std::optional<bool> netem_seeded;
  std::vector<std::string> commands;                  // that build the links
  std::map<std::string, NamespaceRecord> namespaces;  // by role, as read back in the first run
  std::optional<double> steal_pct;                    // during the experiment
  std::vector<std::string> resumed;                   // when it went on after an interruption
};

// Of this host. A virtual machine does not know its host's kernel, nor that its clock is not a
// wall's: MPTCP_BENCH_HOST_KERNEL and MPTCP_BENCH_VIRTUAL_TIME tell it. User Mode Linux knows its
// clock. What the machine was made of, result/read.hh reads.
Environment host_environment();

// Memory that processes can get without swapping (MemAvailable); nothing when the kernel does not
// say.
std::optional<Bytes> available_memory();

// CPU time stolen by the hypervisor since boot, in nanoseconds over all CPUs.
long long stolen_time_ns();

// Every net.ipv4.tcp_* and net.mptcp.* sysctl of the network namespace this is called in.
std::map<std::string, std::string> network_sysctls();

}  // namespace mpb
