#include <fmt/format.h>

#include "analysis/competing.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/tables.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

Row competing_row(const Analysis& analysis, const RunGroup& group, bool sweep) {
  const auto mbit = [&group](auto bps_of) { return fixed(median_of(group, bps_of) / 1e6, 1); };
  const std::optional<Summary> share = share_of_load(group);
  const bool has_interval = share && share->interval;
  return {cell_of(*group.first, sweep),
          contestant(*group.first),
          fixed(flows_of_load(group), 0),
          mbit([](const Run& run) { return run.goodput_bps; }),
          share ? percent(share->median) : "-",
          has_interval ? fmt::format("{}-{}", fixed(100 * share->interval->low, 0),
                                     percent(share->interval->high))
                       : "-",
          mbit([](const Run& run) { return run.competing_flow->goodput_bps; }),
          share ? percent(1 - share->median) : "-",
          count_of(group.valid.size(), runs_made(analysis.result, group))};
}

}  // namespace

Table competing_table(const Analysis& analysis) {
  Table table;
  std::string link;
  const bool sweep = rates_of(analysis.groups) > 1;
  for (const RunGroup& group : analysis.groups) {
    if (!has_competing_flow(group)) continue;
    link = group.valid.front()->competing_flow->link;
    table.rows.push_back(competing_row(analysis, group, sweep));
  }
  table.title = fmt::format(
      "Next to a TCP flow on {}: the goodput of both, medians over the valid runs", link);
  table.keys = 2;
  table.columns = {
      word("cell"),       word("protocol"),  number_of("flows"),           number_of("Mbit/s"),
      number_of("share"), number_of("95 %"), number_of("TCP flow Mbit/s"), number_of("its share"),
      number_of("runs")};
  drop_empty_columns(table);
  table.notes = {
      "Flows: the connections of the load, and of MPTCP their subflows. If each of N flows gets as "
      "much as the competing one, their share is N / (N + 1)."};
  return table;
}

}  // namespace mpb
