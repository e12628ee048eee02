// Google Benchmark's JSON, with one entry a run: its compare.py computes the statistics itself.
#include "analysis/text.hh"
#include "output/export/formats.hh"
#include "output/export/google_benchmark.hh"
#include "output/export/json_parts.hh"

namespace mpb {

namespace {

std::string gbench_text(const Analysis& analysis) {
  std::vector<std::string> benchmarks;
  for (const Figure& figure : analysis.figures) {
    if (!is_benchmark_time(figure)) continue;
    const BenchmarkTimes times = benchmark_times(figure);
    const std::string name = json_string(benchmark_name(figure) + "/real_time");
    for (std::size_t i = 0; i < times.real.size(); ++i) {
      const Run& run = *figure.runs[i];
      benchmarks.push_back(json_object(
          {json_member("name", name), json_member("run_name", name),
           json_member("run_type", "\"iteration\""),
           json_member("repetitions", std::to_string(times.real.size())),
           json_member("repetition_index", std::to_string(i)),
           json_member("threads", std::to_string(run.threads)),
           json_member("iterations", std::to_string(run.outcome.requests)),
           json_member("real_time", number(times.real[i])),
           json_member("cpu_time", number(times.cpu[i])), json_member("time_unit", "\"ns\"")}));
    }
  }
  return benchmark_document(analysis.result, benchmarks);
}

}  // namespace

extern const ExportFormat kGbench{"gbench",
                                  [](const Analysis& analysis, const ExportContext&,
                                     ExportNotes& notes) -> std::vector<ExportFile> {
                                    if (!has_cpu_times(analysis.result, "gbench", notes)) return {};
                                    return {{"gbench.json", gbench_text(analysis)}};
                                  }};

}  // namespace mpb
