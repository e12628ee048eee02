#include "output/compare_answer.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/headline.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

using Rows = std::vector<const CompareRow*>;

// The rows of each metric, separately for figures and for ratios between protocols.
std::vector<Rows> rows_by_metric(const std::vector<CompareRow>& rows) {
  std::vector<Rows> all;
  for (const CompareRow& row : rows) {
    const auto is_alike = [&row](const Rows& others) {
      const Figure& other = others.front()->a;
      return other.metric == row.a.metric && other.base.empty() == row.a.base.empty();
    };
    const auto found = std::find_if(all.begin(), all.end(), is_alike);
    (found == all.end() ? all.emplace_back() : *found).push_back(&row);
  }
  return all;
}

std::string ratios_text(const Rows& rows) {
  const auto [low, high] = std::minmax_element(
      rows.begin(), rows.end(), [](const CompareRow* one, const CompareRow* other) {
        return one->comparison.ratio < other->comparison.ratio;
      });
  const std::string from = fixed((*low)->comparison.ratio, 2);
  const std::string to = fixed((*high)->comparison.ratio, 2);
  return from == to ? from : fmt::format("{} to {}", from, to);
}

std::string answer_of(const Rows& rows) {
  const CompareRow& first = *rows.front();
  std::vector<std::optional<Interval>> intervals;
  std::vector<Verdict> verdicts;
  for (const CompareRow* row : rows) {
    intervals.push_back(row->comparison.interval);
    verdicts.push_back(row->judgement.verdict);
  }
  const std::string range = intervals_text(intervals);
  const std::string tail =
      fmt::format("{}{}: {}.", rows.size() == 1 ? "" : fmt::format(" in {} rows", rows.size()),
                  range.empty() ? "" : fmt::format(" ({})", range), verdict_counts(verdicts));
  return fmt::format(
      "{}B {} {} times {} of A{}",
      first.a.base.empty() ? "" : "Relative to the other protocols of the same result, ",
      first.a.metric->bigger_is_better ? "got" : "had", ratios_text(rows),
      name_in_sentence(*first.a.metric), tail);
}

std::size_t count(const std::vector<GateOutcome>& outcomes, GateVerdict verdict) {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(),
                    [verdict](const GateOutcome& outcome) { return outcome.verdict == verdict; }));
}

}  // namespace

std::vector<std::string> compare_answer(const std::vector<CompareRow>& rows) {
  std::vector<std::string> sentences;
  for (const Rows& alike : rows_by_metric(rows)) {
    const bool has_verdict = std::any_of(alike.begin(), alike.end(), [](const CompareRow* row) {
      return row->judgement.verdict != Verdict::kNone;
    });
    if (has_verdict) sentences.push_back(answer_of(alike));
  }
  if (sentences.empty())
    sentences.emplace_back("No figure has a verdict; the sentences below the table say why.");
  return sentences;
}

std::string gate_answer(const Result& result, const std::vector<GateOutcome>& outcomes) {
  const auto clause = [&](GateVerdict verdict, const char* one, const char* several) {
    const std::size_t its = count(outcomes, verdict);
    return its == 0 ? "" : fmt::format("{} {}", its, its == 1 ? one : several);
  };
  std::vector<std::string> clauses;
  for (std::string text :
       {clause(GateVerdict::kWorse, "is worse than its rule allows",
               "are worse than their rules allow"),
        clause(GateVerdict::kInvalid, "has no valid run", "have no valid run"),
        clause(GateVerdict::kInconclusive, "is inconclusive", "are inconclusive"),
        clause(GateVerdict::kTooFewBlocks, "has too few blocks", "have too few blocks"),
        clause(GateVerdict::kHolds, "passes", "pass")}) {
    if (!text.empty()) clauses.push_back(std::move(text));
  }
  const int code = exit_code(result, outcomes);
  const std::string answer =
      fmt::format("The gate {}", code == kOk                 ? "passes"
                                 : code == kGateInconclusive ? "is inconclusive"
                                                             : "fails");
  if (outcomes.size() == 1) return answer + ".";
  return fmt::format("{}: of {} outcomes, {}.", answer, outcomes.size(), fmt::join(clauses, ", "));
}

}  // namespace mpb
