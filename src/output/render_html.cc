#include "output/table.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

// Words are aligned to the left, and a decided verdict has a colour.
std::string html_class(const TableColumn& column, const std::string& cell) {
  if (column.align == Align::kNumber) return "";
  const bool decided = cell == "better" || cell == "worse";
  return " class=\"word" + (decided ? " " + cell : std::string()) + "\"";
}

std::string html_row(const Table& table, const Row& row, bool leads) {
  std::string html = leads ? "<tr class=\"leads\">" : "<tr>";
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i == 0) {
      html += "<th scope=\"row\">" + for_markup(row[i]) + "</th>";
      continue;
    }
    // plots/page.css shows the name of the column in each row where the page is narrow.
    html += "<td data-column=\"" + for_markup(table.columns[i].name) + "\"" +
            html_class(table.columns[i], row[i]) + ">" + for_markup(row[i]) + "</td>";
  }
  return html + "</tr>\n";
}

}  // namespace

std::string to_html(const Table& table) {
  if (table.rows.empty()) return "";
  const std::string title = for_markup(table.title);
  std::string html = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + title +
                     "\"><table>\n<caption>" + title + "</caption>\n<thead><tr>";
  for (const TableColumn& column : table.columns)
    html += "<th scope=\"col\"" + html_class(column, "") + ">" + for_markup(column.name) + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    html += html_row(table, table.rows[i], i == 0 || table.rows[i][0] != table.rows[i - 1][0]);
  html += "</tbody></table></div>\n";
  for (const std::string& note : table.notes) html += note_of(note);
  return html;
}

std::string note_of(const std::string& sentence) {
  return "<p class=\"note\">" + for_markup(sentence) + "</p>\n";
}

}  // namespace mpb
