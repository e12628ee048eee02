// The settings of this host that affect a run at a target: read after each run, and compared with
// those of the first one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiment/plan.hh"
#include "result/environment.hh"

namespace mpb {

// Qdiscs and offloads of these devices, and MPTCP endpoints, MPTCP limits and sysctls of the host.
// Facts that ip(8) and tc(8) show are absent if these are not installed.
NamespaceRecord host_facts(const std::vector<std::string>& devices);

// Adds facts to `known` that it lacks, such as those of a device that no earlier run used. Returns
// the facts that differ: "qdisc of eth0: \"fq 8001: root\" and \"noqueue 0: root\"".
std::vector<std::string> add_facts(const NamespaceRecord& seen, NamespaceRecord& known);

// The number of entries for the target's address in the kernel's cache of TCP metrics, from which
// new connections take their first values; nothing if ip(8) is not installed.
std::optional<std::int64_t> cached_tcp_metrics(const Target& target);

}  // namespace mpb
