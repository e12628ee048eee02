#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/evidence.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/tables.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

using Runs = std::vector<const Run*>;
using Ends = std::array<std::string, 3>;  // host, local and remote address

Ends ends_of(const PathCount& path) { return {path.host, path.local, path.remote}; }

PathCount path_between(const Run& run, const Ends& ends) {
  for (const PathCount& path : run.outcome.paths) {
    if (ends_of(path) == ends) return path;
  }
  return {.local = ends[1], .remote = ends[2], .host = ends[0]};
}

std::int64_t bytes_of(const PathCount& path) { return path.bytes_sent + path.bytes_received; }

// Of all bytes that the run's connections sent and received.
double share_of_bytes(const Run& run, const PathCount& path) {
  std::int64_t all = 0;
  for (const PathCount& its : run.outcome.paths) all += bytes_of(its);
  return all == 0 ? 0 : static_cast<double>(bytes_of(path)) / static_cast<double>(all);
}

template <class Get>
double median_over(const Runs& runs, Get get) {
  std::vector<double> values;
  for (const Run* run : runs) values.push_back(get(*run));
  return median(std::move(values));
}

// In the order in which the runs used them.
std::vector<PathCount> all_paths(const Runs& runs) {
  std::vector<PathCount> all;
  for (const Run* run : runs) {
    for (const PathCount& path : run->outcome.paths) {
      if (std::none_of(all.begin(), all.end(),
                       [&](const PathCount& its) { return ends_of(its) == ends_of(path); }))
        all.push_back(path);
    }
  }
  return all;
}

Row path_row(const PathCount& path, const Runs& runs) {
  const Ends ends = ends_of(path);
  const auto subflows = [&](const Run& run) {
    return static_cast<double>(path_between(run, ends).subflows_end);
  };
  const auto share = [&](const Run& run) { return share_of_bytes(run, path_between(run, ends)); };
  const auto resent = [&](const Run& run) {
    const PathCount its = path_between(run, ends);
    return its.bytes_sent == 0
               ? 0
               : static_cast<double>(its.bytes_retransmitted) / static_cast<double>(its.bytes_sent);
  };
  return {path.host,
          path.device.empty() ? "-" : path.device,
          path.local,
          path.remote,
          fixed(median_over(runs, subflows), 0),
          percent(median_over(runs, share)),
          percent(median_over(runs, resent), 2)};
}

}  // namespace

Table path_table(const Analysis& analysis) {
  Table table;
  bool invalid = false;
  const bool sweep = rates_of(analysis.groups) > 1;
  for (const RunGroup& group : analysis.groups) {
    const Runs runs = runs_with_paths(analysis.result, group);
    invalid = invalid || (!runs.empty() && group.valid.empty());
    for (const PathCount& path : all_paths(runs)) {
      Row row{cell_of(*group.first, sweep), contestant(*group.first)};
      const Row rest = path_row(path, runs);
      row.insert(row.end(), rest.begin(), rest.end());
      table.rows.push_back(std::move(row));
    }
  }
  table.title = fmt::format("Paths from {} to the store: medians over the valid runs",
                            analysis.result.environment.ranks.empty() ? "this host" : "each host");
  table.keys = 2;
  table.columns = {word("cell"),
                   word("protocol"),
                   word("host"),
                   word("interface"),
                   word("from"),
                   word("to"),
                   number_of("connections or subflows"),
                   number_of("of all bytes"),
                   number_of("sent again")};
  drop_empty_columns(table);
  table.notes = {
      "Sent again: the bytes that this host sent again, as a share of those that it sent. It "
      "cannot see the bytes that the store sent again."};
  if (invalid)
    table.notes.emplace_back("Rows of a cell and protocol without a valid run show invalid runs.");
  return table;
}

}  // namespace mpb
