#include "output/page/lists.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/causes.hh"
#include "analysis/evidence.hh"
#include "analysis/leaves.hh"
#include "analysis/runs.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/sentences.hh"
#include "output/table.hh"
#include "sys/escape.hh"
#include "sys/process.hh"

namespace mpb {

namespace {

std::string html_list(const std::vector<std::string>& sentences, const char* item = "<li>") {
  std::string html;
  for (const std::string& sentence : sentences)
    html += fmt::format("{}{}</li>\n", item, for_markup(sentence));
  return html.empty() ? "" : fmt::format("<ul>\n{}</ul>\n", html);
}

}  // namespace

std::string tail_list(const Analysis& analysis) {
  const std::string list = html_list(tail_sentences(analysis.result, analysis.groups));
  return list.empty() ? "" : note_of(kAboutTail) + list;
}

std::string invalid_list(const Analysis& analysis) {
  return html_list(invalid_sentences(analysis.result), "<li class=\"invalid\">");
}

std::string evidence_list(const Analysis& analysis) {
  return html_list(evidence_sentences(analysis.result));
}

std::string remark_list(const Analysis& analysis) { return html_list(remark_sentences(analysis)); }

std::string environment_list(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string host;
  std::string rest;
  const auto entry = [](const std::string& name, const std::string& value) {
    const bool lines = value.find('\n') != std::string::npos;
    const std::string text = for_markup(value);
    return fmt::format("<dt>{}</dt><dd>{}</dd>\n", for_markup(name),
                       lines ? fmt::format("<pre>{}</pre>", text) : text);
  };
  for (const auto& [name, value] : leaves(result.environment)) {
    const bool deep = name.rfind("namespaces", 0) == 0 || value.find('\n') != std::string::npos;
    (deep ? rest : host) += entry(name, value);
  }
  host += entry(
      "store", fmt::format("{} {}: {}", result.store.kind, result.store.version, result.store.why));
  for (const auto& [name, value] : leaves(result.scenario))
    host += entry("scenario " + name, value);
  for (const auto& [name, value] : leaves(result.workload))
    host += entry("workload " + name, value);
  host += entry("seed", std::to_string(result.seed));
  std::string configuration;
  for (const auto& [name, value] : result.store.configuration) configuration += entry(name, value);
  const auto folded = [](const char* title, const std::string& list) {
    return list.empty() ? ""
                        : fmt::format("<details><summary>{}</summary>\n<dl>\n{}</dl></details>\n",
                                      title, list);
  };
  return fmt::format("<dl>\n{}</dl>\n{}{}", host,
                     folded("Namespaces: routes, qdiscs, endpoints, sysctls", rest),
                     folded("Configuration of the store", configuration));
}

std::string command_list(const Analysis& analysis) {
  const Result& result = analysis.result;
  const auto folded = [](const char* title, const std::string& text) {
    return fmt::format("<details><summary>{}</summary>\n<pre>{}</pre></details>\n", title,
                       for_markup(text));
  };
  std::string html = fmt::format("<pre>{}</pre>\n", for_markup(command_text(result.command)));
  if (!result.store.command.empty())
    html += folded("Command of the store", command_text(result.store.command));
  std::string runs;
  const std::vector<RunGroup>& groups = analysis.groups;
  for (const RunGroup& group : groups) {
    runs += fmt::format("# {} {}\n", cell_of(*group.first, rates_of(groups) > 1),
                        contestant(*group.first));
    for (const std::string& command : group.first->commands) runs += command + "\n";
    runs += "\n";
  }
  if (runs.empty()) return html;
  const char* const title =
      blocks_of(result) > 1
          ? "Commands of the runs in the first block; other blocks differ in their seeds"
          : "Commands of the runs";
  return html + folded(title, runs);
}

}  // namespace mpb
