// The output of `valkey-benchmark --csv`, with a row for each cell and contestant.
#include <fmt/format.h>

#include "output/export/formats.hh"
#include "output/export/valkey_benchmark.hh"
#include "sys/escape.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

// valkey-benchmark puts all cells in quotes.
std::string quoted(const std::string& cell) { return "\"" + cell + "\""; }

// Over the runs that have a value; empty without one.
std::string cell_of_runs(const BenchmarkColumn& column, const RunGroup& group) {
  std::vector<double> values;
  for (const Run* run : group.valid) {
    if (const std::optional<double> value = benchmark_value(column, group, *run))
      values.push_back(*value);
  }
  return values.empty() ? "" : fixed(column.of_all(values), column.decimals);
}

std::vector<ExportFile> valkey_csv_files(const Analysis& analysis, const ExportContext&,
                                         ExportNotes& notes) {
  if (!has_requests(analysis.result, "valkey-csv", notes)) return {};
  std::string rows;
  for (const RunGroup& group : analysis.groups) {
    if (group.valid.empty()) continue;
    // The name has no character that needs quotes.
    rows += quoted(for_csv(benchmark_test(analysis.result, group)));
    for (const BenchmarkColumn& column : benchmark_columns())
      rows += "," + quoted(cell_of_runs(column, group));
    rows += "\n";
  }
  if (rows.empty()) return {};
  std::string header = quoted("test");
  for (const BenchmarkColumn& column : benchmark_columns()) header += "," + quoted(column.name);
  return {{"valkey-benchmark.csv", header + "\n" + rows}};
}

}  // namespace

extern const ExportFormat kValkeyCsv{"valkey-csv", valkey_csv_files};

}  // namespace mpb
