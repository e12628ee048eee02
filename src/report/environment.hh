// The machine a result was measured on: what a reviewer asks for first.
#pragma once

#include <string>

namespace mpb {

// A JSON object: kernel, HZ, clock source, CPU model, count and governor, memory, hypervisor hints, versions of the tools used.
std::string host_environment_json();

// CPU time stolen by the hypervisor since boot, in nanoseconds over all CPUs.
long long stolen_time_ns();

// A JSON object of every net.ipv4.tcp_* and net.mptcp.* sysctl of the network namespace this is called in.
std::string network_sysctls_json();

}  // namespace mpb
