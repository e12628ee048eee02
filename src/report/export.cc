#include "report/export.hh"

#include <array>
#include <charconv>
#include <cmath>
#include <functional>

#include "report/formats.hh"
#include "report/table.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

// Artifact stores refuse a colon in a file's name, and a size may hold one ("1k:70+16k:30").
std::string file_name(std::string name) {
  for (char& c : name) c = c == ':' || c == '/' ? '_' : c;
  return name;
}

std::vector<ExportFile> hgrm_files(const Result& result) {
  std::vector<ExportFile> files;
  for (const RunGroup& group : groups_of(result)) {
    Histogram all;
    if (is_saturated(group)) continue;  // how long the run was, nothing of the links
    for (const Run* run : group.valid) all.merge(published_latency(*run));
    if (all.count() == 0) continue;
    const std::string name = scenario_name(result) + "_" + cell_name(result, *group.valid.front()) + "_" + group.first->proto + ".hgrm";
    files.push_back({file_name(name), hgrm_text(all)});
  }
  return files;
}

}  // namespace

std::string number(double value) {
  std::array<char, 32> text;
  const bool whole = std::abs(value) < 1e15 && std::trunc(value) == value;
  const std::to_chars_result end = whole ? std::to_chars(text.data(), text.data() + text.size(), static_cast<long long>(value))
                                         : std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

std::string json_string(std::string_view text) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\u00";
      quoted += kDigits[byte >> 4];
      quoted += kDigits[byte & 15];
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

std::vector<std::string> omissions(const Result& result) {
  std::vector<std::string> sentences;
  for (const Run& run : result.runs) {
    if (!run.valid()) sentences.push_back(invalid_sentence(run, result.runs.size()));
  }
  return sentences;
}

const std::vector<std::string>& export_formats() {
  static const std::vector<std::string> kFormats{"gbench",      "gbench-ci", "custom-smaller", "custom-bigger", "bmf",
                                                 "openmetrics", "junit",     "markdown",       "hgrm",          "csv"};
  return kFormats;
}

std::vector<ExportFile> export_files(const Result& result, const std::string& format, const ExportContext& context, ExportNotes& notes) {
  if (format == "gbench") return {{"gbench.json", gbench_text(result)}};
  if (format == "gbench-ci") return {{"gbench-ci.json", gbench_ci_text(result)}};
  if (format == "custom-smaller") return {{"custom-smaller.json", custom_text(result, false)}};
  if (format == "custom-bigger") return {{"custom-bigger.json", custom_text(result, true)}};
  if (format == "bmf") return {{"bmf.json", bmf_text(result)}};
  if (format == "openmetrics") return {{"metrics.om", openmetrics_text(result)}};
  if (format == "junit") return {{"junit.xml", junit_text(result)}};
  if (format == "markdown") return {{"summary.md", markdown_text(result)}};
  if (format == "hgrm") return hgrm_files(result);
  if (format == "csv") {
    const std::string text = csv_text(result, context, notes);
    return text.empty() ? std::vector<ExportFile>{} : std::vector<ExportFile>{{kHistoryName, text}};
  }
  throw BadInput("--format: there is no \"" + format + "\"; see mptcp-bench export --help");
}

}  // namespace mpb
