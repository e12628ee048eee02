#include <fmt/format.h>

#include "analysis/headline.hh"
#include "analysis/heat_map.hh"
#include "analysis/text.hh"
#include "output/tables.hh"

namespace mpb {

namespace {

// "1.31x better"; "1.31x" without a verdict.
std::string heat_text(const Figure* ratio) {
  if (ratio == nullptr) return "-";
  const std::string text = fixed(ratio->value, 2) + "x";
  const Verdict verdict = ratio->judgement.verdict;
  return verdict == Verdict::kNone ? text : text + " " + to_text(verdict);
}

Table heat_table(const HeatMap& map) {
  Table table;
  table.title = heat_title(map);
  table.keys = 1;
  table.columns = {word(map.rows->name)};
  for (const std::string& value : map.columns->values)
    table.columns.push_back(number_of(map.columns->name + " " + value));
  for (std::size_t row = 0; row < map.ratios.size(); ++row) {
    Row cells{map.rows->values[row]};
    for (const Figure* ratio : map.ratios[row]) cells.push_back(heat_text(ratio));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace

std::string heat_title(const HeatMap& map) {
  return fmt::format("{}: {} of {} as a ratio to {}", map.cell, shown_name(*map.metric),
                     map.contestant, map.base);
}

std::vector<Table> heat_tables(const Analysis& analysis) {
  std::vector<Table> tables;
  for (const HeatMap& map : heat_maps(analysis)) tables.push_back(heat_table(map));
  return tables;
}

}  // namespace mpb
