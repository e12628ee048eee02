// Sentences that explain a result: the work that the columns of CPU time include, and the cost of
// the stack.
#pragma once

#include <string>
#include <vector>

#include "analysis/explain.hh"

namespace mpb {

// The work that each column of the CPU table includes and the work that it does not.
std::vector<std::string> cpu_sentences(const std::vector<Explanation>& all);

// "GET 4k: over one link MPTCP gets 0.90x (0.88-0.92) of TCP's throughput, ..."; "" without that
// ratio.
std::string stack_sentence(const Explanation& why);

}  // namespace mpb
