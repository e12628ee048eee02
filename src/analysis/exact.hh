// `mptcp-bench compare --exact`: whether two results measured the same to the last bit, and if not,
// what differs first. In virtual time that is evidence: a change of a kernel that does nothing here
// leaves every nanosecond as it was.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "analysis/analysis.hh"
#include "sys/clock.hh"

namespace mpb {

// Of capacity probes, pilots and runs, in this order, the earliest: in a run what differs before
// the window, then in time, then in all, and last what follows from other fields.
struct ExactDifference {
  std::string run;    // "run 3 (block 1, mptcp get 4k)", "pilot 0", "capacity probe 0"
  std::string field;  // "timeline/series/link1_up_bytes"; "" of how many runs there are
  std::optional<std::size_t> row;  // of a field that is a list of plain values
  std::optional<Nanos> row_end;    // of a timeline's row, since the window opened
  std::string a, b;  // a text in quotes; "absent", or "there" of what is not a plain value
};

// Of the measured parts (result/measured).
std::optional<ExactDifference> first_difference(const Result& a, const Result& b);

struct ExactReport {
  std::string text;  // for people, escaped for a terminal
  int exit_code = 0;
};

// 0 identical, 3 not; 1 where runs of either are missing and those of both are identical. Throws
// BadInput when the two were not asked the same, have no runs, or were edited. The names are the
// files'.
ExactReport compare_exactly(const Result& a, const std::string& name_a, const Result& b,
                            const std::string& name_b);

}  // namespace mpb
