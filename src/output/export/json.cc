// The JSON formats. They are written by hand, one line an entry, because their readers want the
// shortest round-trip numbers and their reviewers want to see a change in one line.
#include <algorithm>

#include "analysis/explain.hh"
#include "analysis/runs.hh"
#include "analysis/text.hh"
#include "output/export/formats.hh"

namespace mpb {

namespace {

std::string member(const char* name, const std::string& value) {
  return json_string(name) + ": " + value;
}

std::string join(const std::vector<std::string>& parts, const std::string& between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string lines(const std::vector<std::string>& entries, char open, char close,
                  const std::string& indent) {
  if (entries.empty()) return {open, close};
  return open + ("\n" + indent + "  ") + join(entries, ",\n" + indent + "  ") + "\n" + indent +
         close;
}

std::string context_json(const Result& result) {
  std::vector<std::string> left_out;
  if (const std::string missing = interruption(result); !missing.empty())
    left_out.push_back(json_string(missing));
  for (const std::string& sentence : invalid_sentences(result))
    left_out.push_back(json_string(sentence));
  std::vector<std::string> members{member("date", json_string(result.started)),
                                   member("executable", json_string("mptcp-bench"))};
  members.push_back(member("num_cpus", std::to_string(result.environment.cpus)));
  members.push_back(member("caches", "[]"));
  members.push_back(member("library_build_type", json_string("release")));
  members.push_back(member("left_out", "[" + join(left_out, ", ") + "]"));
  return lines(members, '{', '}', "  ");
}

std::string document(const Result& result, const std::vector<std::string>& benchmarks) {
  return "{\n  \"context\": " + context_json(result) +
         ",\n  \"benchmarks\": " + lines(benchmarks, '[', ']', "  ") + "\n}\n";
}

// Google Benchmark knows times only: throughput stands there as the time between two completions.
bool as_time(const Figure& figure) {
  return figure.metric->unit == Unit::kNanoseconds ||
         figure.metric->unit == Unit::kRequestsPerSecond;
}

double nanoseconds(const Figure& figure, double value) {
  return figure.metric->unit == Unit::kNanoseconds ? value : 1e9 / value;
}

std::string time_name(const Figure& figure) {
  if (figure.metric->unit == Unit::kNanoseconds) return figure.name;
  std::string name = figure.name;
  const std::string metric = std::string("/") + figure.metric->name + "/";
  return name.replace(name.rfind(metric), metric.size(), "/time_per_request/");
}

struct Times {
  std::vector<double> real, cpu;
  std::uint64_t requests = 0;
};

// A run without a single request has no time of one.
Times times_of(const Figure& figure) {
  Times times;
  for (std::size_t i = 0; i < figure.values.size(); ++i) {
    if (figure.metric->unit != Unit::kNanoseconds && figure.values[i] <= 0) continue;
    times.real.push_back(nanoseconds(figure, figure.values[i]));
    times.cpu.push_back(client_cpu_ns(*figure.runs[i]));
    times.requests += figure.runs[i]->outcome.requests;
  }
  return times;
}

bool has_bounds(const Figure& figure) { return figure.interval || figure.values.size() > 1; }

// The interval; of too few runs the least and the most.
Interval bounds_of(const Figure& figure) {
  if (figure.interval) return *figure.interval;
  const auto [least, most] = std::minmax_element(figure.values.begin(), figure.values.end());
  return {*least, *most};
}

std::string unit_of(const Figure& figure) {
  if (!figure.base.empty()) return "x";
  switch (figure.metric->unit) {
    case Unit::kRequestsPerSecond:
      return "req/s";
    case Unit::kBitsPerSecond:
      return "bit/s";
    case Unit::kNanoseconds:
      return "ms";
  }
  return "";
}

std::string gbench_text(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::vector<std::string> benchmarks;
  for (const Figure& figure : analysis.figures) {
    if (!figure.base.empty() || !as_time(figure)) continue;
    const Times times = times_of(figure);
    const std::string name = json_string(time_name(figure) + "/real_time");
    for (std::size_t i = 0; i < times.real.size(); ++i) {
      const Run& run = *figure.runs[i];
      benchmarks.push_back(
          "{" +
          join({member("name", name), member("run_name", name), member("run_type", "\"iteration\""),
                member("repetitions", std::to_string(times.real.size())),
                member("repetition_index", std::to_string(i)),
                member("threads", std::to_string(run.threads)),
                member("iterations", std::to_string(run.outcome.requests)),
                member("real_time", number(times.real[i])),
                member("cpu_time", number(times.cpu[i])), member("time_unit", "\"ns\"")},
               ", ") +
          "}");
    }
  }
  return document(result, benchmarks);
}

std::string gbench_ci_text(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::vector<std::string> benchmarks;
  for (const Figure& figure : analysis.figures) {
    if (!figure.base.empty() || !as_time(figure)) continue;
    const Times times = times_of(figure);
    if (times.real.empty()) continue;
    const std::string name = json_string(time_name(figure));
    benchmarks.push_back(
        "{" +
        join({member("name", name), member("run_name", name), member("run_type", "\"iteration\""),
              member("repetitions", "1"), member("repetition_index", "0"),
              member("threads", std::to_string(figure.runs.front()->threads)),
              member("iterations", std::to_string(times.requests)),
              member("real_time", number(median(times.real) / 1e3)),
              member("cpu_time", number(median(times.cpu) / 1e3)), member("time_unit", "\"us\"")},
             ", ") +
        "}");
  }
  return document(result, benchmarks);
}

std::string custom_text(const Analysis& analysis, bool bigger_is_better) {
  std::vector<std::string> entries;
  for (const Figure& figure : analysis.figures) {
    if (figure.metric->bigger_is_better != bigger_is_better) continue;
    const double scale = figure.base.empty() && figure.metric->unit == Unit::kNanoseconds ? 1e6 : 1;
    std::vector<std::string> members{member("name", json_string(figure.name)),
                                     member("unit", json_string(unit_of(figure))),
                                     member("value", number(figure.value / scale))};
    const Interval bounds = bounds_of(figure);
    if (has_bounds(figure))
      members.push_back(
          member("range", json_string("± " + number((bounds.high - bounds.low) / 2 / scale))));
    std::string extra = (figure.comparison ? "over " : "median over ") +
                        std::to_string(figure.values.size()) + " of " +
                        std::to_string(figure.made) + " runs";
    if (is_threshold(*figure.metric))
      extra = "estimate of a search with " + std::to_string(figure.made) + " runs";
    if (figure.judgement.verdict != Verdict::kNone)
      extra += "; " + to_text(figure.judgement.verdict);
    const bool saturated = std::any_of(figure.runs.begin(), figure.runs.end(),
                                       [](const Run* run) { return run->saturated; });
    if (saturated) extra += "; saturated: the offered rate was not reached";
    members.push_back(member("extra", json_string(extra)));
    entries.push_back("{" + join(members, ", ") + "}");
  }
  return lines(entries, '[', ']', "") + "\n";
}

std::string bmf_text(const Analysis& analysis) {
  std::vector<std::string> entries;
  for (const Figure& figure : analysis.figures) {
    // A reader knows latency and throughput, with their units, and makes any other measure anew.
    const bool latency = figure.metric->unit == Unit::kNanoseconds;
    const char* measure = !figure.base.empty()                              ? "ratio"
                          : latency                                         ? "latency"
                          : figure.metric->unit == Unit::kRequestsPerSecond ? "throughput"
                                                                            : "goodput";
    std::vector<std::string> members{member("value", number(figure.value))};
    if (has_bounds(figure)) {
      members.push_back(member("lower_value", number(bounds_of(figure).low)));
      members.push_back(member("upper_value", number(bounds_of(figure).high)));
    }
    entries.push_back(json_string(figure.name) + ": {" + json_string(measure) + ": {" +
                      join(members, ", ") + "}}");
  }
  return lines(entries, '{', '}', "") + "\n";
}

}  // namespace

extern const ExportFormat kGbench{
    "gbench",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"gbench.json", gbench_text(analysis)}};
    }};
extern const ExportFormat kGbenchCi{
    "gbench-ci",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"gbench-ci.json", gbench_ci_text(analysis)}};
    }};
extern const ExportFormat kCustomSmaller{
    "custom-smaller",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"custom-smaller.json", custom_text(analysis, false)}};
    }};
extern const ExportFormat kCustomBigger{
    "custom-bigger",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"custom-bigger.json", custom_text(analysis, true)}};
    }};
extern const ExportFormat kBmf{
    "bmf",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"bmf.json", bmf_text(analysis)}};
    }};

}  // namespace mpb
