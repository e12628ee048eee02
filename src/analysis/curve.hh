// Sentences about a sweep of rates, and about a search for the highest rate at which a rule holds.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// "GET 4k: tcp keeps up with 1,000 req/s but not with 2,000 req/s; mptcp ...", one for each
// operation and value size of a sweep.
std::vector<std::string> sweep_sentences(const std::vector<RunGroup>& groups);

// The meaning of SATURATED in a table.
extern const char* const kSaturatedNote;

// "GET 4k: p99 < 20ms holds up to 2,417 req/s with tcp (95 % 2,350-2,480); up to 4,912 req/s with
// mptcp (95 % 4,760-5,070), 2.03x (95 % 1.94-2.13)", one for each operation and value size.
std::vector<std::string> slo_sentences(const Analysis& analysis);

// "Capacity, probed in closed loop for 3.0 s each: GET 4k tcp 1,234, mptcp 2,345 req/s"; "" if
// nothing was probed.
std::string probe_sentence(const Result& result);

}  // namespace mpb
