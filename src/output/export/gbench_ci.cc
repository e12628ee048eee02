// Google Benchmark's JSON, with one entry a figure: the median. CI services draw one point of it.
#include "analysis/text.hh"
#include "output/export/formats.hh"
#include "output/export/google_benchmark.hh"
#include "output/export/json_parts.hh"

namespace mpb {

namespace {

std::string gbench_ci_text(const Analysis& analysis) {
  std::vector<std::string> benchmarks;
  for (const Figure& figure : analysis.figures) {
    if (!is_benchmark_time(figure)) continue;
    const BenchmarkTimes times = benchmark_times(figure);
    if (times.real.empty()) continue;
    const std::string name = json_string(benchmark_name(figure));
    benchmarks.push_back(
        json_object({json_member("name", name), json_member("run_name", name),
                     json_member("run_type", "\"iteration\""), json_member("repetitions", "1"),
                     json_member("repetition_index", "0"),
                     json_member("threads", std::to_string(figure.runs.front()->threads)),
                     json_member("iterations", std::to_string(times.requests)),
                     json_member("real_time", number(median(times.real) / 1e3)),
                     json_member("cpu_time", number(median(times.cpu) / 1e3)),
                     json_member("time_unit", "\"us\"")}));
  }
  return benchmark_document(analysis.result, benchmarks);
}

}  // namespace

extern const ExportFormat kGbenchCi{"gbench-ci",
                                    [](const Analysis& analysis, const ExportContext&,
                                       ExportNotes& notes) -> std::vector<ExportFile> {
                                      if (!has_cpu_times(analysis.result, "gbench-ci", notes))
                                        return {};
                                      return {{"gbench-ci.json", gbench_ci_text(analysis)}};
                                    }};

}  // namespace mpb
