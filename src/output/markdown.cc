// A summary for a CI job's page or a merge request: tables and bars of block characters, no script,
// no picture. What a result holds as free text stands in code spans, where neither HTML nor a
// mention of somebody works.
#include <algorithm>
#include <array>
#include <charconv>

#include "report/connections.hh"
#include "report/curve.hh"
#include "report/formats.hh"
#include "report/headline.hh"
#include "report/slo.hh"
#include "report/stalls.hh"
#include "report/steadiness.hh"
#include "report/table.hh"
#include "report/text.hh"
#include "report/verdicts.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

constexpr std::size_t kLimit = 1 << 20;  // of GitHub's step summary
constexpr std::size_t kSentences = 50;

// Ten characters for the whole, in eighths of one.
std::string bar(double part) {
  static const std::array<const char*, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * 80 + 0.5);
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text + kEighths[eighths % 8];
}

const Figure* find(const std::vector<Figure>& figures, const std::string& cell,
                   const std::string& variant, const std::string& metric) {
  const auto found = std::find_if(figures.begin(), figures.end(), [&](const Figure& f) {
    return f.cell == cell && f.variant == variant && f.metric->name == metric && f.base.empty();
  });
  return found == figures.end() ? nullptr : &*found;
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

// "-" for what was not measured: an empty cell would look like an accident.
template <class Text>
std::string shown(const Figure* figure, Text text) {
  return figure == nullptr ? "-" : text(figure->value);
}

std::string list(const std::vector<std::string>& sentences) {
  std::string text;
  for (std::size_t i = 0; i < sentences.size() && i < kSentences; ++i)
    text += "- " + for_markdown(sentences[i]) + "\n";
  if (sentences.size() > kSentences)
    text += "- and " + std::to_string(sentences.size() - kSentences) + " more\n";
  return text;
}

// "" for links that did not change.
std::string stalls_text(const Analysis& analysis) {
  const std::vector<Row> rows = stall_rows(analysis, [&](const RunGroup& group) {
    return for_markdown_cell(cell_name(analysis.result, group));
  });
  if (rows.size() == 1) return "";
  std::string text = "\nWhere links change:\n\n" + row(rows.front()) + "|---|---";
  for (std::size_t i = 2; i < rows.front().size(); ++i) text += "|--:";
  text += "|\n";
  for (std::size_t i = 1; i < rows.size() && text.size() < kLimit / 8; ++i) text += row(rows[i]);
  std::vector<std::string> sentences = stall_sentences(analysis.groups);
  if (std::any_of(analysis.figures.begin(), analysis.figures.end(),
                  [](const Figure& figure) { return figure.judgement.cut_off; }))
    sentences.emplace_back(kAboutCutOff);
  return text + "\n" + list(sentences);
}

// "throughput", "the p99 latency".
std::string ratios_of(const std::vector<const Metric*>& metrics) {
  std::string text;
  for (const Metric* metric : metrics) text += (text.empty() ? "" : " and ") + long_name(*metric);
  return text;
}

std::string markdown_text(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<Figure>& figures = analysis.figures;
  const std::vector<RunGroup>& groups = analysis.groups;
  std::string text = "## mptcp-bench: " + for_markdown(scenario_name(result)) + "\n\n";
  const std::size_t blocks = blocks_of(result);
  const std::string made = result.slo ? "a search"
                           : blocks == 1
                               ? "1 block"
                               : std::to_string(blocks) + " blocks, medians over the valid runs";
  text += "Store " + for_markdown(result.store.kind + " " + result.store.version) + ", " + made +
          ", started " + for_markdown(result.started) + ".\n\n";
  if (const std::string missing = interruption(result); !missing.empty())
    text += "**" + missing + "**\n\n";
  std::vector<std::vector<std::string>> answers = slo_rows(analysis);
  for (std::size_t i = 1; i < answers.size(); ++i) {
    for (std::size_t column = 0; column < 3; ++column) {
      if (!answers[i][column].empty()) answers[i][column] = for_markdown_cell(answers[i][column]);
    }
  }
  for (std::size_t i = 0; i < answers.size(); ++i)
    text += row(answers[i]) + (i == 0 ? "|---|---|---|--:|--:|--:|--:|---|\n" : "");
  if (!answers.empty()) text += "\n" + list(slo_sentences(analysis));
  std::vector<std::string> notes = sweep_sentences(groups);
  if (std::any_of(groups.begin(), groups.end(), is_saturated)) notes.push_back(kSaturatedNote);
  for (std::string& sentence : warmup_sentences(result)) notes.push_back(std::move(sentence));
  for (std::string& sentence : unsteady_sentences(result, groups))
    notes.push_back(std::move(sentence));
  for (std::string& sentence : connection_sentences(result, groups))
    notes.push_back(std::move(sentence));
  const bool sync = !groups.empty() && groups.front().first->op == "sync";
  const std::vector<const Metric*> metrics = headlines_in(figures, groups);
  const bool one = metrics.size() == 1;
  const std::string heading = !one || metrics.front() == find_metric("throughput")
                                  ? "ratio"
                                  : short_name(*metrics.front()) + " ratio";
  if (!groups.empty())
    text += sync ? row({"cell", "proto", "sync s", heading, "95 %", "verdict", "", "Mbit/s",
                        "lag p50 ms", "lag p99 ms", "runs"})
                 : row({"cell", "proto", "req/s", heading, "95 %", "verdict", "", "Mbit/s",
                        "p50 ms", "p99 ms", "runs"});
  if (!groups.empty()) text += "|---|---|--:|--:|--:|:--|:--|--:|--:|--:|--:|\n";
  std::size_t left_out = 0;
  for (const RunGroup& group : groups) {
    const Run& first = *group.first;
    const std::string cell = cell_name(result, group);
    const std::string variant = variant_name(result, group);
    const auto get = [&](const std::string& metric) {
      return find(figures, cell, variant, metric);
    };
    double most = 0;
    for (const Figure& figure : figures) {
      if (figure.cell == cell && figure.metric->name == std::string("throughput") &&
          figure.base.empty())
        most = std::max(most, figure.value);
    }
    const Figure* throughput = get("throughput");
    const Figure* ratio = headline_ratio(figures, groups, group);
    const bool saturated = is_saturated(group);
    const auto times = [&](double v) {
      return fixed(v, 2) + "x" + (one ? "" : " " + short_name(*ratio->metric));
    };
    const std::string figure = throughput == nullptr ? "INVALID"
                               : sync
                                   ? shown(get("sync"), [](double v) { return fixed(v / 1e9, 2); })
                                   : grouped(throughput->value);
    const std::string line = row(
        {for_markdown_cell(cell), contestant(first), figure + (saturated ? " SATURATED" : ""),
         base_of(first.proto).empty() ? "" : shown(ratio, times),
         ratio == nullptr  ? ""
         : ratio->interval ? fixed(ratio->interval->low, 2) + "-" + fixed(ratio->interval->high, 2)
                           : "-",
         ratio == nullptr ? "" : verdict_text(ratio->judgement, ratio->untold),
         throughput == nullptr || most <= 0 ? "" : bar(throughput->value / most),
         shown(get("goodput"), [](double v) { return fixed(v / 1e6, 1); }),
         shown(get(sync ? "lag_p50" : "p50"), milliseconds),
         shown(get(sync ? "lag_p99" : "p99"), milliseconds),
         std::to_string(group.valid.size()) + "/" + std::to_string(runs_made(result, group))});
    // Half of it is for the sentences.
    if (text.size() + line.size() < kLimit / 2) {
      text += line;
    } else {
      ++left_out;
    }
  }
  if (left_out > 0)
    text += "\n" + std::to_string(left_out) + " rows more are in the result file.\n";
  if (std::any_of(figures.begin(), figures.end(),
                  [](const Figure& f) { return f.comparison.has_value(); })) {
    text += "\nRatios are of " + ratios_of(metrics) +
            ", to tcp (a protocol run twice: to itself), within blocks. "
            "Below six blocks there is no interval and no "
            "verdict.\n";
    if (const std::string invalid = invalid_shares(result); !invalid.empty())
      text += "\n**" + invalid + "**\n";
  }
  text += stalls_text(analysis);
  if (!notes.empty()) text += "\n" + list(notes);
  const std::vector<std::string> invalid = omissions(result);
  if (!invalid.empty()) {
    const std::string left = invalid.size() == 1 ? " run is not a result and is left out:"
                                                 : " runs are not results and are left out:";
    text += "\n**" + std::to_string(invalid.size()) + left + "**\n\n" + list(invalid);
  }
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
