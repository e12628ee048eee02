#include "output/export/custom.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/text.hh"
#include "output/export/json_parts.hh"

namespace mpb {

namespace {

std::string custom_unit(const Figure& figure) {
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

// Shown when a reader points at the figure.
std::string custom_extra(const Figure& figure) {
  std::string extra =
      is_threshold(*figure.metric)
          ? fmt::format("estimate of a search with {} runs", figure.made)
          : fmt::format("{} {} of {} runs", figure.comparison ? "over" : "median over",
                        figure.values.size(), figure.made);
  if (figure.judgement.verdict != Verdict::kNone) extra += "; " + to_text(figure.judgement.verdict);
  const bool saturated = std::any_of(figure.runs.begin(), figure.runs.end(),
                                     [](const Run* run) { return run->saturated; });
  return extra + (saturated ? "; saturated: the offered rate was not reached" : "");
}

std::string custom_entry(const Figure& figure) {
  const double scale = figure.base.empty() && figure.metric->unit == Unit::kNanoseconds ? 1e6 : 1;
  std::vector<std::string> members{json_member("name", json_string(figure.name)),
                                   json_member("unit", json_string(custom_unit(figure))),
                                   json_member("value", number(figure.value / scale))};
  if (has_bounds(figure)) {
    const Interval bounds = bounds_of(figure);
    const std::string half = number((bounds.high - bounds.low) / 2 / scale);
    members.push_back(json_member("range", json_string("± " + half)));
  }
  members.push_back(json_member("extra", json_string(custom_extra(figure))));
  return json_object(members);
}

}  // namespace

std::string custom_entries(const Analysis& analysis, bool bigger_is_better) {
  std::vector<std::string> entries;
  for (const Figure& figure : analysis.figures) {
    if (figure.metric->bigger_is_better == bigger_is_better)
      entries.push_back(custom_entry(figure));
  }
  return json_lines(entries, '[', ']', "") + "\n";
}

}  // namespace mpb
