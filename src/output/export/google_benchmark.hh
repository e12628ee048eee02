// The parts that the two formats of Google Benchmark share. Google Benchmark reports times only, so
// throughput is written as the time between two completed requests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/figures.hh"
#include "output/export/formats.hh"

namespace mpb {

// In nanoseconds, one of each run that completed a request.
struct BenchmarkTimes {
  std::vector<double> real, cpu;
  std::uint64_t requests = 0;  // of all runs
};

// Whether the figure is a time, or can be written as one. Ratios are neither.
bool is_benchmark_time(const Figure& figure);

BenchmarkTimes benchmark_times(const Figure& figure);

// Whether the runs have CPU times. If not, the notes say so, and there is nothing to export.
bool has_cpu_times(const Result& result, const char* format, ExportNotes& notes);

// The figure's name, with time_per_request in the place of throughput.
std::string benchmark_name(const Figure& figure);

// The whole document. Each benchmark is a JSON object.
std::string benchmark_document(const Result& result, const std::vector<std::string>& benchmarks);

}  // namespace mpb
