#include <fmt/format.h>

#include "analysis/causes.hh"
#include "analysis/explain.hh"
#include "analysis/text.hh"
#include "analysis/why.hh"
#include "output/tables.hh"
#include "result/protocol.hh"

namespace mpb {

namespace {

std::string cost_text(const std::optional<CpuCost>& cost) {
  if (!cost) return "-";
  const auto us = [](double ns) { return fixed(ns / 1e3, 1); };
  if (!cost->interval) return us(cost->ns);
  return fmt::format("{} ({}-{})", us(cost->ns), us(cost->interval->low), us(cost->interval->high));
}

std::string share_text(const std::optional<double>& share, int decimals = 0) {
  return share ? percent(*share, decimals) : "-";
}

// The cells that name the row.
Row explained_row(const Explanation& why, bool sweep) {
  return {cell_text(why.op, why.values, sweep ? why.rate_rps : std::nullopt, why.conditions),
          contestant_name(why.proto, why.variant)};
}

// A protocol on several links can exceed the limit of the first one, so that a share of it would be
// above 100 %.
std::optional<double> share_of_its_links(const Explanation& why) {
  return uses_all_links(why.proto) ? why.of_all_links : why.of_links.front();
}

}  // namespace

Table explanation_table(const Analysis& analysis) {
  Table table;
  if (analysis.explanations.empty()) return table;
  table.title =
      "Why: throughput against the limit of the links (wire model), retransmitted segments, time "
      "from a reply's first byte to its last";
  table.keys = 2;
  table.columns = {word("cell"),
                   word("protocol"),
                   number_of("of its links"),
                   number_of("of all links"),
                   number_of("retransmitted"),
                   number_of("reply ms")};
  const bool sweep = rates_of(analysis.groups) > 1;
  bool any_share = false;
  for (const Explanation& why : analysis.explanations) {
    const std::optional<double> share = share_of_its_links(why);
    any_share = any_share || share;
    Row row = explained_row(why, sweep);
    row.insert(row.end(),
               {share_text(share), share_text(why.of_all_links), share_text(why.retransmitted, 2),
                milliseconds(why.after_first_byte_ns)});
    table.rows.push_back(std::move(row));
  }
  drop_empty_columns(table);
  if (any_share) {
    table.notes.push_back(fmt::format(
        "of its links: throughput as a share of the limit, without loss, of the links that the "
        "protocol uses. Protocols on one link use {}{}.",
        analysis.result.capacities.front().name,
        analysis.result.scenario.clients ? ", and the same link of every other client" : ""));
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
  table.title = "CPU time per request in us: median (95 % interval from six runs on)";
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
