// A history.csv to which a result adds its row: refused by name, left as it is with a note, or one
// row longer; and the same result does not add another.
#include <algorithm>

#include "fuzz.hh"
#include "output/export/export.hh"
#include "result/read.hh"

namespace mpb {

namespace {

const Analysis& golden() {
  static const Result result = read_result(SOURCE_ROOT "/tests/golden/result.json");
  static const Analysis analysis = analyse(result);
  return analysis;
}

std::string with_row(const std::string& history, ExportNotes& notes) {
  const ExportContext context{"abc", "main", history, "history.csv"};
  const std::vector<ExportFile> files = export_files(golden(), "csv", context, notes);
  assert(files.size() == 1);
  return files[0].text;
}

std::ptrdiff_t commas_in(std::string_view line) {
  return std::count(line.begin(), line.end(), ',');
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string history(reinterpret_cast<const char*>(data), size);
  ExportNotes notes;
  const auto longer = accepted([&] { return with_row(history, notes); }, "history.csv: ");
  if (!longer) return 0;
  for (const std::string& note : notes.left_out) assert(note.starts_with("history.csv: "));
  if (!notes.missing.empty()) {
    assert(notes.missing.size() == 1 && notes.missing[0].starts_with("history.csv: "));
    assert(*longer == history);
    return 0;
  }
  assert(longer->ends_with('\n'));
  const std::string_view lines = std::string_view(*longer).substr(0, longer->size() - 1);
  assert(commas_in(lines.substr(0, lines.find('\n'))) ==
         commas_in(lines.substr(lines.rfind('\n') + 1)));
  ExportNotes again;
  assert(with_row(*longer, again) == *longer);
  return 0;
}
