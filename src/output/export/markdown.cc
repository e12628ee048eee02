// A summary for the page of a CI job or a merge request: the answer and the tables, without script
// or picture. Text that could act is put into code spans, in which neither HTML nor the mention of
// a user has an effect.
#include <fmt/format.h>

#include "analysis/causes.hh"
#include "analysis/curve.hh"
#include "analysis/evidence.hh"
#include "analysis/figure_names.hh"
#include "analysis/runs.hh"
#include "analysis/verdicts.hh"
#include "output/answer.hh"
#include "output/export/formats.hh"
#include "output/sentences.hh"
#include "output/tables.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

constexpr std::size_t kLimit = 1 << 20;  // GitHub's limit for a step summary
constexpr std::size_t kTableLimit = kLimit / 8;

// Without the last rows if the summary has no room for all of them.
std::string limited(Table table) {
  const std::size_t all = table.rows.size();
  while (table.rows.size() > 1 && to_markdown(table).size() > kTableLimit)
    table.rows.resize(table.rows.size() / 2);
  if (const std::size_t left_out = all - table.rows.size(); left_out > 0)
    table.notes.insert(table.notes.begin(),
                       fmt::format("{} more rows are in the result file.", left_out));
  return to_markdown(table);
}

// An empty line and the text; "" without a text.
std::string part(const std::string& text) { return text.empty() ? "" : "\n" + text; }

std::string headed_list(const std::string& heading, const std::vector<std::string>& sentences) {
  return sentences.empty() ? "" : fmt::format("### {}\n\n{}", heading, list_of(sentences));
}

std::string made_text(const Result& result) {
  const std::size_t blocks = blocks_of(result);
  if (result.slo) return "a search";
  return blocks == 1 ? "1 block" : fmt::format("{} blocks", blocks);
}

std::string markdown_tables(const Analysis& analysis) {
  std::string text;
  for (const Table& map : heat_tables(analysis)) text += part(limited(map));
  text += part(limited(slo_table(analysis))) + part(limited(throughput_table(analysis))) +
          part(limited(host_table(analysis))) + part(limited(path_table(analysis))) +
          part(limited(competing_table(analysis)));
  const Table ratios = ratio_table(analysis);
  text += part(has_intervals(analysis) ? limited(ratios) : list_of(ratios.notes));
  for (const Table& table : {stall_table(analysis), event_table(analysis)})
    text += part(limited(table));
  if (rates_of(analysis.groups) > 1) return text;
  text += part(limited(explanation_table(analysis)));
  const std::vector<std::string> tails = tail_sentences(analysis.result, analysis.groups);
  if (!tails.empty())
    text += part(fmt::format("### {}\n\n{}\n\n{}", kTailHeading, kAboutTail, list_of(tails)));
  return text + part(limited(cpu_table(analysis)));
}

std::string markdown_text(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::string text = fmt::format("## mptcp-bench: {}\n\n", for_markdown(scenario_name(result)));
  for (const std::string& sentence : answer_sentences(analysis))
    text += for_markdown(sentence) + "\n\n";
  if (const std::string missing = interruption(result); !missing.empty())
    text += fmt::format("**{}**\n\n", missing);
  const std::string congestion = congestion_text(result);
  text += fmt::format("Store {}, {}{}, started {}.\n",
                      for_markdown(result.store.kind + " " + result.store.version),
                      made_text(result), congestion.empty() ? "" : ", " + for_markdown(congestion),
                      for_markdown(result.started));
  text += markdown_tables(analysis);
  text += part(list_of(noise_sentences(analysis)));
  if (const std::string probes = probe_sentence(result); !probes.empty())
    text += part(list_of({probes}));
  text += part(headed_list("Evidence", evidence_sentences(result)));
  text += part(headed_list("Invalid runs", invalid_sentences(result)));
  text += part(headed_list("Remarks on valid runs", remark_sentences(analysis)));
  if (text.size() >= kLimit) text.resize(text.rfind('\n', kLimit - 1) + 1);
  return text;
}

}  // namespace

extern const ExportFormat kMarkdown{
    "markdown",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"summary.md", markdown_text(analysis)}};
    }};

}  // namespace mpb
