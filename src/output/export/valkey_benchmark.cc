#include "output/export/valkey_benchmark.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/figure_names.hh"
#include "analysis/text.hh"
#include "stats/summary.hh"

namespace mpb {

namespace {

double in_ms(double ns) { return ns / 1e6; }

template <int kPercent>
std::optional<double> percentile_of(const Run& run) {
  constexpr double kQuantile = kPercent / 100.0;
  const Histogram& latency = headline_latency(run);
  if (!has_enough_samples(latency, kQuantile)) return std::nullopt;
  return in_ms(static_cast<double>(latency.quantile(kQuantile).count()));
}

// Of the latencies if the run has any.
template <class Get>
std::optional<double> of_latency(const Run& run, Get get) {
  const Histogram& latency = headline_latency(run);
  return latency.count() == 0 ? std::nullopt : std::optional(in_ms(get(latency)));
}

double median_of_all(const std::vector<double>& values) { return median(values); }
double least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}
double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

const std::array<BenchmarkColumn, 7> kColumns{{
    {"rps", 2, [](const Run& run) { return std::optional(run.throughput_rps); }, median_of_all,
     false},
    {"avg_latency_ms", 3,
     [](const Run& run) {
       return of_latency(run, [](const Histogram& latency) { return latency.mean(); });
     },
     median_of_all, true},
    {"min_latency_ms", 3,
     [](const Run& run) {
       return of_latency(run, [](const Histogram& latency) {
         return static_cast<double>(latency.min().count());
       });
     },
     least, true},
    {"p50_latency_ms", 3, percentile_of<50>, median_of_all, true},
    {"p95_latency_ms", 3, percentile_of<95>, median_of_all, true},
    {"p99_latency_ms", 3, percentile_of<99>, median_of_all, true},
    {"max_latency_ms", 3,
     [](const Run& run) {
       return of_latency(run, [](const Histogram& latency) {
         return static_cast<double>(latency.max().count());
       });
     },
     largest, true},
}};

}  // namespace

std::span<const BenchmarkColumn> benchmark_columns() { return kColumns; }

std::optional<double> benchmark_value(const BenchmarkColumn& column, const RunGroup& group,
                                      const Run& run) {
  return column.latency && is_saturated(group) ? std::nullopt : column.of(run);
}

std::string benchmark_test(const Result& result, const RunGroup& group) {
  const std::string cell = cell_name(result, group);
  const std::size_t end = cell.find('_');
  return fmt::format("{}{} ({})", upper(cell.substr(0, end)), cell.substr(end),
                     variant_name(result, group));
}

bool has_requests(const Result& result, const char* format, ExportNotes& notes) {
  if (!result.workload.kind) return true;
  notes.left_out.push_back(
      fmt::format("left out: {} describes requests, and this result is about replication; take bmf "
                  "or openmetrics",
                  format));
  return false;
}

}  // namespace mpb
