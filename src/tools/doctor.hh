// Checks whether this host can run mptcp-bench, with the reason and the remedy for each limitation.
#pragma once

#include <string>
#include <vector>

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

// One line per finding, and a last line with the conclusion.
std::string report(const std::vector<Finding>& findings);

}  // namespace mpb
