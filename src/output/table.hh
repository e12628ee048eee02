// A table as data. It is built once from the figures, and rendered as text, HTML or Markdown.
//
// A renderer escapes for its medium, aligns columns, and leaves out a name that repeats. It never
// computes, rounds or renames, so that a table has the same cells in every output.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mpb {

enum class Align { kWord, kNumber };

struct TableColumn {
  std::string name;
  Align align = Align::kNumber;
  bool detail = false;  // shown on the page only, which has room for it
};

using Row = std::vector<std::string>;

struct Table {
  std::string title;     // "" for none
  std::size_t keys = 0;  // the number of leading columns that name the row
  std::vector<TableColumn> columns;
  std::vector<Row> rows;                  // as shown; "-" is unknown, "" does not apply
  std::vector<std::string> notes;         // sentences below the table
  std::vector<std::string> detail_notes;  // about the details, so on the page only
};

TableColumn word(std::string name);
TableColumn number_of(std::string name);
TableColumn detail(std::string name);  // a number

// Removes the columns without a value in any row, except for the keys. Removes all rows if only the
// keys are left.
void drop_empty_columns(Table& table);

// "" for a table without rows. Lines for a terminal are indented by two spaces.
std::string to_text(const Table& table);
std::string to_html(const Table& table);
std::string to_markdown(const Table& table);

// A sentence as a line of its own, on a terminal and on the page.
std::string line_of(const std::string& sentence);
std::string note_of(const std::string& sentence);

// The first fifty sentences as a list in Markdown, and the number of the others.
std::string list_of(const std::vector<std::string>& sentences);

}  // namespace mpb
