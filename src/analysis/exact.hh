// `mptcp-bench compare --exact`: whether the measured parts of two results are equal to the last
// bit, and if not, the first difference. In virtual time that is evidence: a change of a kernel
// that does not affect the workload leaves every nanosecond as it was.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "analysis/analysis.hh"
#include "sys/clock.hh"

namespace mpb {

// The earliest difference of capacity probes, pilots and runs, in this order. Within a run, a
// difference before the window comes first, then those in the window by time, then those of the
// whole window, and last those of fields that are computed from others.
struct ExactDifference {
  std::string run;    // "run 3 (block 1, mptcp get 4k)", "pilot 0", "capacity probe 0"
  std::string field;  // "timeline/series/link1_up_bytes"; "" if the number of runs differs
  std::optional<std::size_t> row;  // if the field is a list of plain values
  std::optional<Nanos> row_end;    // if it is a timeline, since the window opened
  std::string a, b;  // texts in quotes; "absent"; "present" if it is not a plain value
};

// Compares the measured parts (result/measured).
std::optional<ExactDifference> first_difference(const Result& a, const Result& b);

struct ExactReport {
  std::string text;  // for people, escaped for a terminal
  int exit_code = 0;
};

// Exit codes: 0 identical, 3 different, 1 if runs of either are missing and the runs of both are
// identical. Throws BadInput if the requests differ, if a result has no runs, or if it was edited.
// The names are those of the files.
ExactReport compare_exactly(const Result& a, const std::string& name_a, const Result& b,
                            const std::string& name_b);

}  // namespace mpb
