// The machine a result was measured on: what a reviewer asks for first.
#pragma once

#include <optional>
#include <string>

#include "sys/units.hh"

namespace mpb {

// A JSON object: kernel, HZ, clock source, CPU model, count and governor, memory, hypervisor hints;
// in a virtual machine that was told by MPTCP_BENCH_HOST_KERNEL and MPTCP_BENCH_VIRTUAL_TIME, also
// its host's kernel and that its clock is not a wall's.
std::string host_environment_json();

// Memory that processes can get without swapping (MemAvailable); nothing when the kernel does not
// say.
std::optional<Bytes> available_memory();

// CPU time stolen by the hypervisor since boot, in nanoseconds over all CPUs.
long long stolen_time_ns();

// A JSON object of every net.ipv4.tcp_* and net.mptcp.* sysctl of the network namespace this is
// called in.
std::string network_sysctls_json();

}  // namespace mpb
