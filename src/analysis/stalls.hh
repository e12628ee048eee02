// Sentences about the stall of each protocol after a link went down.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hh"

namespace mpb {

// "link1 down 3.0 s, GET 4k: tcp stalled 7.4 s, mptcp 0.43 s" for each link that went down, and
// each operation and value size.
std::vector<std::string> stall_sentences(const std::vector<RunGroup>& groups);

}  // namespace mpb
