#include "output/terminal.hh"

#include <fmt/format.h>

#include <utility>

#include "analysis/causes.hh"
#include "analysis/compare.hh"
#include "analysis/curve.hh"
#include "analysis/evidence.hh"
#include "analysis/runs.hh"
#include "analysis/verdicts.hh"
#include "output/answer.hh"
#include "output/compare_answer.hh"
#include "output/sentences.hh"
#include "output/tables.hh"
#include "sys/error.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

// The sentence as lines. One that is longer than the width of a terminal is broken after
// semicolons.
std::string folded(const std::string& sentence) {
  constexpr std::size_t kWidth = 116;
  std::string text;
  std::string line;
  for (std::size_t at = 0; at < sentence.size();) {
    const std::size_t semicolon = sentence.find("; ", at);
    const std::size_t end = semicolon == std::string::npos ? sentence.size() : semicolon + 2;
    const std::string part = sentence.substr(at, end - at);
    if (!line.empty() && line.size() + part.size() > kWidth) {
      line.pop_back();
      text += line_of(line);
      line = "  ";
    }
    line += part;
    at = end;
  }
  return text + line_of(line);
}

// Parts of a text, separated by empty lines.
class Parts {
 public:
  explicit Parts(std::string first) : text_(std::move(first)) {}

  void add(const std::string& part) {
    if (!part.empty()) text_ += "\n" + part;
  }
  void add(const Table& table) { add(to_text(table)); }
  void add(const std::vector<std::string>& sentences) {
    std::string lines;
    for (const std::string& sentence : sentences) lines += line_of(sentence);
    add(lines);
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_explanations(Parts& parts, const Analysis& analysis) {
  parts.add(explanation_table(analysis));
  std::string tails;
  for (const std::string& sentence : tail_sentences(analysis.result, analysis.groups))
    tails += folded(sentence);
  if (!tails.empty()) parts.add(line_of(fmt::format("{}: {}", kTailHeading, kAboutTail)) + tails);
  parts.add(cpu_table(analysis));
}

void add_tables(Parts& parts, const Analysis& analysis, const std::optional<Published>& published) {
  for (const Table& map : heat_tables(analysis)) parts.add(map);
  parts.add(slo_table(analysis));
  parts.add(throughput_table(analysis));
  parts.add(host_table(analysis));
  parts.add(path_table(analysis));
  parts.add(competing_table(analysis));
  parts.add(stall_table(analysis));
  parts.add(event_table(analysis));
  // Without an interval it shows no more than the column of ratios above.
  const Table ratios = ratio_table(analysis);
  if (has_intervals(analysis)) {
    parts.add(ratios);
  } else {
    parts.add(ratios.notes);
  }
  if (published) parts.add(published_table(analysis, *published));
  // In a sweep throughput is the offered rate, which needs no explanation.
  if (rates_of(analysis.groups) < 2) add_explanations(parts, analysis);
}

std::string heading_of(const std::string& which, const std::string& name, const Result& result) {
  const std::string missing = interruption(result), congestion = congestion_text(result);
  return for_terminal(fmt::format("{}: {}, {}{}{}", which, name, result.started,
                                  congestion.empty() ? "" : ", " + congestion,
                                  missing.empty() ? "" : ", " + missing)) +
         "\n";
}

}  // namespace

std::string terminal_text(const Analysis& analysis, const std::string& title,
                          const std::optional<Published>& published) {
  const Result& result = analysis.result;
  std::string head = for_terminal(title) + "\n";
  if (const std::string missing = interruption(result); !missing.empty()) head += line_of(missing);
  Parts parts(std::move(head));
  parts.add(answer_sentences(analysis));
  add_tables(parts, analysis, published);
  parts.add(noise_sentences(analysis));
  if (const std::string probes = probe_sentence(result); !probes.empty())
    parts.add(line_of(probes));
  parts.add(evidence_sentences(result));
  parts.add(remark_sentences(analysis));
  parts.add(invalid_sentences(result));
  return parts.text();
}

std::string gate_text(const Result& result, const std::vector<GateOutcome>& outcomes) {
  Parts parts(line_of(gate_answer(result, outcomes)));
  parts.add(gate_table(result, outcomes));
  return parts.text();
}

std::string compare_text(const Analysis& a, const std::string& name_a, const Analysis& b,
                         const std::string& name_b, const std::vector<std::string>& allowed) {
  const Differences found = differences(a.result, b.result, allowed);
  if (!found.refused.empty()) {
    refuse_comparison(name_a, name_b, found.refused,
                      "measure both with the same options, or give --allow FIELD for each "
                      "difference that you intend");
  }
  const std::vector<CompareRow> rows = compare(a, b);
  if (rows.empty())
    throw BadInput(fmt::format(
        "{} and {} have no figure of valid runs in common; measure both with the same options",
        name_a, name_b));
  Parts parts(heading_of("A", name_a, a.result) + heading_of("B", name_b, b.result));
  parts.add(compare_answer(rows));
  parts.add(found.listed.empty() ? std::vector<std::string>{"The recorded environments are equal."}
                                 : found.listed);
  parts.add(compare_table(a, b, rows));
  return parts.text();
}

}  // namespace mpb
