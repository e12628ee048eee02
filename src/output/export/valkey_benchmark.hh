// The terms of valkey-benchmark, for the formats whose readers know its `--csv`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/group.hh"
#include "output/export/formats.hh"
#include "result/result.hh"

namespace mpb {

// A column of `valkey-benchmark --csv` after the name of the test.
struct BenchmarkColumn {
  const char* name;
  int decimals;
  std::optional<double> (*of)(const Run&);              // nothing if the run is too short for it
  double (*of_all)(const std::vector<double>& values);  // of several runs, at least one
  bool latency;
};

// In the order of valkey-benchmark.
std::span<const BenchmarkColumn> benchmark_columns();

// Nothing for a latency of a saturated group, because it depends on the length of the runs.
std::optional<double> benchmark_value(const BenchmarkColumn& column, const RunGroup& group,
                                      const Run& run);

// "GET_4k (mptcp+congestion=cubic)". valkey-benchmark begins the name of a test with the command in
// capitals, and readers search for it.
std::string benchmark_test(const Result& result, const RunGroup& group);

// Whether the runs of the result are requests. If not, the notes say why `format` has no file.
bool has_requests(const Result& result, const char* format, ExportNotes& notes);

}  // namespace mpb
