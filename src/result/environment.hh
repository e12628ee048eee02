// A description of the machine on which a result was measured.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sys/units.hh"

namespace mpb {

// A network namespace, as the lines that the tools print.
struct NamespaceRecord {
  std::vector<std::string> addresses, routes, rules, qdiscs;
  std::optional<std::string> mptcp_limits;  // absent for a router
  std::optional<std::vector<std::string>> mptcp_endpoints;
  std::map<std::string, std::string> sysctls;
  std::map<std::string, std::vector<std::string>> offloads;  // by device; empty with tun
};

// The parts of a machine of User Mode Linux. Two machines with equal records give equal runs.
struct MachineRecord {
  std::string kernel_sha256;  // of the program
  std::string config_sha256;  // of the kernel's configuration, as the program prints it
  std::string root_sha256;    // of mptcp-bench, the programs that it starts, and their libraries
  std::uint64_t seed = 0;     // of the random numbers of the kernel
};

// A rank of an experiment that mpirun started. Its fields are present if they differ from those of
// rank 0, which the Environment describes.
struct RankRecord {
  std::string name;  // "rank 3 on node7"
  std::optional<std::string> kernel, cpu;
  std::optional<int> cpus, bound_cpus;  // online ones; those that it may use, if they are fewer
  std::map<std::string, std::string> sysctls;  // net.ipv4.tcp_* and net.mptcp.*
};

struct Environment {
  std::string kernel;  // as uname(2) gives it
  std::optional<std::string> architecture, os, cpu;
  int cpus = 0;
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::string> governor, clocksource, hz;
  std::optional<std::string> congestion_control;  // the host's default
  std::optional<std::string> host_kernel;
  bool virtual_time = false;                 // the clock does not show real time
  std::optional<std::string> virtual_clock;  // "uml": the clock with which runs repeat exactly
  std::optional<MachineRecord> machine;
  std::optional<std::string> hypervisor_flag;
  // Whether --seed determined the random numbers of netem; absent without netem.
  std::optional<bool> netem_seeded;
  std::vector<std::string> commands;                  // that build the links
  std::map<std::string, NamespaceRecord> namespaces;  // by role, as read back in the first run
  std::vector<RankRecord> ranks;                      // in their order; empty without MPI
  std::optional<double> steal_pct;                    // during the experiment
  std::vector<std::string> resumed;                   // the times of its resumptions
};

// Describes this host. A virtual machine cannot detect the kernel of its host, or that its clock
// does not show real time: MPTCP_BENCH_HOST_KERNEL and MPTCP_BENCH_VIRTUAL_TIME provide both. The
// clock of User Mode Linux is detected. result/machine.hh reads the MachineRecord.
Environment host_environment();

// Memory that processes can get without swapping (MemAvailable); nothing if the kernel does not
// show it.
std::optional<Bytes> available_memory();

// CPU time stolen by the hypervisor since boot, in nanoseconds over all CPUs.
long long stolen_time_ns();

// Every net.ipv4.tcp_* and net.mptcp.* sysctl of the present network namespace.
std::map<std::string, std::string> network_sysctls();

// "net.mptcp.stale_loss_cnt=8" for each of the host's settings that differs in a new namespace. The
// kernel copies some of them from the host, such as the congestion control, and sets the others to
// their defaults. Settings that only one of the two has belong to the whole host.
std::vector<std::string> settings_not_inherited(const std::map<std::string, std::string>& host,
                                                const std::map<std::string, std::string>& fresh);

}  // namespace mpb
