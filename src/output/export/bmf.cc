// Bencher Metric Format. Bencher has the measures latency and throughput with their units, and
// creates a measure for any other name.
#include "analysis/text.hh"
#include "output/export/formats.hh"
#include "output/export/json_parts.hh"

namespace mpb {

namespace {

const char* bmf_measure(const Figure& figure) {
  if (!figure.base.empty()) return "ratio";
  switch (figure.metric->unit) {
    case Unit::kRequestsPerSecond:
      return "throughput";
    case Unit::kBitsPerSecond:
      return "goodput";
    case Unit::kNanoseconds:
      break;
  }
  return "latency";
}

std::string bmf_text(const Analysis& analysis) {
  std::vector<std::string> entries;
  for (const Figure& figure : analysis.figures) {
    std::vector<std::string> members{json_member("value", number(figure.value))};
    if (has_bounds(figure)) {
      members.push_back(json_member("lower_value", number(bounds_of(figure).low)));
      members.push_back(json_member("upper_value", number(bounds_of(figure).high)));
    }
    const std::string measure = json_member(bmf_measure(figure), json_object(members));
    entries.push_back(json_string(figure.name) + ": " + json_object({measure}));
  }
  return json_lines(entries, '{', '}', "") + "\n";
}

}  // namespace

extern const ExportFormat kBmf{
    "bmf",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"bmf.json", bmf_text(analysis)}};
    }};

}  // namespace mpb
