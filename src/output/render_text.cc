#include <algorithm>
#include <numeric>

#include "output/table.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

// A row as a terminal shows it: without details, and without names that repeat those of the row
// above.
Row text_row(const Table& table, const Row& row, const Row* above) {
  Row cells;
  bool repeats = above != nullptr;
  for (std::size_t i = 0; i < row.size(); ++i) {
    repeats = repeats && i < table.keys && row[i] == (*above)[i];
    if (!table.columns[i].detail) cells.push_back(repeats ? "" : for_terminal(row[i]));
  }
  return cells;
}

std::string text_line(const Row& cells, const std::vector<std::size_t>& widths,
                      const std::vector<Align>& aligns) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - columns_of(cells[i]), ' ');
    line += "  " + (aligns[i] == Align::kWord ? cells[i] + padding : padding + cells[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string to_text(const Table& table) {
  if (table.rows.empty()) return "";
  Row names;
  std::vector<Align> aligns;
  for (const TableColumn& column : table.columns) {
    names.push_back(column.name);
    if (!column.detail) aligns.push_back(column.align);
  }
  std::vector<Row> lines{text_row(table, names, nullptr)};
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    lines.push_back(text_row(table, table.rows[i], i == 0 ? nullptr : &table.rows[i - 1]));
  std::vector<std::size_t> widths(aligns.size(), 0);
  for (const Row& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(line[i]));
  }
  const std::size_t gaps = widths.empty() ? 0 : 2 * (widths.size() - 1);
  const std::size_t width = std::accumulate(widths.begin(), widths.end(), gaps);
  std::string text = table.title.empty() ? "" : line_of(table.title) + "\n";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == 1) text += "  " + std::string(width, '-') + "\n";
    text += text_line(lines[i], widths, aligns);
  }
  for (std::size_t i = 0; i < table.notes.size(); ++i)
    text += (i == 0 ? "\n" : "") + line_of(table.notes[i]);
  return text;
}

std::string line_of(const std::string& sentence) { return "  " + for_terminal(sentence) + "\n"; }

}  // namespace mpb
