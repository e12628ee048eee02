// What this host can and cannot do for mptcp-bench, why, and the remedy in plain words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sys/cpu.hh"

namespace mpb {

struct Finding {
  enum class Level { kGood, kLimit, kBad };  // kBad: the main job cannot run
  Level level;
  std::string subject;  // "MPTCP", "links by netem", ...
  std::string text;     // what was found, and the remedy where one is needed
};

// Tries each capability in throw-away namespaces; enters a sandbox, so the process is good for
// nothing else afterwards.
std::vector<Finding> examine_host();

// Whether the kernel counts how long threads wait for a CPU, by its counts of one that runs.
Finding scheduler_finding(const std::optional<CpuUse>& own);

// One line a finding, and a last line that says what can be run.
std::string report(const std::vector<Finding>& findings);

}  // namespace mpb
