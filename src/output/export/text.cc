// The text formats: OpenMetrics, a history in CSV, and HdrHistogram's percentile files.
#include "analysis/text.hh"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "output/export/formats.hh"
#include "sys/error.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

// --- OpenMetrics ---

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
  double size;  // in the metric's own
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

// Families stand together, in the order in which they first occur: a reader refuses one that is
// torn apart.
Family& family(std::vector<Family>& all, const std::string& stem, const std::string& unit,
               const std::string& help) {
  const std::string name = "mptcp_bench_" + stem + "_" + unit;
  auto found =
      std::find_if(all.begin(), all.end(), [&](const Family& f) { return f.name == name; });
  if (found == all.end()) found = all.insert(all.end(), {name, unit, help, {}});
  return *found;
}

// What the name of a figure says, label by label. A parameter that is not the default's stands
// behind the size: "4k_c200".
std::string labels(const std::string& scenario, const std::string& cell, const std::string& proto,
                   const std::string& variant) {
  const std::size_t end = cell.find('_');
  return label("scenario", scenario) + "," + label("op", cell.substr(0, end)) + "," +
         label("size", cell.substr(end + 1)) + "," + label("proto", proto) + "," +
         label("variant", variant);
}

// --- CSV ---

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(at, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

constexpr const char* kHistoryStart = "time,commit,branch";

std::string openmetrics_text(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::string scenario = scenario_name(result);
  std::vector<Family> all;
  for (const Figure& figure : analysis.figures) {
    const Metric& metric = *figure.metric;
    std::string tags = labels(scenario, figure.cell, figure.proto, figure.variant);
    if (!figure.base.empty()) tags += "," + label("base", figure.base);
    // Not a label "quantile", which common parsers take for a summary's.
    if (metric.percentile != nullptr) tags += "," + label("percentile", metric.percentile);
    const BaseUnit unit = base_unit(metric);
    const double value = figure.base.empty() ? figure.value / unit.size : figure.value;
    std::string words = metric.family;
    std::replace(words.begin(), words.end(), '_', ' ');
    const bool searched = is_threshold(metric);
    const std::string kind =
        figure.base.empty() ? (searched ? "Estimate of a search" : "Median over the valid runs")
        : searched          ? "Ratio of estimates to that of the protocol in base"
                            : "Ratio within blocks (Hodges-Lehmann) to the protocol in base";
    const std::string suffix = figure.base.empty() ? unit.name : "ratio";
    const auto add = [&](const std::string& which, const std::string& help, double what) {
      family(all, metric.family + which, suffix, help + ": " + words + ".")
          .samples.push_back("{" + tags + "} " + number(what));
    };
    add("", kind, value);
    if (!searched) continue;
    add("_low", "Lower end of the 95 % interval", figure.interval->low);
    add("_high", "Upper end of the 95 % interval", figure.interval->high);
  }
  for (const RunGroup& group : analysis.groups) {
    const Run& first = group.valid.empty() ? *group.first : *group.valid.front();
    const std::string tags =
        "{" + labels(scenario, cell_name(result, first), first.proto, variant_name(result, group)) +
        "} ";
    family(all, "valid", "runs", "Runs that the figures are of.")
        .samples.push_back(tags + std::to_string(group.valid.size()));
    family(all, "invalid", "runs", "Runs that are no results and were left out.")
        .samples.push_back(tags + std::to_string(runs_made(result, group) - group.valid.size()));
  }
  std::string text;
  for (const Family& its : all) {
    text += "# TYPE " + its.name + " gauge\n# UNIT " + its.name + " " + its.unit + "\n# HELP " +
            its.name + " " + its.help + "\n";
    for (const std::string& sample : its.samples) text += its.name + sample + "\n";
  }
  return text + "# EOF\n";
}

std::string csv_text(const Analysis& analysis, const ExportContext& context, ExportNotes& notes) {
  const Result& result = analysis.result;
  std::vector<Figure> figures;
  std::copy_if(analysis.figures.begin(), analysis.figures.end(), std::back_inserter(figures),
               [](const Figure& figure) { return figure.metric->headline; });
  if (figures.empty()) {  // a first row would decide that there are no columns
    if (!context.history.empty())
      notes.missing.push_back(context.history_file +
                              ": no row was added, for this result has no figures");
    return context.history;
  }
  std::string header = kHistoryStart;
  for (const Figure& figure : figures) header += "," + for_csv(figure.name);

  std::vector<std::string> rows = split(context.history, '\n');
  while (!rows.empty() && rows.back().empty()) rows.pop_back();
  if (rows.empty()) rows.push_back(header);
  if (!(rows.front() + ",").starts_with(std::string(kHistoryStart) + ",")) {
    throw BadInput(context.history_file + ": line 1: is not a history, whose first columns are " +
                   kHistoryStart + "; name another file");
  }

  // A change-point finder wants a number in every cell: a column with a hole is no column to it. So
  // the first row decides the columns.
  const std::vector<std::string> columns = split(rows.front(), ',');
  std::string row =
      for_csv(result.started) + "," + for_csv(context.commit) + "," + for_csv(context.branch);
  for (std::size_t i = 3; i < columns.size(); ++i) {
    const auto figure = std::find_if(figures.begin(), figures.end(), [&](const Figure& f) {
      return for_csv(f.name) == columns[i];
    });
    if (figure == figures.end()) {
      notes.missing.push_back(context.history_file + ": no row was added, for this result has no " +
                              columns[i] + "; a history is of results of the same command");
      return context.history;
    }
    row += "," + number(figure->value);
  }
  for (const Figure& figure : figures) {
    if (std::find(columns.begin(), columns.end(), for_csv(figure.name)) == columns.end())
      notes.left_out.push_back(context.history_file + ": " + figure.name +
                               " was left out, for the history has no such column");
  }
  // Exported twice, it is still one experiment.
  const std::string experiment =
      for_csv(result.started) + "," + for_csv(context.commit) + "," + for_csv(context.branch) + ",";
  if (rows.size() > 1 && (rows.back() + ",").starts_with(experiment)) rows.pop_back();
  rows.push_back(row);
  std::string text;
  for (const std::string& line : rows) text += line + "\n";
  return text;
}

}  // namespace

std::string hgrm_text(const Histogram& latency) {
  char line[128];
  std::snprintf(line, sizeof line, "%12s %12s %12s %12s\n\n", "Value", "Percentile", "TotalCount",
                "1/(1-Percentile)");
  std::string text = line;
  const auto milliseconds = [](Nanos t) { return static_cast<double>(t.count()) / 1e6; };
  const std::vector<Histogram::Bucket> buckets = latency.buckets();
  const auto total = static_cast<double>(latency.count());

  // Five rows each time the distance to 100 % halves, as HdrHistogram's own files have it.
  double share = 0;
  std::uint64_t seen = 0;
  for (auto bucket = buckets.begin(); bucket != buckets.end();) {
    if (seen + bucket->count <
        static_cast<std::uint64_t>(std::max(1.0, std::ceil(share * total)))) {
      seen += (bucket++)->count;
      continue;
    }
    if (seen + bucket->count == latency.count()) break;
    std::snprintf(line, sizeof line, "%12.3f %12f %12llu %12.2f\n",
                  milliseconds(latency.quantile(share)), share,
                  static_cast<unsigned long long>(seen + bucket->count), 1 / (1 - share));
    text += line;
    const double next = share + 1 / (5 * std::exp2(std::floor(std::log2(1 / (1 - share))) + 1));
    if (next == share)
      break;  // as close to 1 as a double gets: no further row can be told from this one
    share = next;
  }
  // Without the last column, which would be infinite.
  std::snprintf(line, sizeof line, "%12.3f %12f %12llu\n", milliseconds(latency.max()), 1.0,
                static_cast<unsigned long long>(latency.count()));
  text += line;

  double squares = 0;
  for (const Histogram::Bucket& bucket : buckets) {
    const Nanos high = std::min(Histogram::upper_bound(bucket.index), latency.max());
    const double middle = milliseconds(Histogram::lower_bound(bucket.index) +
                                       (high - Histogram::lower_bound(bucket.index)) / 2);
    squares += static_cast<double>(bucket.count) * std::pow(middle - latency.mean() / 1e6, 2);
  }
  const std::uint32_t half = std::uint32_t{1} << Histogram::kSubBucketBits;
  std::snprintf(line, sizeof line, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
                latency.mean() / 1e6, std::sqrt(squares / total));
  text += line;
  std::snprintf(line, sizeof line, "#[Max     = %12.3f, Total count    = %12llu]\n",
                milliseconds(latency.max()), static_cast<unsigned long long>(latency.count()));
  text += line;
  std::snprintf(line, sizeof line, "#[Buckets = %12u, SubBuckets     = %12u]\n",
                Histogram::index_of(Histogram::kLimit) / half, 2 * half);
  return text + line;
}

namespace {

// Artifact stores refuse a colon in a file's name, and a size may hold one ("1k:70+16k:30").
std::string file_name(std::string name) {
  for (char& c : name) c = c == ':' || c == '/' ? '_' : c;
  return name;
}

std::vector<ExportFile> hgrm_files(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::vector<ExportFile> files;
  for (const RunGroup& group : analysis.groups) {
    Histogram all;
    if (is_saturated(group)) continue;  // how long the run was, nothing of the links
    for (const Run* run : group.valid) all.merge(headline_latency(*run));
    if (all.count() == 0) continue;
    const std::string name = scenario_name(result) + "_" + cell_name(result, *group.valid.front()) +
                             "_" + variant_name(result, group) + ".hgrm";
    files.push_back({file_name(name), hgrm_text(all)});
  }
  return files;
}

}  // namespace

extern const ExportFormat kOpenMetrics{
    "openmetrics",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"metrics.om", openmetrics_text(analysis)}};
    }};
extern const ExportFormat kHgrm{"hgrm", [](const Analysis& analysis, const ExportContext&,
                                           ExportNotes&) { return hgrm_files(analysis); }};
extern const ExportFormat kCsv{"csv",
                               [](const Analysis& analysis, const ExportContext& context,
                                  ExportNotes& notes) -> std::vector<ExportFile> {
                                 const std::string text = csv_text(analysis, context, notes);
                                 if (text.empty()) return {};
                                 return {{kHistoryName, text}};
                               }};

}  // namespace mpb
