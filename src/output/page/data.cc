#include "output/page/data.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/figure_names.hh"
#include "analysis/figures.hh"
#include "analysis/group.hh"
#include "analysis/headline.hh"
#include "analysis/text.hh"
#include "output/tables.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> kSeriesColours{"#0072b2", "#d55e00", "#56b4e9", "#e69f00",
                                              "#009e73", "#cc79a7", "#8f8f8f", "#bfae00"};
const std::vector<std::string> kLinkColours{"#009e73", "#e69f00", "#56b4e9",
                                            "#cc79a7", "#0072b2", "#d55e00"};
constexpr const char* kNoRatioColour = "#d5dae1";
constexpr const char* kPublishedColours[] = {"#8fc1de", "#f0b48a"};

// The first colour that no series has, if there is one.
std::string unused_colour(const Json& colours) {
  const auto used = [&colours](const std::string& colour) {
    return std::any_of(colours.begin(), colours.end(),
                       [&colour](const Json& its) { return its == colour; });
  };
  const auto found = std::find_if_not(kSeriesColours.begin(), kSeriesColours.end(), used);
  return found == kSeriesColours.end() ? kSeriesColours[colours.size() % kSeriesColours.size()]
                                       : *found;
}

// The colour of a ratio on a logarithmic scale: from half as good as the base over equal to twice
// as good. All three are pale enough for dark text.
std::string heat_colour(double gain) {
  using Colour = std::array<double, 3>;
  constexpr Colour kWorse{0xe8, 0x95, 0x5f}, kEqual{0xf4, 0xf4, 0xf0}, kBetter{0x66, 0xc2, 0xa5};
  const double part = std::clamp(std::log2(gain), -1.0, 1.0);
  const Colour& end = part < 0 ? kWorse : kBetter;
  std::string text = "#";
  for (std::size_t i = 0; i < end.size(); ++i)
    text += fmt::format("{:02x}", std::lround(kEqual[i] + std::fabs(part) * (end[i] - kEqual[i])));
  return text;
}

double rounded(double value, double step) { return std::round(value / step) * step; }

struct Group {
  const NamedAnalysis* named;
  std::string series;
  const RunGroup* runs;
};

// The run that represents its group over time: the one with the median throughput. `valid` is not
// empty.
const Run& typical(const std::vector<const Run*>& valid) {
  std::vector<const Run*> sorted = valid;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Run* a, const Run* b) {
    return a->throughput_rps < b->throughput_rps;
  });
  return *sorted[sorted.size() / 2];
}

// The columns of a timeline, and the times at which its intervals end, in seconds.
class Intervals {
 public:
  explicit Intervals(const Timeline& timeline) : timeline_(timeline) {
    for (const Nanos end : timeline.t) ends_.push_back(rounded(seconds(end), 1e-3));
  }

  std::size_t size() const { return ends_.size(); }
  const std::vector<double>& ends() const { return ends_; }

  std::optional<std::int64_t> value(const std::string& name, std::size_t i) const {
    const auto column = timeline_.series.find(name);
    if (column == timeline_.series.end() || i >= column->second.size()) return std::nullopt;
    return column->second[i];
  }

  // Per second of the interval; 0 if it has no length.
  double rate(double amount, std::size_t i) const {
    const double length = seconds(timeline_.t[i] - (i == 0 ? 0ns : timeline_.t[i - 1]));
    return length > 0 ? std::round(amount / length) : 0;
  }

 private:
  const Timeline& timeline_;
  std::vector<double> ends_;
};

// Established subflows at the end of each of `rows` intervals, by link.
std::map<std::string, std::vector<std::int64_t>> established_subflows(const Run& run,
                                                                      std::size_t rows) {
  std::map<std::string, std::vector<std::int64_t>> established;
  for (const SubflowTrace& trace : run.outcome.subflows) {
    const auto column = trace.series.find("established");
    if (trace.local.empty() || column == trace.series.end()) continue;
    std::vector<std::int64_t>& sum = established[trace.link.empty() ? trace.local : trace.link];
    sum.resize(rows);
    for (std::size_t i = 0; i < std::min(rows, column->second.size()); ++i)
      sum[i] += column->second[i].value_or(0) != 0 ? 1 : 0;
  }
  return established;
}

class Collector {
 public:
  Collector(const std::vector<NamedAnalysis>& results, const PageParts& parts) : results_(results) {
    data_["datasets"] = Json::object();
    data_["colours"] = {{"series", Json::object()},
                        {"link", Json::object()},
                        {"verdict",
                         {{"better", "#009e73"},
                          {"worse", "#d55e00"},
                          {"equivalent", "#56b4e9"},
                          {"inconclusive", "#8f8f8f"},
                          {"no verdict", "#0072b2"}}}};
    std::set<double> rates;
    for (const NamedAnalysis& named : results) {
      for (const Run& run : named.analysis.result.runs) {
        if (run.rate_rps) rates.insert(*run.rate_rps);
      }
    }
    several_rates_ = rates.size() > 1;
    as_published_ = all_are_published(parts);
    for (const NamedAnalysis& named : results) add(named, parts);
    drop_single_bars();
    data_["cells"] = cells_;
  }

  ChartData data() const {
    ChartData all{data_.dump(-1, ' ', false, Json::error_handler_t::replace), {}, as_published_};
    for (const auto& [name, rows] : data_["datasets"].items()) all.datasets.insert(name);
    return all;
  }

 private:
  void row(const char* dataset, Json row) { data_["datasets"][dataset].push_back(std::move(row)); }

  static const Published* published_of(const NamedAnalysis& named, const PageParts& parts) {
    const auto found = parts.published.find(scenario_name(named.analysis.result));
    return found == parts.published.end() ? nullptr : &found->second;
  }

  // Whether each bar has a published bar of its kind next to it. All bars of the chart share one
  // caption, so they are of one kind.
  bool all_are_published(const PageParts& parts) const {
    bool any = false;
    for (const NamedAnalysis& named : results_) {
      const Published* published = published_of(named, parts);
      const std::vector<RunGroup>& groups = named.analysis.groups;
      if (rates_of(groups) > 1 || has_grid(named)) continue;  // neither has bars
      for (const RunGroup& group : groups) {
        if (group.valid.empty()) continue;
        if (published == nullptr || published->of(*group.valid.front()) == nullptr) return false;
        any = true;
      }
    }
    return any;
  }

  static bool has_grid(const NamedAnalysis& named) {
    return !named.analysis.result.parameters.grid.empty();
  }

  std::string series(const NamedAnalysis& named, const std::string& proto) {
    const std::string name = results_.size() == 1 ? proto : proto + ", " + named.name;
    Json& colours = data_["colours"]["series"];
    if (!colours.contains(name)) {
      const bool is_known = results_.size() == 1 && is_proto(proto);
      colours[name] = is_known ? colour_of(proto) : unused_colour(colours);
    }
    return name;
  }

  void add(const NamedAnalysis& named, const PageParts& parts) {
    published_ = published_of(named, parts);
    const std::vector<RunGroup>& groups = named.analysis.groups;
    sweep_ = rates_of(groups) > 1;
    for (const RunGroup& runs : groups) {
      if (runs.valid.empty()) continue;
      const std::string cell = cell_of(*runs.first, sweep_);
      if (std::find(cells_.begin(), cells_.end(), cell) == cells_.end()) cells_.push_back(cell);
      const Group group{&named, series(named, contestant(*runs.first)), &runs};
      // The curve of a sweep shows more than bars and distributions at each of its rates, and a
      // grid has too many conditions for them.
      const bool single = !sweep_ && !has_grid(named);
      if (single && !runs.valid.front()->replication) add_bars(group);
      if (single) add_percentiles(group);
      add_timeline(group);
    }
    const std::vector<HeatMap> maps = heat_maps(named.analysis);
    for (const HeatMap& map : maps) add_heat(named, map);
    if (maps.empty()) add_ratios(named);
    if (several_rates_) add_load(named);
  }

  void add_heat(const NamedAnalysis& named, const HeatMap& map) {
    const std::string name = heat_title(map) + (results_.size() == 1 ? "" : ", " + named.name);
    for (std::size_t i = 0; i < map.ratios.size(); ++i) {
      for (std::size_t j = 0; j < map.ratios[i].size(); ++j) {
        // An empty cell keeps its place.
        Json cell{{"map", name},
                  {"row", map.rows->values[i]},
                  {"row_name", map.rows->name},
                  {"column", map.columns->values[j]},
                  {"column_name", map.columns->name},
                  {"label", "-"},
                  {"verdict", ""},
                  {"colour", kNoRatioColour}};
        if (const Figure* ratio = map.ratios[i][j]; ratio != nullptr) add_ratio_to(cell, *ratio);
        row("heat", std::move(cell));
      }
    }
  }

  static void add_ratio_to(Json& cell, const Figure& ratio) {
    cell["label"] = fixed(ratio.value, 2) + "x";
    cell["verdict"] = to_text(ratio.judgement.verdict);
    cell["colour"] = heat_colour(ratio.metric->bigger_is_better ? ratio.value : 1 / ratio.value);
    cell["ratio"] = ratio.value;
    cell["blocks"] = ratio.comparison->n;
    if (!ratio.interval) return;
    cell["low"] = ratio.interval->low;
    cell["high"] = ratio.interval->high;
  }

  // The forest plot: each headline of a protocol against its base.
  void add_ratios(const NamedAnalysis& named) {
    for (const Figure* its : judged_ratios_in(named.analysis)) {
      const Figure& figure = *its;
      const Comparison& c = *figure.comparison;
      const Run& run = *figure.runs.front();
      Json ratio{{"row", cell_of(run, sweep_) + " " + series(named, contestant(figure))},
                 {"metric", shown_name(*figure.metric) + " vs " + contestant_base(figure) +
                                (figure.metric->bigger_is_better ? "" : ": lower is better")},
                 {"ratio", figure.value},
                 {"verdict", to_text(figure.judgement.verdict)},
                 {"blocks", c.n},
                 {"block_ratios", c.n > 1 ? Json(figure.values) : Json::array()}};
      if (figure.interval) {
        ratio["low"] = figure.interval->low;
        ratio["high"] = figure.interval->high;
      }
      row("ratios", ratio);
    }
  }

  template <class Get>
  void add_bar(const char* dataset, const char* field, const Group& group, Get get) {
    const Run& first = *group.runs->first;
    Json runs = Json::array();
    for (const Run* run : group.runs->valid) runs.push_back(get(*run));
    if (runs.size() == 1) runs.clear();
    row(dataset, {{"op", upper(first.op)},
                  {"values", first.values},
                  {"cell", cell_of(first)},
                  {"series", group.series},
                  {field, median_of(*group.runs, get)},
                  {"runs", runs}});
  }

  void add_bars(const Group& group) {
    const Run& first = *group.runs->valid.front();
    add_published(first);
    add_bar("throughput", "throughput_rps", group,
            [](const Run& run) { return run.throughput_rps; });
    if (headline_latency(first).count() == 0 || is_saturated(*group.runs)) return;
    add_bar("latency", "latency_ms", group, [this](const Run& run) {
      return (as_published_ ? run.outcome.first_byte.mean()
                            : static_cast<double>(headline_latency(run).quantile(0.5).count())) /
             1e6;
    });
  }

  // Once for each protocol, even if several results have it.
  void add_published(const Run& run) {
    const PublishedFigure* figure = published_ == nullptr ? nullptr : published_->of(run);
    const std::string name = run.proto + ", published";
    if (figure == nullptr || !shown_.insert(cell_of(run) + name).second) return;
    data_["colours"]["series"][name] = kPublishedColours[run.proto == "mptcp" ? 1 : 0];
    const Json place{{"op", upper(run.op)},
                     {"values", run.values},
                     {"cell", cell_of(run)},
                     {"series", name},
                     {"runs", Json::array()}};
    Json bar = place;
    bar["throughput_rps"] = figure->rps;
    row("throughput", bar);
    if (!as_published_) return;
    bar = place;
    bar["latency_ms"] = figure->latency_ms;
    row("latency", bar);
  }

  void add_percentiles(const Group& group) {
    if (is_saturated(*group.runs)) return;  // the latency would depend on the length of the run
    struct Kind {
      const char* name;
      Histogram Outcome::*histogram;
    };
    for (const Kind& kind : {Kind{"last byte", &Outcome::last_byte},
                             {"first byte", &Outcome::first_byte},
                             {"due to last byte", &Outcome::response}}) {
      Histogram merged;
      for (const Run* run : group.runs->valid) merged.merge(run->outcome.*kind.histogram);
      if (merged.count() == 0) continue;
      Json quantiles = Json::array();
      Json latencies = Json::array();
      // Twelve points for each nine, up to the last percentile with ten samples beyond it.
      for (int i = 0;; ++i) {
        const double q = 1 - std::pow(10, -i / 12.0);
        if (!has_enough_samples(merged, q)) break;
        quantiles.push_back(rounded(q, 1e-8));
        latencies.push_back(merged.quantile(q).count());
      }
      row("percentiles", {{"cell", cell_of(*group.runs->first)},
                          {"series", group.series},
                          {"latency", kind.name},
                          {"quantile", quantiles},
                          {"latency_ns", latencies}});
    }
  }

  void add_timeline(const Group& group) {
    const Run& run = typical(group.runs->valid);
    const Timeline& timeline = run.outcome.timeline;
    if (timeline.t.empty()) return;
    const std::string cell = cell_of(run, sweep_);
    const Intervals intervals(timeline);
    add_requests(group, cell, intervals);
    for (const LinkTraffic& link : run.links) {
      add_link(group, cell, link.name, intervals);
      for (const char* way : {"up", "down"}) add_capacity(group, cell, link.name, way, intervals);
    }
    for (const auto& [link, established] : established_subflows(run, intervals.size())) {
      colour_link(link);
      row("subflows", {{"cell", cell},
                       {"series", group.series},
                       {"link", link},
                       {"t_s", intervals.ends()},
                       {"established", established}});
    }
    add_events(run, cell);
  }

  void add_requests(const Group& group, const std::string& cell, const Intervals& intervals) {
    Json requests = Json::array();
    Json longest = Json::array();
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      const auto completed = static_cast<double>(intervals.value("requests", i).value_or(0));
      requests.push_back(intervals.rate(completed, i));
      const auto latency = intervals.value("latency_max_ns", i);
      longest.push_back(latency ? Json(*latency) : Json());
    }
    row("requests", {{"cell", cell},
                     {"series", group.series},
                     {"t_s", intervals.ends()},
                     {"throughput_rps", requests},
                     {"latency_max_ns", longest}});
  }

  void add_link(const Group& group, const std::string& cell, const std::string& link,
                const Intervals& intervals) {
    colour_link(link);
    Json bps = Json::array();
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      const std::int64_t bytes = intervals.value(link + ".up.bytes", i).value_or(0) +
                                 intervals.value(link + ".down.bytes", i).value_or(0);
      bps.push_back(intervals.rate(8 * static_cast<double>(bytes), i));
    }
    row("links", {{"cell", cell},
                  {"series", group.series},
                  {"link", link},
                  {"t_s", intervals.ends()},
                  {"bps", bps}});
  }

  // The traffic of a direction that follows a trace, and, once for all protocols, its capacity.
  void add_capacity(const Group& group, const std::string& cell, const std::string& link,
                    const std::string& way, const Intervals& intervals) {
    const std::string column = link + "." + way;
    if (intervals.size() == 0 || !intervals.value(column + ".capacity_bytes", 0)) return;
    Json place{{"cell", cell}, {"direction", link + " " + way}, {"t_s", intervals.ends()}};
    const auto bps_of = [&](const std::string& name) {
      Json bps = Json::array();
      for (std::size_t i = 0; i < intervals.size(); ++i) {
        const std::int64_t bytes = intervals.value(column + name, i).value_or(0);
        bps.push_back(intervals.rate(8 * static_cast<double>(bytes), i));
      }
      return bps;
    };
    if (shown_.insert(cell + "/capacity of " + column).second) {
      Json row_of_it = place;
      row_of_it["bps"] = bps_of(".capacity_bytes");
      row("capacity", row_of_it);
    }
    place["series"] = group.series;
    place["bps"] = bps_of(".bytes");
    row("carried", place);
  }

  void add_events(const Run& run, const std::string& cell) {
    for (const Segment& segment : run.outcome.segments) {
      const double at = rounded(seconds(segment.from), 1e-3);
      if (segment.event.empty() || !shown_.insert(cell + segment.event + std::to_string(at)).second)
        continue;
      row("events", {{"cell", cell}, {"t_s", at}, {"event", segment.event}});
    }
  }

  // A bar alone in its panel shows a number, which the tables contain: such charts are left out.
  void drop_single_bars() {
    Json& datasets = data_["datasets"];
    for (const char* name : {"throughput", "latency"}) {
      if (!datasets.contains(name)) continue;
      std::map<std::string, int> bars;  // by panel
      for (const Json& bar : datasets[name]) ++bars[bar["values"].get<std::string>()];
      const bool single = std::all_of(bars.begin(), bars.end(),
                                      [](const auto& panel) { return panel.second == 1; });
      if (single) datasets.erase(std::string(name));
    }
  }

  void colour_link(const std::string& link) {
    Json& colours = data_["colours"]["link"];
    if (!colours.contains(link)) colours[link] = kLinkColours[colours.size() % kLinkColours.size()];
  }

  // Latency by offered rate. If each result has one rate, the results are points of one curve.
  void add_load(const NamedAnalysis& named) {
    std::set<double> rates;
    std::map<std::tuple<std::string, std::string, double>, std::vector<const Run*>>
        points;  // cell, protocol, rate
    for (const Run& run : named.analysis.result.runs) {
      if (!run.rate_rps) continue;
      rates.insert(*run.rate_rps);
      if (run.valid()) points[{cell_of(run), contestant(run), *run.rate_rps}].push_back(&run);
    }
    for (const auto& [point, runs] : points) {
      const auto& [cell, proto, rate] = point;
      const std::string name = rates.size() > 1 ? series(named, proto) : proto;
      if (rates.size() == 1) data_["colours"]["series"][name] = colour_of(proto);
      const RunGroup group{runs.front(), runs, {}};
      for (const auto& [percentile, q] : {std::pair{"p50", 0.5}, {"p99", 0.99}}) {
        std::vector<double> values;
        for (const Run* run : runs) {
          if (has_enough_samples(run->outcome.response, q))
            values.push_back(static_cast<double>(run->outcome.response.quantile(q).count()));
        }
        if (values.empty()) continue;
        row("load", {{"cell", cell},
                     {"series", name},
                     {"rate_rps", rate},
                     {"throughput_rps",
                      median_of(group, [](const Run& run) { return run.throughput_rps; })},
                     {"percentile", percentile},
                     {"latency_ns", median(std::move(values))},
                     {"saturated", std::any_of(runs.begin(), runs.end(),
                                               [](const Run* run) { return run->saturated; })}});
      }
    }
  }

  const std::vector<NamedAnalysis>& results_;
  Json data_;
  const Published* published_ = nullptr;  // of the result that is being added
  bool as_published_ = false;
  std::vector<std::string> cells_;
  std::set<std::string> shown_;
  bool several_rates_ = false;
  bool sweep_ = false;  // whether the result that is being added has several rates
};

}  // namespace

ChartData chart_data(const std::vector<NamedAnalysis>& results, const PageParts& parts) {
  return Collector(results, parts).data();
}

}  // namespace mpb
