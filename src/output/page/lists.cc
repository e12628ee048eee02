#include "output/page/lists.hh"

#include <algorithm>

#include "analysis/causes.hh"
#include "analysis/leaves.hh"
#include "analysis/runs.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/sentences.hh"
#include "sys/escape.hh"
#include "sys/process.hh"

namespace mpb {

namespace {

std::string html_list(const std::vector<std::string>& sentences, const char* item = "<li>") {
  std::string html;
  for (const std::string& sentence : sentences) html += item + for_markup(sentence) + "</li>\n";
  return html.empty() ? "" : "<ul>\n" + html + "</ul>\n";
}

}  // namespace

std::string tail_list(const Analysis& analysis) {
  const std::string list = html_list(tail_sentences(analysis.result, analysis.groups));
  return list.empty() ? "" : "<p class=\"note\">" + for_markup(kAboutTail) + "</p>\n" + list;
}

std::string invalid_list(const Analysis& analysis) {
  return html_list(invalid_sentences(analysis.result), "<li class=\"invalid\">");
}

std::string remark_list(const Analysis& analysis) { return html_list(remark_sentences(analysis)); }

std::string environment_list(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string host;
  std::string rest;
  const auto entry = [](const std::string& name, const std::string& value) {
    const bool lines = value.find('\n') != std::string::npos;
    return "<dt>" + for_markup(name) + "</dt><dd>" +
           (lines ? "<pre>" + for_markup(value) + "</pre>" : for_markup(value)) + "</dd>\n";
  };
  for (const auto& [name, value] : leaves(result.environment)) {
    const bool deep = name.rfind("namespaces", 0) == 0 || value.find('\n') != std::string::npos;
    (deep ? rest : host) += entry(name, value);
  }
  host += entry("store", result.store.kind + " " + result.store.version + ": " + result.store.why);
  for (const auto& [name, value] : leaves(result.scenario))
    host += entry("scenario " + name, value);
  for (const auto& [name, value] : leaves(result.workload))
    host += entry("workload " + name, value);
  host += entry("seed", std::to_string(result.seed));
  std::string configuration;
  for (const auto& [name, value] : result.store.configuration) configuration += entry(name, value);
  const auto folded = [](const char* title, const std::string& list) {
    return list.empty() ? ""
                        : "<details><summary>" + std::string(title) + "</summary>\n<dl>\n" + list +
                              "</dl></details>\n";
  };
  return "<dl>\n" + host + "</dl>\n" +
         folded("Namespaces: routes, qdiscs, endpoints, sysctls", rest) +
         folded("Configuration of the store", configuration);
}

std::string command_list(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string html = "<pre>" + for_markup(command_text(result.command)) + "</pre>\n";
  if (!result.store.command.empty()) {
    html += "<details><summary>Command of the store</summary>\n<pre>" +
            for_markup(command_text(result.store.command)) + "</pre></details>\n";
  }
  std::string runs;
  const std::vector<RunGroup>& groups = analysis.groups;
  for (const RunGroup& group : groups) {
    runs +=
        "# " + cell_of(*group.first, rates_of(groups) > 1) + " " + contestant(*group.first) + "\n";
    for (const std::string& command : group.first->commands) runs += command + "\n";
    runs += "\n";
  }
  if (runs.empty()) return html;
  const bool more = blocks_of(result) > 1;
  return html + "<details><summary>Commands of the runs" +
         (more ? " in the first block; other blocks differ in their seeds" : "") +
         "</summary>\n<pre>" + for_markup(runs) + "</pre></details>\n";
}

}  // namespace mpb
