#include "analysis/causes.hh"
#include "analysis/explain.hh"
#include "analysis/text.hh"
#include "analysis/why.hh"
#include "output/tables.hh"

namespace mpb {

namespace {

std::string cost_text(const std::optional<CpuCost>& cost) {
  if (!cost) return "-";
  const auto us = [](double ns) { return fixed(ns / 1e3, 1); };
  const std::string text = us(cost->ns);
  if (!cost->interval) return text;
  return text + " (" + us(cost->interval->low) + "-" + us(cost->interval->high) + ")";
}

std::string share_text(const std::optional<double>& share, int decimals = 0) {
  return share ? percent(*share, decimals) : "-";
}

// The cells that name the row.
Row explained_row(const Explanation& why, bool sweep) {
  return {cell_text(why.op, why.values, sweep ? why.rate_rps : std::nullopt),
          why.proto + (why.congestion.empty() ? "" : "+" + why.congestion)};
}

}  // namespace

Table explanation_table(const Analysis& analysis) {
  Table table;
  if (analysis.explanations.empty()) return table;
  table.title =
      "Why: throughput against the wire model, segments sent again, a reply from its first byte to "
      "its last";
  table.keys = 2;
  const std::string& link = analysis.result.capacities[0].name;
  table.columns = {
      word("cell"),        word("protocol"),     number_of("of " + link), number_of("of all links"),
      number_of("resent"), number_of("reply ms")};
  const bool sweep = rates_of(analysis.groups) > 1;
  for (const Explanation& why : analysis.explanations) {
    Row row = explained_row(why, sweep);
    row.insert(row.end(),
               {share_text(why.of_links[0]), share_text(why.of_all_links),
                share_text(why.retransmitted, 2), milliseconds(why.after_first_byte_ns)});
    table.rows.push_back(std::move(row));
  }
  drop_empty_columns(table);
  if (table.columns.size() > table.keys && table.columns[table.keys].name == "of " + link) {
    table.notes.push_back(
        "of " + link +
        ": against the limit of that link alone, which a protocol on several links can exceed.");
  }
  for (const Explanation& why : analysis.explanations) {
    if (std::string sentence = stack_sentence(why); !sentence.empty())
      table.notes.push_back(std::move(sentence));
  }
  for (std::string& sentence : limit_sentences(analysis.result, analysis.groups))
    table.notes.push_back(std::move(sentence));
  return table;
}

Table cpu_table(const Analysis& analysis) {
  Table table;
  table.title = "CPU time a request in us: median (95 % interval from six runs on)";
  table.keys = 2;
  table.columns = {word("cell"),           word("protocol"),      number_of("emulator us"),
                   number_of("client us"), number_of("store us"), number_of("system us")};
  const bool sweep = rates_of(analysis.groups) > 1;
  for (const Explanation& why : analysis.explanations) {
    Row row = explained_row(why, sweep);
    row.insert(row.end(), {cost_text(why.emulator_cpu), cost_text(why.client_cpu),
                           cost_text(why.store_cpu), cost_text(why.system_cpu)});
    table.rows.push_back(std::move(row));
  }
  drop_empty_columns(table);
  table.notes = cpu_sentences(analysis.explanations);
  return table;
}

}  // namespace mpb
