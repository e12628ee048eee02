#include "result/outcome.hh"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sys/error.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, kLosses> kLossNames{
    "connect", "reset", "closed", "timeout", "error_reply", "short_reply", "protocol", "corrupt"};

Json histogram_json(const Histogram& h) {
  Json deltas = Json::array(), counts = Json::array();
  std::uint32_t previous = 0;
  for (const Histogram::Bucket& bucket : h.buckets()) {
    deltas.push_back(bucket.index - previous);
    counts.push_back(bucket.count);
    previous = bucket.index;
  }
  return {{"min", h.min().count()},
          {"max", h.max().count()},
          {"sum", h.sum()},
          {"histogram",
           {{"sub_bucket_bits", Histogram::kSubBucketBits},
            {"index_delta", deltas},
            {"count", counts}}}};
}

Histogram histogram_from(const Json& json) {
  const Json& histogram = json.at("histogram");
  const Json &deltas = histogram.at("index_delta"), &counts = histogram.at("count");
  if (histogram.at("sub_bucket_bits") != Histogram::kSubBucketBits ||
      deltas.size() != counts.size())
    throw BadInput("a histogram of another layout");
  std::vector<Histogram::Bucket> buckets;
  std::uint32_t index = 0;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    index += whole_number<std::uint32_t>(deltas[i]);
    buckets.push_back({index, whole_number<std::uint64_t>(counts[i])});
  }
  return Histogram::from_buckets(buckets, Nanos{whole_number<std::int64_t>(json.at("min"))},
                                 Nanos{whole_number<std::int64_t>(json.at("max"))},
                                 whole_number<std::uint64_t>(json.at("sum")));
}

Json proof_json(const MptcpProof& proof) {
  return {{"connections", proof.connections},
          {"fallbacks", proof.fallbacks},
          {"subflows_min", proof.subflows_min},
          {"subflows_max", proof.subflows_max},
          {"complete", proof.complete}};
}

MptcpProof proof_from(const Json& json) {
  return {whole_number<int>(json.at("connections")), whole_number<int>(json.at("fallbacks")),
          whole_number<int>(json.at("subflows_min")), whole_number<int>(json.at("subflows_max")),
          whole_number<int>(json.at("complete"))};
}

void merge_segment(Segment& into, const Segment& other) {
  into.requests += other.requests;
  into.lost += other.lost;
  into.longest_stall = std::max(into.longest_stall, other.longest_stall);
  if (other.first_success && (!into.first_success || *other.first_success < *into.first_success))
    into.first_success = other.first_success;
}

Json segment_json(const Segment& segment) {
  Json json{{"from_ns", segment.from.count()},
            {"to_ns", segment.to.count()},
            {"requests", segment.requests},
            {"lost", segment.lost},
            {"longest_stall_ns", segment.longest_stall.count()}};
  if (segment.first_success) json["first_success_ns"] = segment.first_success->count();
  return json;
}

Nanos nanos_from(const Json& json) { return Nanos{whole_number<std::int64_t>(json)}; }

Segment segment_from(const Json& json) {
  Segment segment{nanos_from(json.at("from_ns")),
                  nanos_from(json.at("to_ns")),
                  whole_number<std::uint64_t>(json.at("requests")),
                  whole_number<std::uint64_t>(json.at("lost")),
                  nanos_from(json.at("longest_stall_ns")),
                  std::nullopt};
  if (json.contains("first_success_ns"))
    segment.first_success = nanos_from(json["first_success_ns"]);
  return segment;
}

using Series = std::map<std::string, Column>;

Json series_json(const Series& series) {
  Json json = Json::object();
  for (const auto& [name, column] : series) {
    Json& values = json[name] = Json::array();
    for (const auto& value : column) values.push_back(value ? Json(*value) : Json());
  }
  return json;
}

Series series_from(const Json& json) {
  Series series;
  for (const auto& [name, values] : json.items()) {
    Column& column = series[name];
    for (const Json& value : values)
      column.push_back(value.is_null() ? std::nullopt
                                       : std::optional(whole_number<std::int64_t>(value)));
  }
  return series;
}

Json timeline_json(const Timeline& timeline) {
  Json t = Json::array();
  for (const Nanos end : timeline.t) t.push_back(end.count());
  return {{"interval_ns", timeline.interval.count()},
          {"t_ns", t},
          {"series", series_json(timeline.series)}};
}

Timeline timeline_from(const Json& json) {
  Timeline timeline;
  timeline.interval = nanos_from(json.at("interval_ns"));
  for (const Json& end : json.at("t_ns")) timeline.t.push_back(nanos_from(end));
  timeline.series = series_from(json.at("series"));
  return timeline;
}

Json trace_json(const SubflowTrace& trace) {
  return {{"connection", trace.connection},
          {"local", trace.local},
          {"remote", trace.remote},
          {"congestion_control", trace.congestion_control},
          {"series", series_json(trace.series)}};
}

SubflowTrace trace_from(const Json& json) {
  return {whole_number<int>(json.at("connection")),
          json.at("local").get<std::string>(),
          json.at("remote").get<std::string>(),
          json.at("congestion_control").get<std::string>(),
          "",
          std::nullopt,
          series_from(json.at("series"))};
}

}  // namespace

std::string_view to_text(Loss loss) { return kLossNames[static_cast<std::size_t>(loss)]; }

void MptcpProof::add(bool fallback, int subflows, int expected) {
  merge({1, fallback ? 1 : 0, subflows, subflows, subflows >= expected ? 1 : 0});
}

void MptcpProof::merge(const MptcpProof& other) {
  if (other.connections == 0) return;
  subflows_min = connections == 0 ? other.subflows_min : std::min(subflows_min, other.subflows_min);
  subflows_max = std::max(subflows_max, other.subflows_max);
  connections += other.connections;
  fallbacks += other.fallbacks;
  complete += other.complete;
}

double Outcome::throughput_rps() const {
  return duration > Nanos{0} ? static_cast<double>(requests) / seconds(duration) : 0;
}
double Outcome::goodput_bps() const {
  return duration > Nanos{0} ? 8 * static_cast<double>(value_bytes) / seconds(duration) : 0;
}

void Outcome::merge(const Outcome& other) {
  requests += other.requests;
  for (std::size_t i = 0; i < kLosses; ++i) errors[i] += other.errors[i];
  censored += other.censored;
  unsent += other.unsent;
  misses += other.misses;
  verified += other.verified;
  reconnects += other.reconnects;
  value_bytes += other.value_bytes;
  if (backlog.empty())
    backlog = other.backlog;
  else
    for (std::size_t i = 0; i < std::min(backlog.size(), other.backlog.size()); ++i)
      backlog[i] += other.backlog[i];
  duration = std::max(duration, other.duration);
  time_to_ready = std::max(time_to_ready, other.time_to_ready);
  interrupted = interrupted || other.interrupted;
  first_byte.merge(other.first_byte);
  last_byte.merge(other.last_byte);
  response.merge(other.response);
  send_delay.merge(other.send_delay);
  mptcp_start.merge(other.mptcp_start);
  mptcp_end.merge(other.mptcp_end);
  congestion_control.insert(other.congestion_control.begin(), other.congestion_control.end());
  cpu_pct.insert(cpu_pct.end(), other.cpu_pct.begin(), other.cpu_pct.end());
  if (segments.empty())
    segments = other.segments;
  else if (!other.segments.empty())
    for (std::size_t i = 0; i < segments.size(); ++i) merge_segment(segments[i], other.segments[i]);
  subflows.insert(subflows.end(), other.subflows.begin(), other.subflows.end());
}

std::string to_json(const Outcome& o) {
  Json errors = Json::object();
  for (std::size_t i = 0; i < kLosses; ++i) {
    if (o.errors[i] != 0) errors[std::string(kLossNames[i])] = o.errors[i];
  }
  Json segments = Json::array();
  for (const Segment& segment : o.segments) segments.push_back(segment_json(segment));
  Json subflows = Json::array();
  for (const SubflowTrace& trace : o.subflows) subflows.push_back(trace_json(trace));
  return Json{{"requests", o.requests},
              {"errors", errors},
              {"censored", o.censored},
              {"unsent", o.unsent},
              {"misses", o.misses},
              {"verified", o.verified},
              {"reconnects", o.reconnects},
              {"value_bytes", o.value_bytes},
              {"backlog", o.backlog},
              {"duration_ns", o.duration.count()},
              {"time_to_ready_ns", o.time_to_ready.count()},
              {"interrupted", o.interrupted},
              {"mptcp_start", proof_json(o.mptcp_start)},
              {"mptcp_end", proof_json(o.mptcp_end)},
              {"congestion_control", o.congestion_control},
              {"cpu_pct", o.cpu_pct},
              {"segments", segments},
              {"timeline", timeline_json(o.timeline)},
              {"subflows", subflows},
              {"latency_ns",
               {{"first_byte", histogram_json(o.first_byte)},
                {"last_byte", histogram_json(o.last_byte)},
                {"response", histogram_json(o.response)},
                {"send_delay", histogram_json(o.send_delay)}}}}
      .dump();
}

Outcome outcome_from_json(std::string_view text) {
  try {
    const Json json = parse_json(text, "");
    Outcome o;
    o.requests = whole_number<std::uint64_t>(json.at("requests"));
    const Json& errors = json.at("errors");
    if (!errors.is_object()) throw BadInput("errors: is not an object");
    for (std::size_t i = 0; i < kLosses; ++i) {
      const std::string name(kLossNames[i]);
      if (errors.contains(name)) o.errors[i] = whole_number<std::uint64_t>(errors[name]);
    }
    o.censored = whole_number<std::uint64_t>(json.at("censored"));
    o.unsent = whole_number<std::uint64_t>(json.at("unsent"));
    o.misses = whole_number<std::uint64_t>(json.at("misses"));
    o.verified = whole_number<std::uint64_t>(json.at("verified"));
    o.reconnects = whole_number<std::uint64_t>(json.at("reconnects"));
    o.value_bytes = whole_number<std::uint64_t>(json.at("value_bytes"));
    for (const Json& least : json.at("backlog"))
      o.backlog.push_back(whole_number<std::uint64_t>(least));
    o.duration = Nanos{whole_number<std::int64_t>(json.at("duration_ns"))};
    o.time_to_ready = Nanos{whole_number<std::int64_t>(json.at("time_to_ready_ns"))};
    json.at("interrupted").get_to(o.interrupted);
    o.mptcp_start = proof_from(json.at("mptcp_start"));
    o.mptcp_end = proof_from(json.at("mptcp_end"));
    json.at("congestion_control").get_to(o.congestion_control);
    json.at("cpu_pct").get_to(o.cpu_pct);
    for (const Json& segment : json.at("segments")) o.segments.push_back(segment_from(segment));
    o.timeline = timeline_from(json.at("timeline"));
    for (const Json& trace : json.at("subflows")) o.subflows.push_back(trace_from(trace));
    const Json& latency = json.at("latency_ns");
    o.first_byte = histogram_from(latency.at("first_byte"));
    o.last_byte = histogram_from(latency.at("last_byte"));
    o.response = histogram_from(latency.at("response"));
    o.send_delay = histogram_from(latency.at("send_delay"));
    return o;
  } catch (const nlohmann::json::exception& error) {
    throw BadInput(std::string("not the outcome of a load: ") + error.what());
  } catch (const BadInput& error) {
    throw BadInput(std::string("not the outcome of a load: ") + error.what());
  } catch (const std::invalid_argument& error) {
    throw BadInput(std::string("not the outcome of a load: ") + error.what());
  }
}

}  // namespace mpb
