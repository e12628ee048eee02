// JUnit XML, which every CI shows as a list of tests: one case a run, which fails when the run is not a result, with the reasons.
#include "report/formats.hh"

namespace mpb {

namespace {

// XML 1.0 has no way to write most control characters, nor U+FFFE and U+FFFF, not even as a reference.
std::string xml(const std::string& text) {
  constexpr const char* kReplacement = "\xef\xbf\xbd";
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string three = text.substr(i, 3);
    if (three == "\xef\xbf\xbe" || three == "\xef\xbf\xbf") {
      safe += kReplacement;
      i += 2;
    } else if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '"') {
      safe += "&quot;";
    } else if (c == '\n' || c == '\t') {
      safe += c == '\n' ? "&#10;" : "&#9;";
    } else {
      safe += static_cast<unsigned char>(c) < 0x20 ? kReplacement : std::string(1, c);
    }
  }
  return safe;
}

std::string attribute(const char* name, const std::string& value) { return std::string(" ") + name + "=\"" + xml(value) + "\""; }

}  // namespace

std::string junit_text(const Result& result) {
  const std::string group = "mptcp-bench." + scenario_name(result);
  std::size_t failures = 0;
  std::string cases;
  for (const Run& run : result.runs) {
    // The block is in the name: the same case from one experiment to the next.
    const std::string name = run.proto + " " + cell_name(run) + ", block " + std::to_string(run.block + 1);
    cases += "    <testcase" + attribute("classname", group) + attribute("name", name + (run.valid() ? ": valid" : ": INVALID"));
    cases += attribute("time", number(run.duration_s)) + ">\n";
    if (run.valid()) {
      std::string figures = "throughput: " + number(run.throughput_rps) + " req/s\ngoodput: " + number(run.goodput_bps) + " bit/s\n";
      for (const auto& [quantile, q] : {std::pair("p50", 0.5), std::pair("p99", 0.99)}) {
        const Histogram& latency = published_latency(run);
        if (!can_tell(latency, q)) continue;
        figures += std::string(quantile) + ": " + number(static_cast<double>(latency.quantile(q).count()) / 1e6) + " ms\n";
      }
      for (const std::string& note : run.notes) figures += note + "\n";
      cases += "      <system-out>" + xml(figures) + "</system-out>\n";
    } else {
      ++failures;
      std::string reasons;
      for (const std::string& reason : run.invalid_reasons) reasons += reason + "\n";
      cases += "      <failure" + attribute("type", "invalid") + attribute("message", run.invalid_reasons.front()) + ">" + xml(reasons);
      cases += "</failure>\n";
    }
    cases += "    </testcase>\n";
  }
  const std::string counts = attribute("tests", std::to_string(result.runs.size())) + attribute("failures", std::to_string(failures)) +
                             attribute("errors", "0") + attribute("skipped", "0");
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite" + attribute("name", group) + counts +
         attribute("timestamp", result.started) + ">\n" + cases + "  </testsuite>\n</testsuites>\n";
}

}  // namespace mpb
