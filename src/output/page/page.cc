#include "output/page/page.hh"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "analysis/compare.hh"
#include "analysis/figure_names.hh"
#include "analysis/verdicts.hh"
#include "output/answer.hh"
#include "output/compare_answer.hh"
#include "output/page/data.hh"
#include "output/page/lists.hh"
#include "output/sentences.hh"
#include "output/tables.hh"
#include "output/uncompared_sentences.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/file.hh"

namespace mpb {

namespace fs = std::filesystem;

namespace {

// The packages that plots/package-lock.json pins, in the order in which the page needs them.
constexpr const char* kBundle[] = {"vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js",
                                   "vega-interpreter/build/vega-interpreter.min.js"};

struct Chart {
  const char* name;     // of plots/NAME.json
  const char* dataset;  // the chart is left out if this has no rows
  const char* caption;
};

// A script element ends at the first "</script", and "<!--" changes how it is parsed. Escaping "<"
// prevents both, and means the same in JSON.
std::string as_script_data(const std::string& json) {
  std::string text;
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string data_element(const char* id, const std::string& json) {
  return fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n", id,
                     as_script_data(json));
}

class Page {
 public:
  Page(const std::vector<NamedAnalysis>& results, const PageParts& parts, const std::string& nonce)
      : results_(results), parts_(parts), nonce_(nonce), data_(chart_data(results, parts)) {}

  std::string html() {
    body();
    std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    // No address is allowed at all, because the page contains everything that it needs.
    text += fmt::format(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
        "'nonce-{0}'; style-src 'nonce-{0}'; img-src data:; base-uri 'none'; form-action "
        "'none'\">\n",
        nonce_);
    text +=
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
        "name=\"color-scheme\" content=\"light dark\">\n";
    text += fmt::format(
        "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style nonce=\"{}\">\n"
        "{}</style>\n</head>\n<body>\n{}",
        for_markup(title()), nonce_, parts_.style, body_);
    if (!parts_.scripts.empty()) {
      std::string specs;
      for (const auto& [name, spec] : parts_.charts)
        specs += fmt::format("{}\"{}\":{}", specs.empty() ? "{" : ",", name, spec);
      text += data_element("data", data_.json) + data_element("specs", specs + "}");
      for (const std::string& script : parts_.scripts)
        text += fmt::format("<script nonce=\"{}\">{}</script>\n", nonce_, script);
    }
    return text + "</body>\n</html>\n";
  }

 private:
  std::string title() const {
    std::string names;
    for (const NamedAnalysis& named : results_) names += (names.empty() ? "" : ", ") + named.name;
    return "mptcp-bench: " + names;
  }

  // One part of each result, under its name if there are several results.
  template <class Part>
  std::string each(Part part) const {
    std::string html;
    for (const NamedAnalysis& named : results_) {
      const std::string own = part(named.analysis);
      if (own.empty()) continue;
      html += (results_.size() > 1 ? "<h3>" + for_markup(named.name) + "</h3>\n" : "") + own;
    }
    return html;
  }

  std::string figures(std::initializer_list<Chart> charts) const {
    std::string html;
    if (parts_.scripts.empty()) return html;
    for (const Chart& chart : charts) {
      if (!parts_.charts.contains(chart.name) || !data_.datasets.contains(chart.dataset)) continue;
      html += fmt::format("<figure data-chart=\"{}\"><figcaption>{}</figcaption></figure>\n",
                          chart.name, chart.caption);
    }
    return html;
  }

  void section(const char* id, const char* heading, const std::string& html) {
    if (html.empty()) return;
    nav_ += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", id, heading);
    sections_ += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", id, heading, html);
  }

  // The charts, then the tables of the link events.
  std::string over_time() const {
    const std::string charts = figures(
        {{"requests", "requests", "Requests completed per second. Dashed lines mark link events."},
         {"waits", "requests",
          "Longest latency among the replies of each interval. A gap is an interval without a "
          "reply."},
         {"links", "links", "Throughput of each link, both directions, stacked."},
         {"capacity", "carried",
          "Traffic of each direction of a link that follows a trace, over the capacity of the "
          "trace."},
         {"subflows", "subflows",
          "Established subflows of the sampled connections, eight at most."}});
    return (charts.empty() ? ""
                           : note_of("Each protocol is shown by its run with the median "
                                     "throughput.") +
                                 "<div id=\"pick\" hidden></div>\n") +
           charts + each([](const Analysis& analysis) {
             return to_html(stall_table(analysis)) + to_html(event_table(analysis));
           });
  }

  std::string ratios() const {
    return figures({{"heat", "heat",
                     "The ratio under each condition, with its verdict. Green is better than the "
                     "base and orange is worse; the deepest colours begin at a factor of two."},
                    {"ratios", "ratios",
                     "Ratios on a logarithmic scale. Horizontal bars are exact 95 % intervals, "
                     "which need six blocks; thin ticks are single blocks. Values right of the "
                     "dashed line are higher than the base."}}) +
           each([](const Analysis& analysis) {
             std::string html;
             for (const Table& map : heat_tables(analysis)) html += to_html(map);
             html += to_html(ratio_table(analysis));
             for (const std::string& sentence : noise_sentences(analysis))
               html += note_of(sentence);
             return html;
           });
  }

  std::string throughput() const {
    const bool published = !parts_.published.empty();
    return figures(
               {{"throughput", "throughput",
                 published
                     ? "Requests per second. Pale bars are the published figures, each next to "
                       "ours."
                     : "Requests per second: medians over the valid runs. Ticks are single runs."},
                {"latency", "latency",
                 data_.latency_as_published
                     ? "Mean latency to the first byte of a reply. Pale bars are the published "
                       "figures."
                     : "Median latency to the last byte of a reply; in an open loop, from the time "
                       "when the request was due."}}) +
           each([this](const Analysis& analysis) {
             const auto found = parts_.published.find(scenario_name(analysis.result));
             return to_html(throughput_table(analysis)) + to_html(path_table(analysis)) +
                    to_html(host_table(analysis)) + to_html(competing_table(analysis)) +
                    (found == parts_.published.end()
                         ? ""
                         : to_html(published_table(analysis, found->second)));
           });
  }

  std::string load() const {
    return each([](const Analysis& analysis) { return to_html(slo_table(analysis)); }) +
           figures({{"load", "load",
                     "Latency from the time when a request was due, against throughput. Each point "
                     "is one offered rate. A cross is SATURATED: the offered rate exceeded "
                     "capacity, so latency grew throughout the run."}});
  }

  // Two results that differ in their environment or set-up alone.
  std::string comparison() const {
    if (results_.size() != 2) return "";
    const Analysis &a = results_[0].analysis, &b = results_[1].analysis;
    const Differences found = differences(a.result, b.result);
    if (!found.refused.empty()) return "";
    const std::vector<CompareRow> rows = compare(a, b);
    if (rows.empty()) return "";
    std::string html = note_of("A: " + results_[0].name) + note_of("B: " + results_[1].name);
    for (const std::string& sentence : compare_answer(rows)) html += note_of(sentence);
    for (const std::string& difference : found.listed) html += note_of(difference);
    return html + to_html(compare_table(a, b, rows));
  }

  // The answer comes first, then the chart that shows more of a result than any other.
  void sections() {
    section("comparison", "B against A", comparison());
    section("verdict", "TCP against MPTCP", ratios());
    section("distributions", "Latency distributions",
            figures({{"percentiles", "percentiles",
                      "Latency by percentile, up to the highest that has ten samples beyond it. If "
                      "the first byte arrives early and the last byte late, the rest of the reply "
                      "waited: in a queue, on a slower link, or for a lost packet."}}));
    section("figures", "Throughput and latency", throughput());
    section("load", "Latency by load", load());
    section("time", "Over time", over_time());
    section("why", "Why", each([](const Analysis& analysis) {
              return to_html(explanation_table(analysis)) + tail_list(analysis) +
                     to_html(cpu_table(analysis));
            }));
    section("evidence", "Evidence", each(evidence_list));
    section("invalid", "Invalid runs", each(invalid_list));
    section("remarks", "Remarks on valid runs", each(remark_list));
    section("environment", "Environment", each(environment_list));
    section("commands", "Commands", each(command_list));
  }

  // Each result has its own answer. If several results have only one protocol each, the sentence
  // about that appears once.
  std::string header() const {
    std::string html = fmt::format("<header>\n<h1>{}</h1>\n", for_markup(title()));
    bool nothing = false;
    for (const NamedAnalysis& named : results_) {
      if (results_.size() > 1) html += fmt::format("<h3>{}</h3>\n", for_markup(named.name));
      const std::string missing = interruption(named.analysis.result);
      if (!missing.empty())
        html += fmt::format("<p class=\"note invalid\">{}</p>\n", for_markup(missing));
      std::string answer;
      for (const std::string& sentence : answer_sentences(named.analysis)) {
        if (sentence == kNothingToCompare && std::exchange(nothing, true)) continue;
        answer += fmt::format("{}<p>{}</p>", answer.empty() ? "" : " ", for_markup(sentence));
      }
      html += fmt::format("<div class=\"answer\">{}</div>\n<p class=\"about\">{}</p>\n", answer,
                          for_markup(about(named.analysis)));
    }
    if (parts_.scripts.empty())
      return html + note_of(fmt::format("Tables only: {}", parts_.without_charts));
    return fmt::format("{}<noscript>{}</noscript>\n", html,
                       note_of("The charts need JavaScript. Text and tables do not."));
  }

  void body() {
    sections();
    body_ = fmt::format(
        "{}<nav aria-label=\"Parts of this page\"><ul>\n{}</ul></nav>\n</header>\n"
        "<main>\n{}</main>\n",
        header(), nav_, sections_);
  }

  const std::vector<NamedAnalysis>& results_;
  const PageParts& parts_;
  const std::string& nonce_;
  const ChartData data_;
  std::string body_, nav_, sections_;
};

// plots/setup.sh fetches it into the build folder; an installation has it next to the charts.
fs::path bundle_folder(const fs::path& plots) {
  const fs::path built = fs::path(self_path()).parent_path() / "plots" / "node_modules";
  return fs::exists(built) ? built : plots / "node_modules";
}

// Why a page has no charts, and the remedy.
std::string without_charts(const fs::path& plots) {
  const fs::path build = fs::path(self_path()).parent_path();
  std::string remedy = "fetch it with: npm ci --prefix " + plots.string();
  if (fs::exists(plots / "setup.sh")) {
    const bool usual = build == plots.parent_path() / "build";
    remedy = fmt::format("plots/setup.sh{} fetches it", usual ? "" : " " + build.string());
  }
  return "Vega, which draws the charts, is missing; " + remedy;
}

}  // namespace

PageParts page_parts(const std::vector<NamedResult>& results) {
  PageParts parts;
  const fs::path plots = data_folder("plots");
  parts.style = read_file(plots / "page.css");
  for (const fs::directory_entry& entry : fs::directory_iterator(plots)) {
    if (entry.path().extension() != ".json" ||
        entry.path().filename().string().starts_with("package"))
      continue;
    parts.charts[entry.path().stem().string()] = read_file(entry.path());
  }
  for (const NamedResult& named : results) {
    const std::string name = scenario_name(named.result);
    if (const std::optional<Published> found = published_for(name)) parts.published[name] = *found;
  }
  const fs::path bundle = bundle_folder(plots);
  for (const char* file : kBundle) {
    if (!fs::exists(bundle / file)) {
      parts.without_charts = without_charts(plots);
      parts.scripts.clear();
      return parts;
    }
    parts.scripts.push_back(read_file(bundle / file));
  }
  parts.scripts.push_back(read_file(plots / "charts.js"));
  parts.scripts.push_back(read_file(plots / "page.js"));
  return parts;
}

std::string page(const std::vector<NamedResult>& results, const PageParts& parts,
                 const std::string& nonce) {
  std::vector<NamedAnalysis> analyses;
  for (const NamedResult& named : results) analyses.push_back({named.name, analyse(named.result)});
  return Page(analyses, parts, nonce).html();
}

std::string fresh_nonce() {
  std::array<std::uint8_t, 16> bytes{};
  check(getrandom(bytes.data(), bytes.size(), 0), "drawing a random number");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace mpb
