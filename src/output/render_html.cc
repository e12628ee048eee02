#include <fmt/format.h>

#include "output/table.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

// Words are aligned to the left, and a decided verdict has a colour.
std::string html_class(const TableColumn& column, const std::string& cell) {
  if (column.align == Align::kNumber) return "";
  const bool decided = cell == "better" || cell == "worse";
  return decided ? fmt::format(" class=\"word {}\"", cell) : " class=\"word\"";
}

std::string html_row(const Table& table, const Row& row, bool leads) {
  std::string html = leads ? "<tr class=\"leads\">" : "<tr>";
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i == 0) {
      html += fmt::format("<th scope=\"row\">{}</th>", for_markup(row[i]));
      continue;
    }
    // plots/page.css shows the name of the column in each row where the page is narrow.
    html += fmt::format("<td data-column=\"{}\"{}>{}</td>", for_markup(table.columns[i].name),
                        html_class(table.columns[i], row[i]), for_markup(row[i]));
  }
  return html + "</tr>\n";
}

}  // namespace

std::string to_html(const Table& table) {
  if (table.rows.empty()) return "";
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table>\n"
      "<caption>{0}</caption>\n<thead><tr>",
      for_markup(table.title));
  for (const TableColumn& column : table.columns) {
    html +=
        fmt::format("<th scope=\"col\"{}>{}</th>", html_class(column, ""), for_markup(column.name));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    html += html_row(table, table.rows[i], i == 0 || table.rows[i][0] != table.rows[i - 1][0]);
  html += "</tbody></table></div>\n";
  for (const std::string& note : table.notes) html += note_of(note);
  for (const std::string& note : table.detail_notes) html += note_of(note);
  return html;
}

std::string note_of(const std::string& sentence) {
  return fmt::format("<p class=\"note\">{}</p>\n", for_markup(sentence));
}

}  // namespace mpb
