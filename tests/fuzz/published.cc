// Files of published figures: refused by name, or accepted. They are then shown next to a result of
// ours, in the table and on the page.
#include "analysis/published.hh"

#include <cmath>

#include "analysis/figure_names.hh"
#include "fuzz.hh"
#include "output/page/page.hh"
#include "output/terminal.hh"
#include "result/read.hh"

namespace mpb {

namespace {

const Result& golden() {
  static const Result result = read_result(SOURCE_ROOT "/tests/golden/result.json");
  return result;
}

}  // namespace

}  // namespace mpb

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return mpb::mutate_json(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto published = accepted([&] { return published_from_json(text, "p.json"); }, "p.json: ");
  if (!published) return 0;
  for (const PublishedFigure& figure : published->figures) {
    assert(std::isfinite(figure.rps) && figure.rps > 0);
    assert(std::isfinite(figure.latency_ms) && figure.latency_ms > 0);
  }
  static const Analysis analysis = analyse(golden());
  const std::string shown = terminal_text(analysis, "title", *published);
  assert(shown.find('\x1b') == std::string::npos);
  PageParts parts;
  parts.published[scenario_name(golden())] = *published;
  const std::string html = page({{"r", golden()}}, parts, "0123456789abcdef");
  assert(html.find("<script") == std::string::npos);
  return 0;
}
