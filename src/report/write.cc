#include "report/write.hh"

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/explain.hh"
#include "report/figures.hh"
#include "report/slo.hh"
#include "sys/error.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

Json histogram_json(const Histogram& histogram) {
  Json deltas = Json::array();
  Json counts = Json::array();
  std::uint32_t previous = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    deltas.push_back(bucket.index - previous);
    counts.push_back(bucket.count);
    previous = bucket.index;
  }
  return {{"sub_bucket_bits", Histogram::kSubBucketBits},
          {"min", histogram.min().count()},
          {"max", histogram.max().count()},
          {"sum", histogram.sum()},
          {"index_delta", deltas},
          {"count", counts}};
}

Json latency_json(const Histogram& histogram) {
  Json json{{"count", histogram.count()}};
  if (histogram.count() == 0) return json;
  json["mean"] = std::llround(histogram.mean());
  constexpr std::pair<const char*, double> quantiles[] = {
      {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}};
  for (const auto& [name, q] : quantiles) {
    if (can_tell(histogram, q)) json[name] = histogram.quantile(q).count();
  }
  json["max"] = histogram.max().count();
  json["histogram"] = histogram_json(histogram);
  return json;
}

double hundredths(double value) { return std::round(value * 100) / 100; }

Json links_json(const std::vector<LinkTraffic>& links) {
  Json json = Json::array();
  for (const LinkTraffic& link : links) {
    Json entry{{"name", link.name},
               {"client_tx_bytes", link.client_tx_bytes},
               {"client_rx_bytes", link.client_rx_bytes},
               {"lost_packets", link.lost_packets}};
    if (link.dropped_packets) entry["dropped_packets"] = *link.dropped_packets;
    json.push_back(std::move(entry));
  }
  return json;
}

Json segment_json(const RunSegment& segment) {
  Json json{{"from_ns", segment.from.count()}, {"to_ns", segment.to.count()}};
  if (!segment.event.empty()) {
    json["event"] = segment.event;
    json["late_ns"] = segment.late.count();
  }
  if (!segment.link.empty()) json["link"] = segment.link;
  if (!segment.state.empty()) json["state"] = segment.state;
  json["requests"] = segment.requests;
  json["lost"] = segment.lost;
  json["throughput_rps"] = segment.throughput_rps;
  json["longest_stall_ns"] = segment.longest_stall.count();
  if (segment.first_success) json["first_success_ns"] = segment.first_success->count();
  json["links"] = links_json(segment.links);
  return json;
}

Json series_json(const std::map<std::string, Column>& series) {
  Json json = Json::object();
  for (const auto& [name, column] : series) {
    Json& values = json[name] = Json::array();
    for (const auto& value : column) values.push_back(value ? Json(*value) : Json());
  }
  return json;
}

Json timeline_json(const Run& run) {
  Json t = Json::array();
  for (const Nanos end : run.timeline.t) t.push_back(end.count());
  Json json{{"interval_ns", run.timeline.interval.count()},
            {"t_ns", t},
            {"series", series_json(run.timeline.series)}};
  json["subflows"] = Json::array();
  for (const SubflowTrace& trace : run.subflows) {
    Json entry{{"connection", trace.connection}};
    if (!trace.link.empty()) entry["link"] = trace.link;
    if (!trace.local.empty()) entry["local"] = trace.local;
    if (!trace.remote.empty()) entry["remote"] = trace.remote;
    if (trace.backup) entry["backup"] = *trace.backup;
    entry["congestion_control"] = trace.congestion_control;
    entry["series"] = series_json(trace.series);
    json["subflows"].push_back(std::move(entry));
  }
  return json;
}

Json spread_json(const Spread& spread) {
  Json json{{"p50", spread.p50}};
  if (spread.p99) json["p99"] = *spread.p99;
  json["max"] = spread.max;
  return json;
}

Json replication_json(const Replication& replication) {
  Json json{{"sync_s", replication.sync_s},
            {"transfer_s", replication.transfer_s},
            {"data_bytes", replication.data_bytes},
            {"transfer_bps", replication.transfer_bps},
            {"lag_samples", replication.lag_samples}};
  if (replication.lag_bytes) json["lag_bytes"] = spread_json(*replication.lag_bytes);
  if (replication.lag_ns) json["lag_ns"] = spread_json(*replication.lag_ns);
  return json;
}

Json run_json(const Run& run) {
  Json json;
  json["block"] = run.block;
  json["order"] = run.order;
  json["proto"] = run.proto;
  json["op"] = run.op;
  json["values"] = run.values;
  json["value_bytes"] = run.value_bytes;
  json["connections"] = run.connections;
  json["threads"] = run.threads;
  json["pipeline"] = run.pipeline;
  json["arrivals"] = run.arrivals;
  if (run.rate_rps) json["rate_rps"] = *run.rate_rps;
  json["duration_s"] = run.duration_s;
  json["valid"] = run.valid();
  json["invalid_reasons"] = run.invalid_reasons;
  json["notes"] = run.notes;
  if (run.rate_rps) json["saturated"] = run.saturated;
  if (!run.backlog.empty()) json["backlog"] = run.backlog;
  if (run.search) json["search"] = true;
  json["requests"] = run.requests;
  json["errors"] = run.errors.empty() ? Json::object() : Json(run.errors);
  json["censored"] = run.censored;
  if (run.rate_rps) json["unsent"] = run.unsent;
  json["misses"] = run.misses;
  json["verified"] = run.verified;
  json["reconnects"] = run.reconnects;
  json["throughput_rps"] = run.throughput_rps;
  json["goodput_bps"] = run.goodput_bps;
  if (!run.replication) json["longest_stall_ns"] = run.longest_stall.count();
  json["latency_ns"] = {{"first_byte", latency_json(run.first_byte)},
                        {"last_byte", latency_json(run.last_byte)}};
  if (run.rate_rps) {
    json["latency_ns"]["response"] = latency_json(run.response);
    json["latency_ns"]["send_delay"] = latency_json(run.send_delay);
  }
  json["links"] = links_json(run.links);
  json["mptcp"] = {{"connections", run.mptcp.connections},
                   {"fallbacks", run.mptcp.fallbacks},
                   {"subflows_min", run.mptcp.subflows_min},
                   {"subflows_max", run.mptcp.subflows_max},
                   {"complete", run.mptcp.complete}};
  json["congestion_control"] = run.congestion_control;
  if (run.emulator) {
    json["emulator"]["lateness_ns"] = {{"p50", run.emulator->p50.count()},
                                       {"p99", run.emulator->p99.count()},
                                       {"max", run.emulator->max.count()}};
  }
  json["cpu"]["load_threads_pct"] = Json::array();
  for (const double pct : run.load_threads_pct)
    json["cpu"]["load_threads_pct"].push_back(hundredths(pct));
  if (run.store_pct) json["cpu"]["store_pct"] = hundredths(*run.store_pct);
  if (run.emulator_pct) json["cpu"]["emulator_pct"] = hundredths(*run.emulator_pct);
  json["kernel"] = run.kernel.empty() ? Json::object() : Json(run.kernel);
  json["commands"] = run.commands;
  for (const RunSegment& segment : run.segments) json["segments"].push_back(segment_json(segment));
  if (run.timeline.interval > 0ns) json["timeline"] = timeline_json(run);
  if (run.replication) json["replica"] = replication_json(*run.replication);
  return json;
}

Json explanation_json(const Explanation& why, const Result& result) {
  Json json{{"op", why.op}, {"values", why.values}, {"proto", why.proto}};
  if (why.rate_rps) json["rate_rps"] = *why.rate_rps;
  json["of_links"] = Json::object();
  for (std::size_t i = 0; i < why.of_links.size(); ++i) {
    if (why.of_links[i]) json["of_links"][result.capacities[i].name] = *why.of_links[i];
  }
  if (why.of_all_links) json["of_all_links"] = *why.of_all_links;
  json["shares"] = Json::object();
  for (std::size_t i = 0; i < why.shares.size(); ++i)
    json["shares"][result.capacities[i].name] = why.shares[i];
  if (why.retransmitted) json["retransmitted"] = *why.retransmitted;
  json["after_first_byte_ns"] = why.after_first_byte_ns;
  json["client_cpu_ns"] = why.client_cpu_ns;
  if (why.store_cpu_ns) json["store_cpu_ns"] = *why.store_cpu_ns;
  if (why.stack_ratio) json["stack_ratio"] = *why.stack_ratio;
  return json;
}

Json interval_json(const Interval& interval) {
  return {{"low", interval.low}, {"high", interval.high}};
}

// A figure is of a cell: what its runs have in common.
Json figure_json(const Figure& figure) {
  const Run& run = *figure.runs.front();
  Json json{{"name", figure.name}, {"op", run.op}, {"values", run.values}};
  if (run.rate_rps) json["rate_rps"] = *run.rate_rps;
  json["proto"] = figure.proto;
  if (figure.comparison) json["base"] = figure.base;
  json["metric"] = figure.metric->name;
  if (!figure.comparison) json["unit"] = unit_name(figure.metric->unit);
  json["n"] = figure.values.size();
  json[figure.comparison ? "ratio" : "median"] = figure.value;
  if (figure.interval) json["interval"] = interval_json(*figure.interval);
  if (!figure.comparison) json["mad"] = figure.mad;
  json["samples"] = figure.values;
  json["outliers"] = figure.outliers;
  if (!figure.comparison) return json;
  const Comparison& comparison = *figure.comparison;
  if (figure.interval) {  // too few blocks tell nothing by these either
    json["p"] = comparison.p;
    json["mann_whitney_p"] = comparison.mann_whitney_p;
    json["cliffs_delta"] = comparison.cliffs_delta;
  }
  json["margin"] = figure.metric->margin;
  json["verdict"] = to_text(figure.verdict);
  if (figure.untold > 0) return json;  // longer runs would tell, not more of them
  if (const auto missing = pairs_missing(comparison, figure.metric->margin))
    json["blocks_missing"] = *missing;
  return json;
}

Json probe_json(const CapacityProbe& probe) {
  return {{"op", probe.op},
          {"values", probe.values},
          {"proto", probe.proto},
          {"throughput_rps", probe.throughput_rps},
          {"duration_s", probe.duration_s},
          {"invalid_reasons", probe.invalid_reasons}};
}

Json slo_json(const Analysis& analysis) {
  const Result& result = analysis.result;
  Json json{
      {"rule", result.slo->rule}, {"least_rps", result.slo->least_rps}, {"answers", Json::array()}};
  for (const SloAnswer& answer : analysis.answers) {
    Json entry{{"op", answer.op}, {"values", answer.values}, {"proto", answer.proto}};
    if (answer.rate_rps) entry["rate_rps"] = *answer.rate_rps;
    if (answer.value_ns) entry["value_ns"] = std::llround(*answer.value_ns);
    if (answer.fails_at_rps) entry["fails_at_rps"] = *answer.fails_at_rps;
    entry["confirmed"] = answer.confirmed;
    entry["runs"] = answer.runs;
    json["answers"].push_back(std::move(entry));
  }
  return json;
}

bool is_leaf_array(const Json& json) {
  return json.is_array() && std::none_of(json.begin(), json.end(),
                                         [](const Json& item) { return item.is_structured(); });
}

std::string indent_of(int depth) { return std::string(static_cast<std::size_t>(depth) * 2, ' '); }

// nlohmann's dump(2) gives every number of a histogram a line of its own: a hundred thousand of
// them. Arrays of plain values stay on one.
void write_indented(const Json& json, std::string& out, int depth) {
  if (!json.is_structured() || json.empty() || is_leaf_array(json)) {
    out += json.dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  const std::string indent = indent_of(depth + 1);
  out += json.is_object() ? "{\n" : "[\n";
  bool first = true;
  for (auto it = json.begin(); it != json.end(); ++it) {
    if (!first) out += ",\n";
    first = false;
    out += indent;
    if (json.is_object()) out += Json(it.key()).dump() + ": ";
    write_indented(*it, out, depth + 1);
  }
  out += "\n" + indent_of(depth) + (json.is_object() ? "}" : "]");
}

// The document, member by member. Of a list only one element at a time is there as JSON.
class Document {
 public:
  explicit Document(const Sink& sink) : sink_(sink) { sink_("{"); }

  void member(const char* name, const Json& value) {
    begin(name);
    write(value, 1);
  }

  template <class Range, class Make>
  void list(const char* name, const Range& range, Make make) {
    begin(name);
    const char* between = "[";
    for (const auto& element : range) {
      sink_(between + ("\n" + indent_of(2)));
      write(make(element), 2);
      between = ",";
    }
    sink_(range.empty() ? "[]" : "\n" + indent_of(1) + "]");
  }

  void end() { sink_("\n}\n"); }

 private:
  void begin(const char* name) {
    sink_((first_ ? "\n" : ",\n") + indent_of(1) + Json(name).dump() + ": ");
    first_ = false;
  }

  void write(const Json& value, int depth) {
    std::string text;
    write_indented(value, text, depth);
    sink_(text);
  }

  const Sink& sink_;
  bool first_ = true;
};

Json store_json(const StoreInfo& store) {
  Json json{{"kind", store.kind},
            {"version", store.version},
            {"why", store.why},
            {"command", store.command},
            {"mptcp", store.mptcp}};
  for (std::size_t i = 0; i + 1 < store.configuration.size(); i += 2)
    json["configuration"][store.configuration[i]] = store.configuration[i + 1];
  return json;
}

std::vector<const Figure*> figures_that(const Analysis& analysis, bool compare) {
  std::vector<const Figure*> figures;
  for (const Figure& figure : analysis.figures) {
    if (figure.comparison.has_value() == compare) figures.push_back(&figure);
  }
  return figures;
}

}  // namespace

void write_json(const Analysis& analysis, const Sink& sink) {
  const Result& result = analysis.result;
  Document document(sink);
  document.member("schema", "mptcp-bench/result/1");
  document.member("tool", {{"name", "mptcp-bench"}, {"version", result.tool_version}});
  document.member("command", result.command);
  document.member("started", result.started);
  document.member("seed", result.seed);
  document.member("environment", parse_json(result.environment_json, "environment"));
  document.member("scenario", parse_json(result.scenario_json, "scenario"));
  document.member("workload", parse_json(result.workload_json, "workload"));
  document.member("store", store_json(result.store));
  if (!result.probes.empty()) document.list("capacity_probes", result.probes, probe_json);
  if (result.slo) document.member("slo", slo_json(analysis));
  if (result.complete) document.member("complete", *result.complete);
  if (result.planned_runs) document.member("planned_runs", *result.planned_runs);
  document.list("runs", result.runs, run_json);
  document.list("explanations", analysis.explanations,
                [&](const Explanation& why) { return explanation_json(why, result); });
  const auto json_of = [](const Figure* figure) { return figure_json(*figure); };
  document.list("figures", figures_that(analysis, false), json_of);
  document.list("comparisons", figures_that(analysis, true), json_of);
  document.end();
}

std::string to_json(const Analysis& analysis) {
  std::string text;
  write_json(analysis, [&text](std::string_view piece) { text += piece; });
  return text;
}

std::string interruption(const Result& result) {
  if (result.complete.value_or(true)) return "";
  const std::size_t made = result.runs.size();
  const std::string text = "interrupted: " + std::to_string(made);
  if (result.planned_runs) return text + " of " + std::to_string(*result.planned_runs) + " runs";
  return text + (made == 1 ? " run" : " runs") + ", and more were to come";
}

}  // namespace mpb
