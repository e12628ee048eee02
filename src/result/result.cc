#include "result/result.hh"

#include <algorithm>

#include "sys/error.hh"

namespace mpb {

std::string contestant(const Run& run) {
  return run.congestion.empty() ? run.proto : run.proto + "+" + run.congestion;
}

bool can_tell(const Histogram& histogram, double q) {
  return static_cast<double>(histogram.count()) * (1 - q) >= 10;
}

const Histogram& headline_latency(const Run& run) {
  return run.rate_rps ? run.outcome.response : run.outcome.last_byte;
}

std::string interruption(const Result& result) {
  if (result.complete.value_or(true)) return "";
  const std::size_t made = result.runs.size();
  const std::string text = "interrupted: " + std::to_string(made);
  if (result.planned_runs) return text + " of " + std::to_string(*result.planned_runs) + " runs";
  return text + (made == 1 ? " run" : " runs") + ", and more were to come";
}

std::size_t looks_at(const Result& result, std::size_t least) {
  return 1 + static_cast<std::size_t>(std::count_if(
                 result.extended_from.begin(), result.extended_from.end(),
                 [least](int blocks) { return static_cast<std::size_t>(blocks) >= least; }));
}

int exit_code(const Result& result) {
  for (const Run& run : result.runs) {
    if (!run.valid()) return kFailed;
  }
  return kOk;
}

}  // namespace mpb
