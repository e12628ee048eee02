#include "report/stalls.hh"

#include <algorithm>

#include "report/verdicts.hh"

namespace mpb {

namespace {

const Figure* find_stall(const Analysis& analysis, const RunGroup& group, const char* metric,
                         bool ratio) {
  const auto found =
      std::find_if(analysis.figures.begin(), analysis.figures.end(), [&](const Figure& figure) {
        return figure.comparison.has_value() == ratio && figure.metric == find_metric(metric) &&
               belongs_to(*figure.runs.front(), group);
      });
  return found == analysis.figures.end() ? nullptr : &*found;
}

}  // namespace

std::string milliseconds_text(const std::optional<Interval>& interval) {
  return interval ? milliseconds(interval->low) + "-" + milliseconds(interval->high) : "-";
}

std::vector<Row> stall_rows(const Analysis& analysis, const CellName& name) {
  std::vector<Row> rows{{"cell", "protocol", "longest stall ms", "95 %", "ratio", "95 %", "verdict",
                         "first success ms", "95 %", "ratio", "95 %", "verdict", "runs"}};
  for (const RunGroup& group : analysis.groups) {
    Row row{name(group), contestant(*group.first)};
    for (const char* metric : {"longest_stall", "first_success"}) {
      const Figure* figure = find_stall(analysis, group, metric, false);
      const Figure* ratio = find_stall(analysis, group, metric, true);
      row.push_back(
          figure == nullptr ? "-" : (figure->at_least ? "≥ " : "") + milliseconds(figure->value));
      row.push_back(figure == nullptr ? "-" : milliseconds_text(figure->interval));
      row.push_back(ratio == nullptr ? "" : fixed(ratio->value, 2) + "x");
      row.push_back(ratio == nullptr ? "" : interval_text(ratio->interval, 2));
      row.push_back(ratio == nullptr ? "" : verdict_text(ratio->judgement, ratio->untold));
    }
    if (row[2] == "-" && row[7] == "-") continue;
    row.push_back(count_of(group.valid.size(), runs_made(analysis.result, group)));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace mpb
