#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "analysis/connections.hh"
#include "analysis/curve.hh"
#include "analysis/evidence.hh"
#include "analysis/headline.hh"
#include "analysis/steadiness.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "analysis/wire_model.hh"
#include "output/tables.hh"

namespace mpb {

namespace {

template <class Item>
void append(std::vector<Item>& all, std::vector<Item> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

bool is_sync(const Run& run) { return run.op == "sync"; }

// GETs and SETs in one run.
bool is_mix(const Run& run) {
  const double gets = get_share(run.op);
  return !is_sync(run) && gets > 0 && gets < 1;
}

// Of the first run that has link counters: an invalid run may have none. Of several clients, the
// links with the same place share a column.
std::vector<std::string> link_names(const Result& result) {
  const auto counted = std::find_if(result.runs.begin(), result.runs.end(),
                                    [](const Run& run) { return !run.links.empty(); });
  std::vector<std::string> names;
  if (counted == result.runs.end()) return names;
  for (const LinkTraffic& link : counted->links) names.push_back(link.name);
  names.resize(result.scenario.per_client(names.size()));
  return names;
}

// Of the runs that have enough samples; "-" if none has.
template <class Latency>
std::string quantile_text(const RunGroup& group, Latency latency, double q) {
  std::vector<double> values;
  for (const Run* run : group.valid) {
    const Histogram& histogram = latency(*run);
    if (has_enough_samples(histogram, q))
      values.push_back(static_cast<double>(histogram.quantile(q).count()));
  }
  return values.empty() ? "-" : milliseconds(median(std::move(values)));
}

std::string lag_text(const RunGroup& group, const char* metric) {
  const Figure lag = figure_of(*find_metric(metric), group);
  return lag.values.empty() ? "-" : milliseconds(lag.value);
}

// Headings, and the cells of a group with a valid run.
std::vector<TableColumn> latency_columns(bool sync) {
  if (sync) return {number_of("lag p50 ms"), number_of("lag p99 ms")};
  return {number_of("p50 ms"), number_of("p99 ms")};
}

Row latency_cells(const RunGroup& group, bool sync) {
  if (sync) return {lag_text(group, "lag_p50"), lag_text(group, "lag_p99")};
  const auto last = [](const Run& run) -> const Histogram& { return headline_latency(run); };
  return {quantile_text(group, last, 0.5), quantile_text(group, last, 0.99)};
}

// They follow the links, so that the page shows those without scrolling sideways.
std::vector<TableColumn> further_latency_columns(bool sync) {
  if (sync) return {};
  return {detail("p90 ms"), detail("first byte p50 ms"), detail("first byte p99 ms")};
}

Row further_latency_cells(const RunGroup& group, bool sync) {
  if (sync) return {};
  const auto last = [](const Run& run) -> const Histogram& { return headline_latency(run); };
  const auto first = [](const Run& run) -> const Histogram& { return run.outcome.first_byte; };
  return {quantile_text(group, last, 0.9), quantile_text(group, first, 0.5),
          quantile_text(group, first, 0.99)};
}

// " SATURATED 1 of 6" if one of six valid runs was saturated; " SATURATED" if all were.
std::string saturated_text(const RunGroup& group) {
  const auto saturated = std::count_if(group.valid.begin(), group.valid.end(),
                                       [](const Run* run) { return run->saturated; });
  if (saturated == 0) return "";
  const std::ptrdiff_t all = std::ssize(group.valid);
  return saturated == all ? " SATURATED" : fmt::format(" SATURATED {} of {}", saturated, all);
}

// The first figure of the row and its interval.
std::pair<std::string, std::string> leading_texts(const RunGroup& group, bool sync) {
  const Figure figure = figure_of(*find_metric(sync ? "sync" : "throughput"), group);
  if (figure.values.empty()) return {"-", "-"};
  const auto text = [sync](double value) {
    return sync ? fixed(value / 1e9, 2) : format_count(value);
  };
  return {text(figure.value) + saturated_text(group),
          figure.interval ? text(figure.interval->low) + "-" + text(figure.interval->high) : "-"};
}

// The properties that all rows of the table share.
struct Layout {
  std::vector<std::string> links;
  std::vector<const Metric*> headlines;
  bool sweep = false;
  bool sync = false;
  bool mix = false;    // some cells have GETs and SETs in one run
  bool paths = false;  // the runs have counts of their paths, which no link of ours shows
  std::string base;    // of most ratios
};

Layout layout_of(const Analysis& analysis) {
  const std::vector<RunGroup>& groups = analysis.groups;
  return {.links = link_names(analysis.result),
          .headlines = headlines_in(analysis.figures, groups),
          .sweep = rates_of(groups) > 1,
          .sync = is_sync(*groups.front().first),
          .mix = std::any_of(groups.begin(), groups.end(),
                             [](const RunGroup& group) { return is_mix(*group.first); }),
          .paths = std::any_of(groups.begin(), groups.end(),
                               [&](const RunGroup& group) {
                                 return !runs_with_paths(analysis.result, group).empty();
                               }),
          .base = heading_base(analysis)};
}

// A mix of GETs and SETs uses both directions of a link, so its goodput can be twice the link's
// rate. The heading shows that it is a sum.
std::string goodput_heading(const Layout& layout) {
  return layout.mix ? "goodput Mbit/s, up + down" : "goodput Mbit/s";
}

// "vs tcp" for throughput, or "p99 vs tcp", "longest stall vs tcp"; "vs tcp" if the cells have
// different headlines.
std::string headline_heading(const Layout& layout) {
  const std::vector<const Metric*>& metrics = layout.headlines;
  const bool throughput = metrics.empty() || metrics.front() == find_metric("throughput");
  if (throughput || metrics.size() > 1) return fmt::format("vs {}", layout.base);
  return fmt::format("{} vs {}", shown_name(*metrics.front()), layout.base);
}

// "1.52x", or "1.52x p99" if the cells have different headlines, so that the heading names none.
std::string headline_ratio_text(const Analysis& analysis, const RunGroup& group,
                                const Layout& layout) {
  if (group.base.empty()) return "";
  const Figure* ratio = headline_ratio(analysis.figures, analysis.groups, group);
  if (ratio == nullptr) return "-";
  return ratio_text(*ratio, 2, layout.base) +
         (layout.headlines.size() == 1 ? "" : " " + shown_name(*ratio->metric));
}

std::string link_text(const RunGroup& group, std::size_t link, std::size_t per_client) {
  return percent(
      median_of(group, [&](const Run& run) { return share_of(run.links, link, per_client); }));
}

// "2", or "1-2" if they differ.
std::string range_of(std::size_t least, std::size_t most) {
  return least == most ? fmt::format("{}", most) : fmt::format("{}-{}", least, most);
}

// The subflows of a connection at the end of the window, and the paths of all. A missing one makes
// a run invalid, so those of invalid runs are shown if there are no others.
Row path_cells(const Analysis& analysis, const RunGroup& group) {
  std::set<std::size_t> subflows, paths;
  for (const Run* run : runs_with_paths(analysis.result, group)) {
    // Before the warm-up, some subflows may not have joined yet.
    const MptcpProof& end = run->outcome.mptcp_end;
    for (const int number : {end.subflows_min, end.subflows_max})
      subflows.insert(end.connections > 0 ? static_cast<std::size_t>(number) : 1);
    paths.insert(paths_of(*run));
  }
  if (paths.empty()) return {"-", "-"};
  return {range_of(*subflows.begin(), *subflows.rbegin()),
          range_of(*paths.begin(), *paths.rbegin())};
}

// All columns after the two that name the row.
std::vector<TableColumn> throughput_columns(const Layout& layout) {
  std::vector<TableColumn> columns{number_of(layout.sync ? "sync s" : "req/s"),
                                   number_of("95 %"),
                                   number_of("trend"),
                                   number_of(headline_heading(layout)),
                                   number_of("runs"),
                                   number_of(goodput_heading(layout))};
  append(columns, latency_columns(layout.sync));
  if (layout.paths) append(columns, {number_of("subflows"), number_of("paths")});
  for (const std::string& link : layout.links) columns.push_back(number_of(link));
  append(columns, further_latency_columns(layout.sync));
  return columns;
}

Row throughput_row(const Analysis& analysis, const RunGroup& group, const Layout& layout) {
  Row row{cell_of(*group.first, layout.sweep), contestant(*group.first)};
  const std::string ratio = headline_ratio_text(analysis, group, layout);
  const std::string runs = count_of(group.valid.size(), runs_made(analysis.result, group));
  if (group.valid.empty()) {
    row.insert(row.end(), {"INVALID", "-", "-", ratio, runs, "-"});
    row.resize(row.size() + latency_columns(layout.sync).size(), "-");
    if (layout.paths) append(row, path_cells(analysis, group));
    row.resize(2 + throughput_columns(layout).size(), "-");
    return row;
  }
  const auto [figure, interval] = leading_texts(group, layout.sync);
  const double goodput = median_of(group, [](const Run& run) { return run.goodput_bps; });
  row.insert(row.end(),
             {figure, interval, trend_text(group), ratio, runs, fixed(goodput / 1e6, 1)});
  append(row, latency_cells(group, layout.sync));
  if (layout.paths) append(row, path_cells(analysis, group));
  for (std::size_t i = 0; i < layout.links.size(); ++i)
    row.push_back(link_text(group, i, layout.links.size()));
  append(row, further_latency_cells(group, layout.sync));
  return row;
}

std::vector<std::string> throughput_notes(const Analysis& analysis, const Layout& layout) {
  const Result& result = analysis.result;
  const std::vector<RunGroup>& groups = analysis.groups;
  std::string about_columns =
      layout.sync ? fmt::format("Goodput and vs {} cover the transfer alone.", layout.base)
                  : "Goodput counts the bits of the values alone.";
  if (layout.mix)
    about_columns +=
        " GETs use one direction of a link and SETs the other, so the goodput of a mix can exceed "
        "the rate of the link.";
  if (!layout.links.empty())
    about_columns +=
        fmt::format(" The column of a link is its share of all bytes, in both directions{}.",
                    result.scenario.clients ? ", of all clients together" : "");
  std::vector<std::string> notes;
  // Without a valid run the table lacks these columns.
  if (std::any_of(groups.begin(), groups.end(),
                  [](const RunGroup& group) { return !group.valid.empty(); }))
    notes.push_back(std::move(about_columns));
  if (std::any_of(groups.begin(), groups.end(), is_saturated)) notes.emplace_back(kSaturatedNote);
  for (const std::vector<std::string>& sentences :
       {warmup_sentences(result), unsteady_sentences(result, groups),
        connection_sentences(result, groups)})
    notes.insert(notes.end(), sentences.begin(), sentences.end());
  if (std::string precision = trend_precision_sentence(groups); !precision.empty())
    notes.push_back(std::move(precision));
  return notes;
}

std::string throughput_title(const Result& result, bool sync) {
  if (sync)
    return "A full synchronisation, then the replica's lag under SETs: medians over the valid runs";
  const bool open = std::any_of(result.runs.begin(), result.runs.end(),
                                [](const Run& run) { return run.rate_rps.has_value(); });
  return fmt::format("Throughput and latency to the last byte{}: medians over the valid runs",
                     open ? " from the time when the request was due" : "");
}

}  // namespace

Table throughput_table(const Analysis& analysis) {
  Table table;
  if (analysis.groups.empty()) return table;
  const Layout layout = layout_of(analysis);
  table.title = throughput_title(analysis.result, layout.sync);
  table.keys = 2;
  table.columns = {word("cell"), word("protocol")};
  append(table.columns, throughput_columns(layout));
  for (const RunGroup& group : analysis.groups)
    table.rows.push_back(throughput_row(analysis, group, layout));
  drop_empty_columns(table);
  table.notes = throughput_notes(analysis, layout);
  return table;
}

}  // namespace mpb
