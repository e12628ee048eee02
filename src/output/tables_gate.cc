#include <fmt/format.h>

#include <algorithm>

#include "analysis/headline.hh"
#include "analysis/steadiness.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/gate_report.hh"
#include "output/tables.hh"

namespace mpb {

namespace {

// Adds the sentence and a period, unless it is empty or already in the list.
void add_once(std::vector<std::string>& sentences, const std::string& sentence) {
  if (sentence.empty()) return;
  const std::string whole = sentence + ".";
  if (std::find(sentences.begin(), sentences.end(), whole) == sentences.end())
    sentences.push_back(whole);
}

std::vector<std::string> compare_notes(const Analysis& a, const Analysis& b,
                                       const std::vector<CompareRow>& rows) {
  const auto any = [&](auto is) { return std::any_of(rows.begin(), rows.end(), is); };
  std::size_t judged = 0;
  for (const CompareRow& row : rows) judged = std::max(judged, row.judgement.family);
  std::vector<std::string> notes = interval_sentences(
      judged, looks_at(a.result, kFewestForInterval) + looks_at(b.result, kFewestForInterval) - 1,
      adjustment_of(a.result, b.result));
  if (any([](const CompareRow& r) { return !can_be_judged(*r.a.metric, *r.a.runs.front()); }))
    notes.emplace_back(kAboutLatency);
  std::vector<std::string> of_a = unsteady_sentences(a.result, a.groups);
  std::vector<std::string> of_b = unsteady_sentences(b.result, b.groups);
  for (const CompareRow& row : rows) {
    add_once(of_a, row.a.withheld);
    add_once(of_b, row.b.withheld);
  }
  for (const std::string& sentence : of_a) notes.push_back("A: " + sentence);
  for (const std::string& sentence : of_b) notes.push_back("B: " + sentence);
  const auto note_only = [&](const char* who, const std::string& names) {
    if (names.empty()) return;
    notes.push_back(fmt::format(
        "Only {} has {}: the other did not measure it, or its runs are invalid or SATURATED.", who,
        names));
  };
  note_only("A", only_in(a.figures, b.figures));
  note_only("B", only_in(b.figures, a.figures));
  if (any([](const CompareRow& r) { return r.a.too_short + r.b.too_short > 0; }))
    notes.emplace_back(kAboutTooShort);
  if (any([](const CompareRow& r) { return !r.comparison.interval; })) {
    notes.push_back(
        fmt::format("With fewer than {} runs on either side there is no interval and no verdict.",
                    kFewestForInterval));
  }
  if (any([](const CompareRow& r) { return r.judgement.blocks_missing.has_value(); }))
    notes.emplace_back(kAboutMoreBlocks);
  return notes;
}

}  // namespace

Table gate_table(const Result& result, const std::vector<GateOutcome>& outcomes) {
  Table table;
  table.columns = {word("fail if"),    word("cell"),      word("verdict"),
                   number_of("is"),    number_of("95 %"), number_of("adjusted p"),
                   number_of("blocks")};
  for (const GateOutcome& outcome : outcomes) {
    const bool known = outcome.figure.has_value();
    table.rows.push_back({outcome.rule.text, outcome.shown_cell, to_text(outcome.verdict),
                          known ? value_text(*outcome.figure, outcome.figure->value) : "-",
                          interval_text(outcome), known ? p_text(outcome.p) : "-",
                          count_of(known ? outcome.figure->values.size() : 0, outcome.made)});
  }
  table.notes = gate_sentences(result, outcomes);
  return table;
}

namespace {

// "mptcp", or "mptcp and mptcp+signal" if the two differ.
std::string both_names(const CompareRow& row) {
  const std::string a = contestant(row.a), b = contestant(row.b);
  return a == b ? a : a + " and " + b;
}

}  // namespace

Table compare_table(const Analysis& a, const Analysis& b, const std::vector<CompareRow>& rows) {
  Table table;
  table.keys = 2;
  table.columns = {word("cell"),
                   word("protocol"),
                   word("metric"),
                   number_of("A"),
                   number_of("B"),
                   number_of("B / A"),
                   number_of("95 %"),
                   number_of("adjusted p"),
                   number_of("Cliff's delta"),
                   number_of("runs"),
                   word("B is")};
  const bool is_sweep = rates_of(a.groups) > 1 || rates_of(b.groups) > 1;
  for (const CompareRow& row : rows) {
    if (!can_be_judged(*row.a.metric, *row.a.runs.front())) continue;
    const Comparison& c = row.comparison;
    const std::string base = row.a.base.empty() ? "" : " / " + contestant_base(row.a);
    table.rows.push_back(
        {cell_of(*row.a.runs.front(), is_sweep), both_names(row) + base, shown_name(*row.a.metric),
         value_text(row.a, row.a.value), value_text(row.b, row.b.value), fixed(c.ratio, 3),
         interval_text(c.interval), p_text(row.judgement), fixed(c.cliffs_delta, 2),
         std::to_string(row.a.values.size()) + ", " + std::to_string(row.b.values.size()),
         verdict_text(row.judgement, row.a.too_short + row.b.too_short)});
  }
  table.notes = compare_notes(a, b, rows);
  return table;
}

}  // namespace mpb
