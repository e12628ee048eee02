// A history in CSV: one row an experiment, one column a headline figure.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/text.hh"
#include "output/export/formats.hh"
#include "sys/error.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

constexpr const char* kHistoryStart = "time,commit,branch";

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(at, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

// The history's lines; a new history begins with the names of the figures.
std::vector<std::string> history_lines(const ExportContext& context,
                                       const std::vector<Figure>& figures) {
  std::vector<std::string> lines = split(context.history, '\n');
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.empty()) {
    std::string header = kHistoryStart;
    for (const Figure& figure : figures) header += "," + for_csv(figure.name);
    lines.push_back(header);
  }
  if (!(lines.front() + ",").starts_with(std::string(kHistoryStart) + ",")) {
    throw BadInput(
        fmt::format("{}: line 1: is not a history, whose first columns are {}; name "
                    "another file",
                    context.history_file, kHistoryStart));
  }
  return lines;
}

std::string csv_text(const Analysis& analysis, const ExportContext& context, ExportNotes& notes) {
  const Result& result = analysis.result;
  std::vector<Figure> figures;
  std::copy_if(analysis.figures.begin(), analysis.figures.end(), std::back_inserter(figures),
               [](const Figure& figure) { return figure.metric->headline; });
  if (figures.empty()) {  // the first row decides the columns, so it must have figures
    // A job must notice a gap in a history. A first result without a valid run leaves none.
    (context.history.empty() ? notes.left_out : notes.missing)
        .push_back(fmt::format("{}: no row was added, because this result has no figures",
                               context.history_file));
    return context.history;
  }
  std::vector<std::string> lines = history_lines(context, figures);
  // A program that finds changes wants a number in every cell, and ignores a column with a gap.
  // The first row therefore decides the columns.
  const std::vector<std::string> columns = split(lines.front(), ',');
  const std::string experiment = fmt::format("{},{},{}", for_csv(result.started),
                                             for_csv(context.commit), for_csv(context.branch));
  std::string row = experiment;
  for (std::size_t i = 3; i < columns.size(); ++i) {
    const auto figure = std::find_if(figures.begin(), figures.end(), [&](const Figure& f) {
      return for_csv(f.name) == columns[i];
    });
    if (figure == figures.end()) {
      notes.missing.push_back(
          fmt::format("{}: no row was added, because this result has no {}; all rows of a history "
                      "are results of one command",
                      context.history_file, columns[i]));
      return context.history;
    }
    row += "," + number(figure->value);
  }
  for (const Figure& figure : figures) {
    if (std::find(columns.begin(), columns.end(), for_csv(figure.name)) == columns.end()) {
      notes.left_out.push_back(
          fmt::format("{}: {} was left out, because the history has no such column",
                      context.history_file, figure.name));
    }
  }
  // An experiment that is exported twice has one row.
  if (lines.size() > 1 && (lines.back() + ",").starts_with(experiment + ",")) lines.pop_back();
  lines.push_back(row);
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace

extern const ExportFormat kCsv{"csv",
                               [](const Analysis& analysis, const ExportContext& context,
                                  ExportNotes& notes) -> std::vector<ExportFile> {
                                 const std::string text = csv_text(analysis, context, notes);
                                 if (text.empty()) return {};
                                 return {{kHistoryName, text}};
                               }};

}  // namespace mpb
