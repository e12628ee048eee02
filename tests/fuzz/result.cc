// Result files, which others may have written: refused by name and place, or taken; then everything
// that the program makes of a result is made of it, and it is written again as the same text. Where
// inputs count (libFuzzer's own), only one of the outputs is made of each; of the files of extremes.py,
// all.
#include "report/result.hh"

#include <cstdlib>
#include <functional>
#include <iterator>

#include "fuzz.hh"
#include "report/compare.hh"
#include "report/export.hh"
#include "report/gate.hh"
#include "report/page.hh"
#include "report/read.hh"
#include "report/slo.hh"
#include "report/table.hh"
#include "report/verdicts.hh"

namespace mpb {

namespace {

constexpr const char* kFile = "r.json";

void check_again(const Result& result) {
  const std::string text = to_json(result);
  assert(to_json(result_from_json(text, kFile)) == text);
}

void check_tables(const Result& result) {
  assert(!table(result, "title").empty());
  const Published published{"somebody", {{"get", 4096, "tcp", 1000, 5}, {"get", 4096, "mptcp", 2000, 3}}};
  table(result, "title", published);
  slo_sentences(result);
}

void check_page(const Result& result) {
  const std::string html = page({{"r", result}}, {}, "0123456789abcdef");
  assert(html.ends_with("</html>\n"));
  // Without parts there is no script of ours, so there must be none at all.
  assert(html.find("<script") == std::string::npos);
}

void check_exports(const Result& result) {
  for (const std::string& format : export_formats()) {
    ExportNotes notes;
    const ExportContext context{"abc", "main", "", "history.csv"};
    for (const ExportFile& file : export_files(result, format, context, notes)) {
      assert(file.name.find('/') == std::string::npos && !file.name.empty());
      assert(!file.text.empty());
    }
  }
}

void check_verdicts(const Result& result) {
  accepted([&] { return compare_text(result, "a.json", result, "b.json"); });
  static const std::vector<GateRule> rules =
      parse_gate_rules("mptcp/tcp throughput * < 1.2\nmptcp p99 get/* > 20ms\ntcp goodput * < 1mbit\n", "gates.txt");
  const auto outcomes = accepted([&] { return evaluate(result, rules); }, "gates.txt:");
  if (!outcomes) return;
  gate_table(result, *outcomes);
  gate_junit(result, *outcomes);
}

constexpr void (*kChecks[])(const Result&) = {check_again, check_tables, check_page, check_exports, check_verdicts};

}  // namespace

}  // namespace mpb

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  return mpb::mutate_json(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = accepted([&] { return result_from_json(text, kFile); }, "r.json: ");
  if (!result) return 0;
  static const bool all = std::getenv("FUZZ_ALL_OUTPUTS") != nullptr;
  const std::size_t chosen = std::hash<std::string_view>{}(text) % std::size(kChecks);
  for (std::size_t i = 0; i < std::size(kChecks); ++i) {
    if (all || i == chosen) kChecks[i](*result);
  }
  return 0;
}
