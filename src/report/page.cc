#include "report/page.hh"

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "report/figures.hh"
#include "report/page_data.hh"
#include "report/page_tables.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/file.hh"

namespace mpb {

namespace fs = std::filesystem;

namespace {

// What plots/package-lock.json pins, in the order in which the page needs them.
constexpr const char* kBundle[] = {"vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js",
                                   "vega-interpreter/build/vega-interpreter.min.js"};

struct Chart {
  const char* name;     // of plots/NAME.json
  const char* dataset;  // without rows of it there is nothing to draw
  const char* caption;
};

// A script element ends at the first "</script", and "<!--" begins what is older than JSON: in a
// JSON text both hide behind one escape.
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

class Page {
 public:
  Page(const std::vector<NamedAnalysis>& results, const PageParts& parts, const std::string& nonce)
      : results_(results), parts_(parts), nonce_(nonce), data_(chart_data(results, parts)) {}

  std::string html() {
    body();
    std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    // No address is allowed at all: what is not in the page is not there.
    text +=
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
        "'nonce-" +
        nonce_ + "'; style-src 'nonce-" + nonce_ +
        "'; img-src data:; base-uri 'none'; form-action 'none'\">\n";
    text +=
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
        "name=\"color-scheme\" content=\"light dark\">\n";
    text += "<link rel=\"icon\" href=\"data:,\">\n<title>" + for_markup(title()) +
            "</title>\n<style nonce=\"" + nonce_ + "\">\n" + parts_.style +
            "</style>\n</head>\n<body>\n" + body_;
    if (!parts_.scripts.empty()) {
      text += "<script type=\"application/json\" id=\"data\">" + as_script_data(data_.json) +
              "</script>\n";
      std::string specs;
      for (const auto& [name, spec] : parts_.charts)
        specs += (specs.empty() ? "{\"" : ",\"") + name + "\":" + spec;
      text += "<script type=\"application/json\" id=\"specs\">" + as_script_data(specs) +
              "}</script>\n";
      for (const std::string& script : parts_.scripts)
        text += "<script nonce=\"" + nonce_ + "\">" + script + "</script>\n";
    }
    return text + "</body>\n</html>\n";
  }

 private:
  std::string title() const {
    std::string names;
    for (const NamedAnalysis& named : results_) names += (names.empty() ? "" : ", ") + named.name;
    return "mptcp-bench: " + names;
  }

  // The same for every result, under its name where there are several.
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
      html += "<figure data-chart=\"" + std::string(chart.name) + "\"><figcaption>" +
              chart.caption + "</figcaption></figure>\n";
    }
    return html;
  }

  void section(const char* id, const char* heading, const std::string& html) {
    if (html.empty()) return;
    nav_ += "<li><a href=\"#" + std::string(id) + "\">" + heading + "</a></li>\n";
    sections_ += "<section id=\"" + std::string(id) + "\">\n<h2>" + heading + "</h2>\n" + html +
                 "</section>\n";
  }

  void body() {
    const bool published = !parts_.published.empty();
    section(
        "verdict", "TCP against MPTCP",
        each(ratio_table) + figures({{"ratios", "ratios",
                                      "Ratios on a logarithmic scale, with exact 95 % intervals "
                                      "where there are six blocks or more; thin ticks "
                                      "are single blocks. Right of the dashed line is more."}}));
    section(
        "figures", "Throughput and latency",
        figures({{"throughput", "throughput",
                  published
                      ? "Requests a second: pale bars are the published figures, each beside ours."
                      : "Requests a second: medians over the runs; ticks are single runs."},
                 {"latency", "latency",
                  data_.latency_as_published ? "Mean latency to the first byte of a reply, which "
                                               "is what the published figures are of: pale bars."
                                             : "Median latency to the last byte of a reply, in an "
                                               "open loop from when the request was due."}}) +
            each([this](const Analysis& analysis) {
              const auto its = parts_.published.find(scenario_name(analysis.result));
              return figure_table(analysis, its == parts_.published.end() ? nullptr : &its->second);
            }));
    section("distributions", "Latency distributions",
            figures({{"percentiles", "percentiles",
                      "Every percentile that has ten samples beyond it. Where the first byte comes "
                      "early and the last late, the rest of the reply waited: in a queue, on a "
                      "slower link, or for a lost packet."}}));
    section(
        "load", "Latency by load",
        each(slo_table) + figures({{"load", "load",
                                    "Latency, from when a request was due, against what got "
                                    "through. Each point is a rate that was offered. A cross is "
                                    "SATURATED: more was offered than got through, and its latency "
                                    "is a matter of how long the run was."}}));
    const std::string over_time =
        figures({{"requests", "requests",
                  "Requests completed, a second; dashed lines are what happened to the links."},
                 {"waits", "requests",
                  "The longest latency among the replies of each interval; a gap is an interval "
                  "without a reply."},
                 {"links", "links", "What each link carried, both ways, stacked."},
                 {"subflows", "subflows",
                  "Subflows that stand, of the eight connections that are looked at."}});
    section("time", "Over time",
            (over_time.empty() ? ""
                               : "<p class=\"note\">Of each protocol the run with the median "
                                 "throughput.</p>\n<div id=\"pick\" hidden></div>\n") +
                over_time + each(event_table));
    section("why", "Why", each(why_table));
    section("troubles", "Runs that are not results, and troubles", each(trouble_list));
    section("environment", "Environment", each(environment_list));
    section("commands", "Commands", each(command_list));

    body_ = "<header>\n<h1>" + for_markup(title()) + "</h1>\n";
    for (const NamedAnalysis& named : results_) {
      if (results_.size() > 1) body_ += "<h3>" + for_markup(named.name) + "</h3>\n";
      const std::string missing = interruption(named.analysis.result);
      if (!missing.empty()) body_ += "<p class=\"note invalid\">" + for_markup(missing) + "</p>\n";
      body_ += "<p class=\"answer\">" + for_markup(answer(named.analysis)) +
               "</p>\n<p class=\"about\">" + for_markup(about(named.analysis)) + "</p>\n";
    }
    if (parts_.scripts.empty()) {
      body_ += "<p class=\"note\">Tables only: " + for_markup(parts_.without_charts) + "</p>\n";
    } else {
      body_ +=
          "<noscript><p class=\"note\">The charts need JavaScript; everything else is "
          "here.</p></noscript>\n";
    }
    body_ += "<nav aria-label=\"Parts of this page\"><ul>\n" + nav_ +
             "</ul></nav>\n</header>\n<main>\n" + sections_ + "</main>\n";
  }

  const std::vector<NamedAnalysis>& results_;
  const PageParts& parts_;
  const std::string& nonce_;
  const ChartData data_;
  std::string body_, nav_, sections_;
};

// Fetched by plots/setup.sh beside the program; an installation has it beside the charts.
fs::path bundle_folder(const fs::path& plots) {
  const fs::path beside = fs::path(self_path()).parent_path() / "plots" / "node_modules";
  return fs::exists(beside) ? beside : plots / "node_modules";
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
      const fs::path build = fs::path(self_path()).parent_path();
      const std::string set_up = build == plots.parent_path() / "build"
                                     ? "plots/setup.sh"
                                     : "plots/setup.sh " + build.string();
      parts.without_charts =
          "Vega, which draws the charts, is not there; " +
          (fs::exists(plots / "setup.sh") ? set_up + " fetches it"
                                          : "fetch it with: npm ci --prefix " + plots.string());
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
