// A table as data: built once from what was measured, and rendered as text, HTML or Markdown.
//
// A renderer escapes for its medium, aligns, and blanks a name that repeats. It never computes,
// rounds or renames, so the cells of one table are the same wherever they are read.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mpb {

enum class Align { kWord, kNumber };

struct TableColumn {
  std::string name;
  Align align = Align::kNumber;
  bool detail = false;  // on the page only, which has room for it
};

using Row = std::vector<std::string>;

struct Table {
  std::string title;     // "" for none
  std::size_t keys = 0;  // so many leading columns name the row
  std::vector<TableColumn> columns;
  std::vector<Row> rows;           // as shown; "-" is not known, "" does not apply
  std::vector<std::string> notes;  // sentences below the table
};

TableColumn word(std::string name);
TableColumn number_of(std::string name);
TableColumn detail(std::string name);  // a number

// Removes the columns, but for the keys, in which no row has a value; without any other column all
// rows.
void drop_empty_columns(Table& table);

// "" for a table without rows. Lines of a terminal are indented by two spaces.
std::string to_text(const Table& table);
std::string to_html(const Table& table);
std::string to_markdown(const Table& table);

// A sentence as a line of its own: on a terminal, and on the page.
std::string line_of(const std::string& sentence);
std::string note_of(const std::string& sentence);

// Sentences as a list in Markdown: the first fifty, and how many more there are.
std::string list_of(const std::vector<std::string>& sentences);

}  // namespace mpb
