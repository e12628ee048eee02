#include "output/table.hh"

#include <algorithm>
#include <utility>

namespace mpb {

TableColumn word(std::string name) { return {std::move(name), Align::kWord}; }
TableColumn number_of(std::string name) { return {std::move(name)}; }
TableColumn detail(std::string name) { return {std::move(name), Align::kNumber, true}; }

void drop_empty_columns(Table& table) {
  for (std::size_t column = table.columns.size(); column-- > table.keys;) {
    const bool has_value = std::any_of(
        table.rows.begin(), table.rows.end(),
        [column](const Row& row) { return !row[column].empty() && row[column] != "-"; });
    if (has_value) continue;
    const auto at = static_cast<std::ptrdiff_t>(column);
    table.columns.erase(table.columns.begin() + at);
    for (Row& row : table.rows) row.erase(row.begin() + at);
  }
  if (table.columns.size() == table.keys) table.rows.clear();
}

}  // namespace mpb
