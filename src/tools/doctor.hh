// Checks whether this host can run mptcp-bench, with the reason and the remedy for each limitation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sys/cpu.hh"

namespace mpb {

struct Finding {
  enum class Level { kGood, kLimit, kBad };  // kBad: experiments cannot run
  Level level;
  std::string subject;  // "MPTCP", "links by netem", ...
  std::string text;     // the observation, and the remedy if one is needed
};

// Tries each capability in temporary namespaces. It enters a sandbox, so the process must do
// nothing else afterwards.
std::vector<Finding> examine_host();

// The MPTCP endpoints and limits of this host, as ip(8) prints them, and whether they allow a
// second path from here to a store of the user's own.
Finding endpoints_finding(const std::vector<std::string>& endpoints, const std::string& limits);

// Whether the kernel counts how long threads wait for a CPU, according to its counts of a running
// one.
Finding scheduler_finding(const std::optional<CpuUse>& own);

// Whether BPF tracing programs load, which mptcpify needs. `why_not` is that of net/mptcpify.
Finding tracing_finding(const std::string& why_not);

// Whether links by netem can have a cap per flow. `why_not` is that of world/backend.
Finding flow_cap_finding(const std::string& why_not);

// One line per finding, and a last line with the conclusion.
std::string report(const std::vector<Finding>& findings);

}  // namespace mpb
