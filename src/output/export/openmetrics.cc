// OpenMetrics, as Prometheus reads it: base units, one family a metric, labels for everything else.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/figure_names.hh"
#include "analysis/text.hh"
#include "output/export/formats.hh"

namespace mpb {

namespace {

std::string label(const char* name, const std::string& value) {
  std::string text = std::string(name) + "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? "\\n" : std::string(1, c);
  }
  text += '"';
  return text;
}

// Prometheus counts in bytes and seconds: its linter refuses bits.
struct BaseUnit {
  const char* name;
  double size;  // in the metric's own unit
};

BaseUnit base_unit(const Metric& metric) {
  switch (metric.unit) {
    case Unit::kRequestsPerSecond:
      return {"requests_per_second", 1};
    case Unit::kBitsPerSecond:
      return {"bytes_per_second", 8};
    case Unit::kNanoseconds:
      return {"seconds", 1e9};
  }
  return {"", 1};
}

struct Family {
  std::string name, unit, help;
  std::vector<std::string> samples;
};

// In the order in which they first occur. All samples of a family are written together, because a
// reader refuses a family that is interrupted by another.
Family& family(std::vector<Family>& all, const std::string& stem, const std::string& unit,
               const std::string& help) {
  const std::string name = "mptcp_bench_" + stem + "_" + unit;
  auto found =
      std::find_if(all.begin(), all.end(), [&](const Family& f) { return f.name == name; });
  if (found == all.end()) found = all.insert(all.end(), {name, unit, help, {}});
  return *found;
}

// The parts of a figure's name. The size includes the parameters that differ from the defaults:
// "4k_c200".
std::string labels(const std::string& scenario, const std::string& cell, const std::string& proto,
                   const std::string& variant) {
  const std::size_t end = cell.find('_');
  return label("scenario", scenario) + "," + label("op", cell.substr(0, end)) + "," +
         label("size", cell.substr(end + 1)) + "," + label("proto", proto) + "," +
         label("variant", variant);
}

std::string family_help(const Figure& figure) {
  const bool searched = is_threshold(*figure.metric);
  if (figure.base.empty()) return searched ? "Estimate of a search" : "Median over the valid runs";
  return searched ? "Ratio of estimates to that of the protocol in base"
                  : "Ratio within blocks (Hodges-Lehmann) to the protocol in base";
}

void add_figure(std::vector<Family>& all, const std::string& scenario, const Figure& figure) {
  const Metric& metric = *figure.metric;
  std::string tags = labels(scenario, figure.cell, figure.proto, figure.variant);
  if (!figure.base.empty()) tags += "," + label("base", figure.base);
  // Not a label "quantile", which common parsers take for a summary's.
  if (metric.percentile != nullptr) tags += "," + label("percentile", metric.percentile);
  const BaseUnit unit = base_unit(metric);
  std::string words = metric.family;
  std::replace(words.begin(), words.end(), '_', ' ');
  const std::string suffix = figure.base.empty() ? unit.name : "ratio";
  const auto add_sample = [&](const std::string& which, const std::string& help, double value) {
    family(all, metric.family + which, suffix, fmt::format("{}: {}.", help, words))
        .samples.push_back(fmt::format("{{{}}} {}", tags, number(value)));
  };
  add_sample("", family_help(figure),
             figure.base.empty() ? figure.value / unit.size : figure.value);
  if (!is_threshold(metric)) return;
  add_sample("_low", "Lower end of the 95 % interval", figure.interval->low);
  add_sample("_high", "Upper end of the 95 % interval", figure.interval->high);
}

void add_run_counts(std::vector<Family>& all, const Result& result, const RunGroup& group) {
  const Run& first = group.valid.empty() ? *group.first : *group.valid.front();
  const std::string tags =
      fmt::format("{{{}}} ", labels(scenario_name(result), cell_name(result, first), first.proto,
                                    variant_name(result, group)));
  family(all, "valid", "runs", "Valid runs, from which the figures are computed.")
      .samples.push_back(tags + std::to_string(group.valid.size()));
  family(all, "invalid", "runs", "Invalid runs, which were left out.")
      .samples.push_back(tags + std::to_string(runs_made(result, group) - group.valid.size()));
}

std::string openmetrics_text(const Analysis& analysis) {
  const std::string scenario = scenario_name(analysis.result);
  std::vector<Family> all;
  for (const Figure& figure : analysis.figures) add_figure(all, scenario, figure);
  for (const RunGroup& group : analysis.groups) add_run_counts(all, analysis.result, group);
  std::string text;
  for (const Family& its : all) {
    text += fmt::format("# TYPE {0} gauge\n# UNIT {0} {1}\n# HELP {0} {2}\n", its.name, its.unit,
                        its.help);
    for (const std::string& sample : its.samples) text += its.name + sample + "\n";
  }
  return text + "# EOF\n";
}

}  // namespace

extern const ExportFormat kOpenMetrics{
    "openmetrics",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"metrics.om", openmetrics_text(analysis)}};
    }};

}  // namespace mpb
