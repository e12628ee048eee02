#include <fmt/format.h>

#include <algorithm>

#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/tables.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

// The records of one host in the valid runs of a group, with these runs.
using HostRuns = std::vector<std::pair<const HostRecord*, const Run*>>;

HostRuns runs_of_host(const RunGroup& group, const std::string& name) {
  HostRuns runs;
  for (const Run* run : group.valid) {
    const auto host = std::find_if(run->hosts.begin(), run->hosts.end(),
                                   [&](const HostRecord& its) { return its.name == name; });
    if (host != run->hosts.end()) runs.emplace_back(&*host, run);
  }
  return runs;
}

// The median over the runs that have a value; "-" if none has.
template <class Get>
std::string median_text(const HostRuns& runs, Get get) {
  std::vector<double> values;
  for (const auto& [host, run] : runs) {
    if (const std::optional<double> value = get(*host, *run)) values.push_back(*value);
  }
  return values.empty() ? "-" : fixed(median(std::move(values)), 1);
}

// "2", or "1-2" if the connections had different numbers in any run; "" for TCP.
std::string subflows_text(const HostRuns& runs) {
  MptcpProof proof;
  for (const auto& [host, run] : runs) proof.merge(host->mptcp.value_or(MptcpProof{}));
  if (proof.connections == 0) return "";
  if (proof.subflows_min == proof.subflows_max) return std::to_string(proof.subflows_max);
  return fmt::format("{}-{}", proof.subflows_min, proof.subflows_max);
}

// The traffic of each of its links, in both directions: "11.2 + 9.8".
std::string links_text(const HostRuns& runs) {
  std::string text;
  for (const std::string& link : runs.front().first->links) {
    text += text.empty() ? "" : " + ";
    text += median_text(runs, [&](const HostRecord&, const Run& run) -> std::optional<double> {
      const auto its = std::find_if(run.links.begin(), run.links.end(),
                                    [&](const LinkTraffic& t) { return t.name == link; });
      if (its == run.links.end() || run.outcome.duration == 0ns) return std::nullopt;
      return 8e-6 * static_cast<double>(its->client_tx_bytes + its->client_rx_bytes) /
             seconds(run.outcome.duration);
    });
  }
  return text;
}

Row host_row(const RunGroup& group, const std::string& name, bool sweep) {
  const HostRuns runs = runs_of_host(group, name);
  Row row{cell_of(*group.first, sweep), contestant(*group.first), name};
  if (runs.empty()) return row;
  const auto latency = [&](double q) {
    std::vector<double> values;
    for (const auto& [host, run] : runs) {
      if (has_enough_samples(host->latency, q))
        values.push_back(static_cast<double>(host->latency.quantile(q).count()));
    }
    return values.empty() ? "-" : milliseconds(median(std::move(values)));
  };
  std::vector<double> rates;
  for (const auto& [host, run] : runs) rates.push_back(host->throughput_rps);
  row.insert(
      row.end(),
      {format_count(median(std::move(rates))), latency(0.5), latency(0.99), subflows_text(runs),
       median_text(runs,
                   [](const HostRecord& host, const Run&) -> std::optional<double> {
                     const std::vector<double>& used = host.cpu_pct;
                     if (used.empty()) return std::nullopt;
                     return *std::max_element(used.begin(), used.end());
                   }),
       links_text(runs)});
  return row;
}

}  // namespace

Table host_table(const Analysis& analysis) {
  Table table;
  table.title = "The hosts from which the load came, each by itself: medians over the valid runs";
  table.keys = 3;
  table.columns = {word("cell"),
                   word("protocol"),
                   word("host"),
                   number_of("req/s"),
                   number_of("p50 ms"),
                   number_of("p99 ms"),
                   number_of("subflows"),
                   number_of("busiest thread, % of a CPU"),
                   number_of("links Mbit/s")};
  const bool sweep = rates_of(analysis.groups) > 1;
  for (const RunGroup& group : analysis.groups) {
    if (group.valid.empty()) continue;
    for (const HostRecord& host : group.valid.front()->hosts) {
      table.rows.push_back(host_row(group, host.name, sweep));
      table.rows.back().resize(table.columns.size(), "-");
    }
  }
  if (table.rows.empty()) return table;
  // The hosts of a target have no links of ours.
  const bool have_links = table.rows.front().back() != "";
  drop_empty_columns(table);
  if (have_links)
    table.notes = {"The traffic of a link is that of both directions, with all headers."};
  return table;
}

}  // namespace mpb
