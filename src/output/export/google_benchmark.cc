#include "output/export/google_benchmark.hh"

#include <fmt/format.h>

#include "analysis/explain.hh"
#include "analysis/runs.hh"
#include "output/export/json_parts.hh"

namespace mpb {

namespace {

double time_in_ns(const Figure& figure, double value) {
  return figure.metric->unit == Unit::kNanoseconds ? value : 1e9 / value;
}

std::string benchmark_context(const Result& result) {
  std::vector<std::string> left_out;
  if (const std::string missing = interruption(result); !missing.empty())
    left_out.push_back(json_string(missing));
  for (const std::string& sentence : invalid_sentences(result))
    left_out.push_back(json_string(sentence));
  return json_lines(
      {json_member("date", json_string(result.started)),
       json_member("executable", json_string("mptcp-bench")),
       json_member("num_cpus", std::to_string(result.environment.cpus)),
       json_member("caches", "[]"), json_member("library_build_type", json_string("release")),
       json_member("left_out", fmt::format("[{}]", fmt::join(left_out, ", ")))},
      '{', '}', "  ");
}

}  // namespace

bool is_benchmark_time(const Figure& figure) {
  return figure.base.empty() && (figure.metric->unit == Unit::kNanoseconds ||
                                 figure.metric->unit == Unit::kRequestsPerSecond);
}

BenchmarkTimes benchmark_times(const Figure& figure) {
  BenchmarkTimes times;
  for (std::size_t i = 0; i < figure.values.size(); ++i) {
    const bool completed_nothing =
        figure.metric->unit != Unit::kNanoseconds && figure.values[i] <= 0;
    if (completed_nothing) continue;
    times.real.push_back(time_in_ns(figure, figure.values[i]));
    times.cpu.push_back(client_cpu_ns(*figure.runs[i]));
    times.requests += figure.runs[i]->outcome.requests;
  }
  return times;
}

bool has_cpu_times(const Result& result, const char* format, ExportNotes& notes) {
  if (!result.environment.virtual_clock) return true;
  notes.left_out.push_back(fmt::format(
      "left out: {} contains CPU times, which virtual time cannot measure; take csv or openmetrics",
      format));
  return false;
}

std::string benchmark_name(const Figure& figure) {
  if (figure.metric->unit == Unit::kNanoseconds) return figure.name;
  std::string name = figure.name;
  const std::string metric = std::string("/") + figure.metric->name + "/";
  return name.replace(name.rfind(metric), metric.size(), "/time_per_request/");
}

std::string benchmark_document(const Result& result, const std::vector<std::string>& benchmarks) {
  return fmt::format("{{\n  \"context\": {},\n  \"benchmarks\": {}\n}}\n",
                     benchmark_context(result), json_lines(benchmarks, '[', ']', "  "));
}

}  // namespace mpb
