#include <fmt/format.h>

#include "output/table.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

// Without the columns that are details.
template <class Cell>
std::string markdown_row(const Table& table, Cell cell) {
  std::string text = "|";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].detail) text += cell(i) + "|";
  }
  return text + "\n";
}

std::string markdown_cell(const std::string& cell) {
  return cell.empty() ? "  " : " " + for_markdown_cell(cell) + " ";
}

}  // namespace

std::string to_markdown(const Table& table) {
  if (table.rows.empty()) return "";
  std::string text = table.title.empty() ? "" : "### " + for_markdown(table.title) + "\n\n";
  text += markdown_row(table, [&](std::size_t i) { return markdown_cell(table.columns[i].name); });
  text += markdown_row(table, [&](std::size_t i) {
    return table.columns[i].align == Align::kWord ? std::string("---") : std::string("--:");
  });
  for (const Row& row : table.rows)
    text += markdown_row(table, [&](std::size_t i) { return markdown_cell(row[i]); });
  return text + (table.notes.empty() ? "" : "\n" + list_of(table.notes));
}

std::string list_of(const std::vector<std::string>& sentences) {
  constexpr std::size_t kMost = 50;
  std::string text;
  for (std::size_t i = 0; i < sentences.size() && i < kMost; ++i)
    text += "- " + for_markdown(sentences[i]) + "\n";
  if (sentences.size() > kMost) text += fmt::format("- and {} more\n", sentences.size() - kMost);
  return text;
}

}  // namespace mpb
