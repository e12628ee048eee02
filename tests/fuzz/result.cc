// Result files, which others may have written: refused by name and place, or taken; then everything
// that the program makes of a result is made of it, and it is written again as the same text. Where
// inputs count (libFuzzer's own), only one of the outputs is made of each; of the files of
// extremes.py, all.
#include "result/result.hh"

#include <cstdlib>
#include <functional>
#include <iterator>

#include "analysis/compare.hh"
#include "analysis/curve.hh"
#include "analysis/gate.hh"
#include "analysis/verdicts.hh"
#include "analysis/write.hh"
#include "fuzz.hh"
#include "output/export/export.hh"
#include "output/gate_report.hh"
#include "output/page/page.hh"
#include "output/terminal.hh"
#include "result/read.hh"

namespace mpb {

namespace {

constexpr const char* kFile = "r.json";

void check_again(const Analysis& analysis) {
  const std::string text = to_json(analysis);
  assert(to_json(analyse(result_from_json(text, kFile))) == text);
}

void check_tables(const Analysis& analysis) {
  assert(!terminal_text(analysis, "title").empty());
  const Published published{"somebody",
                            {{"get", 4096, "tcp", 1000, 5}, {"get", 4096, "mptcp", 2000, 3}}};
  terminal_text(analysis, "title", published);
  slo_sentences(analysis);
}

void check_page(const Analysis& analysis) {
  const std::string html = page({{"r", analysis.result}}, {}, "0123456789abcdef");
  assert(html.ends_with("</html>\n"));
  // Without parts there is no script of ours, so there must be none at all.
  assert(html.find("<script") == std::string::npos);
}

void check_exports(const Analysis& analysis) {
  for (const std::string& format : export_formats()) {
    ExportNotes notes;
    const ExportContext context{"abc", "main", "", "history.csv"};
    for (const ExportFile& file : export_files(analysis, format, context, notes)) {
      assert(file.name.find('/') == std::string::npos && !file.name.empty());
      assert(!file.text.empty());
    }
  }
}

void check_verdicts(const Analysis& analysis) {
  accepted([&] { return compare_text(analysis, "a.json", analysis, "b.json"); });
  static const std::vector<GateRule> rules = parse_gate_rules(
      "mptcp/tcp throughput * < 1.2\nmptcp p99 get/* > 20ms\ntcp goodput * < 1mbit\n", "gates.txt");
  const auto outcomes = accepted([&] { return evaluate(analysis, rules); }, "gates.txt:");
  if (!outcomes) return;
  gate_text(analysis.result, *outcomes);
  gate_junit(analysis.result, *outcomes);
}

constexpr void (*kChecks[])(const Analysis&) = {check_again, check_tables, check_page,
                                                check_exports, check_verdicts};

}  // namespace

}  // namespace mpb

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return mpb::mutate_json(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = accepted([&] { return result_from_json(text, kFile); }, "r.json: ");
  if (!result) return 0;
  static const bool all = std::getenv("FUZZ_ALL_OUTPUTS") != nullptr;
  const Analysis analysis = analyse(*result);
  const std::size_t chosen = std::hash<std::string_view>{}(text) % std::size(kChecks);
  for (std::size_t i = 0; i < std::size(kChecks); ++i) {
    if (all || i == chosen) kChecks[i](analysis);
  }
  return 0;
}
