#include <algorithm>

#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/tables.hh"

namespace mpb {

namespace {

// The time of the first success after an event, or the number of runs without one.
struct FirstSuccess {
  std::string text, interval;
};

FirstSuccess first_success_of(const RunGroup& group, std::size_t index) {
  std::vector<double> times;
  for (const Run* run : group.valid) {
    if (const auto& first = run->outcome.segments[index].first_success)
      times.push_back(static_cast<double>(first->count()));
  }
  const std::size_t all = group.valid.size();
  if (times.empty()) return {"never", "-"};
  if (times.size() < all) return {"never in " + count_of(all - times.size(), all), "-"};
  return {milliseconds(median(times)), milliseconds_text(summarize(times).interval)};
}

Row event_row(const RunGroup& group, std::size_t index, std::size_t links, bool sweep) {
  const Segment& segment = group.valid.front()->outcome.segments[index];
  const auto over = [&](auto get) {
    return median_of(group, [&](const Run& run) { return get(run.outcome.segments[index]); });
  };
  std::vector<double> stalls;
  for (const Run* run : group.valid) {
    const Nanos longest = run->outcome.segments[index].longest_stall;
    stalls.push_back(static_cast<double>(longest.count()));
  }
  const FirstSuccess success =
      segment.event.empty() ? FirstSuccess{} : first_success_of(group, index);
  Row row{cell_of(*group.first, sweep),
          contestant(*group.first),
          segment.event,
          fixed(seconds(segment.from), 1),
          format_count(over([](const Segment& s) { return s.throughput_rps(); })),
          milliseconds(median(stalls)),
          milliseconds_text(summarize(stalls).interval),
          success.text,
          success.interval,
          fixed(over([](const Segment& s) { return static_cast<double>(s.lost); }), 0)};
  for (std::size_t link = 0; link < links; ++link) {
    row.push_back(percent(over([link](const Segment& s) {
      return link < s.links.size() ? share_of(s.links, link, s.links.size()) : 0;
    })));
  }
  return row;
}

// The number of segments that all valid runs of the group have.
std::size_t segments_of_all(const RunGroup& group) {
  std::size_t fewest = group.valid.empty() ? 0 : group.valid.front()->outcome.segments.size();
  for (const Run* run : group.valid) fewest = std::min(fewest, run->outcome.segments.size());
  return fewest;
}

}  // namespace

Table event_table(const Analysis& analysis) {
  Table table;
  table.title = "Between the events: medians over the valid runs";
  table.keys = 2;
  table.columns = {word("cell"),       word("protocol"),
                   word("event"),      number_of("from s"),
                   number_of("req/s"), number_of("longest stall ms"),
                   detail("95 %"),     number_of("first success ms"),
                   detail("95 %"),     number_of("lost")};
  std::size_t links = 0;
  for (const RunGroup& group : analysis.groups) {
    if (segments_of_all(group) == 0) continue;
    const std::vector<LinkTraffic>& traffic = group.valid.front()->links;
    for (; links < traffic.size(); ++links) table.columns.push_back(number_of(traffic[links].name));
  }
  const bool sweep = rates_of(analysis.groups) > 1;
  for (const RunGroup& group : analysis.groups) {
    for (std::size_t i = 0; i < segments_of_all(group); ++i)
      table.rows.push_back(event_row(group, i, links, sweep));
  }
  drop_empty_columns(table);
  return table;
}

}  // namespace mpb
