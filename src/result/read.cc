#include "result/read.hh"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "result/protocol.hh"
#include "result/slo_rule.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostExact =
    std::int64_t{1} << 53;  // as far as a number in JSON is exact: 104 days of nanoseconds
const std::string kRemedy = "give a result that mptcp-bench has written";

// A place in the document, which knows where it is.
class Field {
 public:
  Field(const Json& json, const std::string& file, std::string pointer)
      : json_(&json), file_(&file), pointer_(std::move(pointer)) {}

  [[noreturn]] void refuse(const std::string& why) const {
    throw BadInput(*file_ + ": " + (pointer_.empty() ? "/" : pointer_) + ": " + why +
                   "; make the result anew with mptcp-bench " MPB_VERSION);
  }

  // A place below this one that is not there any more.
  Field at(const std::string& pointer) const { return {*json_, *file_, pointer_ + "/" + pointer}; }

  bool has(const char* name) const { return json_->is_object() && json_->contains(name); }

  Field operator[](const std::string& name) const {
    const Field place(*json_, *file_, pointer_ + "/" + name);
    if (!json_->is_object()) refuse("is not an object");
    const auto found = json_->find(name);
    if (found == json_->end()) place.refuse("is missing");
    return {*found, *file_, place.pointer_};
  }

  std::vector<Field> items() const {
    if (!json_->is_array()) refuse("is not an array");
    std::vector<Field> all;
    for (std::size_t i = 0; i < json_->size(); ++i)
      all.emplace_back((*json_)[i], *file_, pointer_ + "/" + std::to_string(i));
    return all;
  }

  std::vector<std::pair<std::string, Field>> members() const {
    if (!json_->is_object()) refuse("is not an object");
    std::vector<std::pair<std::string, Field>> all;
    for (const auto& [name, value] : json_->items())
      all.emplace_back(name, Field(value, *file_, pointer_ + "/" + name));
    return all;
  }

  template <class T>
  T as() const {
    if constexpr (std::is_same_v<T, std::string>) {
      if (!json_->is_string()) refuse("is not a text");
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json_->is_boolean()) refuse("is neither true nor false");
    } else if constexpr (std::is_integral_v<T>) {
      try {
        const T value = whole_number<T>(*json_);
        // Sums of a thousand of them fit.
        if constexpr (std::is_same_v<T, std::int64_t>) {
          if (value < -kMostExact || value > kMostExact) refuse("is out of range");
        }
        return value;
      } catch (const BadInput& error) {
        refuse(error.what());
      }
    } else {
      if (!json_->is_number()) refuse("is not a number");
    }
    return json_->get<T>();
  }

  // An array of whole numbers. Long ones are most of a result: a place is made only of one that is
  // refused.
  template <class T>
  std::vector<T> numbers() const {
    if (!json_->is_array()) refuse("is not an array");
    std::vector<T> all;
    all.reserve(json_->size());
    for (const Json& item : *json_) {
      if (item.is_number_unsigned() && std::in_range<T>(item.get<std::uint64_t>())) {
        all.push_back(static_cast<T>(item.get<std::uint64_t>()));
      } else {
        all.push_back(Field(item, *file_, pointer_ + "/" + std::to_string(all.size())).as<T>());
      }
    }
    return all;
  }

  template <class T>
  void to(T& value) const {
    value = as<T>();
  }

  Nanos nanos() const { return Nanos{as<std::int64_t>()}; }
  std::vector<std::string> words() const {
    std::vector<std::string> all;
    for (const Field& item : items()) all.push_back(item.as<std::string>());
    return all;
  }
  template <class T>
  std::optional<T> optional(const char* name) const {
    return has(name) ? std::optional((*this)[name].template as<T>()) : std::nullopt;
  }
  bool is_null() const { return json_->is_null(); }
  std::string dump() const { return json_->dump(); }

 private:
  const Json* json_;
  const std::string* file_;
  std::string pointer_;
};

Histogram histogram_from(const Field& latency) {
  const auto count = latency["count"].as<std::uint64_t>();
  if (count == 0) return {};
  const Field field = latency["histogram"];
  if (field["sub_bucket_bits"].as<int>() != Histogram::kSubBucketBits)
    field["sub_bucket_bits"].refuse("is of another layout");
  const auto deltas = field["index_delta"].numbers<std::uint32_t>();
  const auto counts = field["count"].numbers<std::uint64_t>();
  if (deltas.size() != counts.size()) field["count"].refuse("is not as long as index_delta");
  std::vector<Histogram::Bucket> buckets;
  buckets.reserve(deltas.size());
  std::uint32_t index = 0;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    index += deltas[i];
    buckets.push_back({index, counts[i]});
  }
  try {
    Histogram histogram = Histogram::from_buckets(
        buckets, field["min"].nanos(), field["max"].nanos(), field["sum"].as<std::uint64_t>());
    if (histogram.count() != count)
      latency["count"].refuse("is not how many values the histogram counts");
    return histogram;
  } catch (const std::invalid_argument& error) {
    field.refuse(error.what());
  }
}

std::vector<LinkTraffic> links_from(const Field& field) {
  std::vector<LinkTraffic> links;
  for (const Field& link : field.items()) {
    links.push_back({link["name"].as<std::string>(), link["client_tx_bytes"].as<std::int64_t>(),
                     link["client_rx_bytes"].as<std::int64_t>(),
                     link["lost_packets"].as<std::int64_t>(),
                     link.optional<std::int64_t>("dropped_packets")});
  }
  return links;
}

RunSegment segment_from(const Field& field) {
  RunSegment segment;
  segment.from = field["from_ns"].nanos();
  segment.to = field["to_ns"].nanos();
  if (field.has("event")) {
    field["event"].to(segment.event);
    segment.late = field["late_ns"].nanos();
  }
  if (field.has("link")) field["link"].to(segment.link);
  if (field.has("state")) field["state"].to(segment.state);
  field["requests"].to(segment.requests);
  field["lost"].to(segment.lost);
  field["throughput_rps"].to(segment.throughput_rps);
  segment.longest_stall = field["longest_stall_ns"].nanos();
  if (field.has("first_success_ns")) segment.first_success = field["first_success_ns"].nanos();
  segment.links = links_from(field["links"]);
  return segment;
}

std::map<std::string, Column> series_from(const Field& field) {
  std::map<std::string, Column> series;
  for (const auto& [name, values] : field.members()) {
    Column& column = series[name];
    for (const Field& value : values.items())
      column.push_back(value.is_null() ? std::nullopt : std::optional(value.as<std::int64_t>()));
  }
  return series;
}

void timeline_from(const Field& field, Run& run) {
  run.timeline.interval = field["interval_ns"].nanos();
  for (const Field& end : field["t_ns"].items()) run.timeline.t.push_back(end.nanos());
  run.timeline.series = series_from(field["series"]);
  for (const Field& subflow : field["subflows"].items()) {
    SubflowTrace& trace = run.subflows.emplace_back();
    subflow["connection"].to(trace.connection);
    if (subflow.has("link")) subflow["link"].to(trace.link);
    if (subflow.has("local")) subflow["local"].to(trace.local);
    if (subflow.has("remote")) subflow["remote"].to(trace.remote);
    trace.backup = subflow.optional<bool>("backup");
    subflow["congestion_control"].to(trace.congestion_control);
    trace.series = series_from(subflow["series"]);
  }
}

Spread spread_from(const Field& field) {
  return {field["p50"].as<std::int64_t>(), field.optional<std::int64_t>("p99"),
          field["max"].as<std::int64_t>()};
}

Replication replication_from(const Field& field) {
  Replication replication;
  field["sync_s"].to(replication.sync_s);
  field["transfer_s"].to(replication.transfer_s);
  field["data_bytes"].to(replication.data_bytes);
  field["transfer_bps"].to(replication.transfer_bps);
  field["lag_samples"].to(replication.lag_samples);
  if (field.has("lag_bytes")) replication.lag_bytes = spread_from(field["lag_bytes"]);
  if (field.has("lag_ns")) replication.lag_ns = spread_from(field["lag_ns"]);
  return replication;
}

std::string proto_from(const Field& field) {
  std::string proto = field.as<std::string>();
  if (!is_proto(proto)) field.refuse("is none of " + protocol_names() + " and these with -again");
  return proto;
}

Run run_from(const Field& field) {
  Run run;
  field["block"].to(run.block);
  field["order"].to(run.order);
  run.proto = proto_from(field["proto"]);
  field["op"].to(run.op);
  field["values"].to(run.values);
  field["value_bytes"].to(run.value_bytes);
  field["connections"].to(run.connections);
  field["threads"].to(run.threads);
  field["pipeline"].to(run.pipeline);
  field["arrivals"].to(run.arrivals);
  run.rate_rps = field.optional<double>("rate_rps");
  field["duration_s"].to(run.duration_s);
  run.invalid_reasons = field["invalid_reasons"].words();
  run.notes = field["notes"].words();
  if (field.has("saturated")) field["saturated"].to(run.saturated);
  if (field.has("backlog")) run.backlog = field["backlog"].numbers<std::uint64_t>();
  if (field.has("search")) field["search"].to(run.search);
  field["requests"].to(run.requests);
  for (const auto& [kind, count] : field["errors"].members())
    run.errors[kind] = count.as<std::uint64_t>();
  field["censored"].to(run.censored);
  if (field.has("unsent")) field["unsent"].to(run.unsent);
  field["misses"].to(run.misses);
  field["verified"].to(run.verified);
  field["reconnects"].to(run.reconnects);
  field["throughput_rps"].to(run.throughput_rps);
  field["goodput_bps"].to(run.goodput_bps);
  if (field.has("longest_stall_ns")) run.longest_stall = field["longest_stall_ns"].nanos();
  const Field latency = field["latency_ns"];
  run.first_byte = histogram_from(latency["first_byte"]);
  run.last_byte = histogram_from(latency["last_byte"]);
  if (latency.has("response")) run.response = histogram_from(latency["response"]);
  if (latency.has("send_delay")) run.send_delay = histogram_from(latency["send_delay"]);
  run.links = links_from(field["links"]);
  const Field mptcp = field["mptcp"];
  run.mptcp = {mptcp["connections"].as<int>(), mptcp["fallbacks"].as<int>(),
               mptcp["subflows_min"].as<int>(), mptcp["subflows_max"].as<int>(),
               mptcp["complete"].as<int>()};
  run.congestion_control = field["congestion_control"].words();
  if (field.has("emulator")) {
    const Field lateness = field["emulator"]["lateness_ns"];
    run.emulator =
        EmulatorLateness{lateness["p50"].nanos(), lateness["p99"].nanos(), lateness["max"].nanos()};
  }
  const Field cpu = field["cpu"];
  for (const Field& pct : cpu["load_threads_pct"].items())
    run.load_threads_pct.push_back(pct.as<double>());
  run.store_pct = cpu.optional<double>("store_pct");
  run.emulator_pct = cpu.optional<double>("emulator_pct");
  for (const auto& [role, counters] : field["kernel"].members()) {
    std::map<std::string, std::int64_t>& all = run.kernel[role];
    for (const auto& [name, count] : counters.members()) all[name] = count.as<std::int64_t>();
  }
  run.commands = field["commands"].words();
  if (field.has("segments")) {
    for (const Field& segment : field["segments"].items())
      run.segments.push_back(segment_from(segment));
  }
  if (field.has("timeline")) timeline_from(field["timeline"], run);
  if (field.has("replica")) run.replication = replication_from(field["replica"]);
  return run;
}

CapacityProbe probe_from(const Field& field) {
  return {field["op"].as<std::string>(),    field["values"].as<std::string>(),
          proto_from(field["proto"]),       field["throughput_rps"].as<double>(),
          field["duration_s"].as<double>(), field["invalid_reasons"].words()};
}

SloAsked slo_from(const Field& field) {
  const std::string rule = field["rule"].as<std::string>();
  try {
    parse_slo(rule);
  } catch (const BadInput& error) {
    field["rule"].refuse(error.what());
  }
  return {rule, field["least_rps"].as<double>()};
}

double rate_of(const Field& direction) {
  const std::string rate = direction["rate"].as<std::string>();
  try {
    return static_cast<double>(parse_rate(rate).count);
  } catch (const BadInput& error) {
    direction["rate"].refuse(error.what());
  }
}

// Bounds that no experiment comes near, within which nothing overflows.
void refuse_absurd(const Field& field, const Run& run) {
  const auto sane = [](double value) { return value >= 0 && value <= 1e15; };
  if (!sane(run.throughput_rps) || !sane(run.goodput_bps))
    field["throughput_rps"].refuse("or the goodput is no rate");
  std::vector<double> shares = run.load_threads_pct;
  for (const std::optional<double>& pct : {run.store_pct, run.emulator_pct})
    shares.push_back(pct.value_or(0));
  if (!std::all_of(shares.begin(), shares.end(), [](double pct) { return pct >= 0 && pct <= 1e6; }))
    field["cpu"].refuse("has no percentages");
  if (run.block < 0 || run.order < 0 || run.block >= kMostBlocks)
    field["block"].refuse("or the order is out of range");
  if (!run.valid()) return;
  if (run.op == "sync" && (!run.replication || !run.replication->lag_ns))
    field["op"].refuse("is a synchronisation without its figures");
}

// Tables and pictures go by the scenario's links and by the first run's segments: a run that has
// others, as no experiment of ours makes, is refused here and not found out there. A run that ended
// early may have none.
void refuse_odd_runs(const Field& document, const Result& result) {
  const auto fits = [&](const std::vector<LinkTraffic>& links) {
    return links.empty() || links.size() == result.capacities.size();
  };
  const auto first_valid = std::find_if(result.runs.begin(), result.runs.end(),
                                        [](const Run& run) { return run.valid(); });
  for (auto run = result.runs.begin(); run != result.runs.end(); ++run) {
    const std::string number = std::to_string(run - result.runs.begin());
    const auto refuse = [&](const std::string& where, const std::string& why) {
      document.at("runs/" + number + where).refuse(why);
    };
    if (!fits(run->links)) refuse("/links", "are not the scenario's");
    for (const RunSegment& segment : run->segments) {
      if (!fits(segment.links)) refuse("/segments", "have links that are not the scenario's");
    }
    if (run->valid() && run->segments.size() != first_valid->segments.size())
      refuse("", "has not the segments of the runs before it");
  }
}

// What is kept as it is must be what those expect who look into it.
void check_kept(const Field& document) {
  const Field environment = document["environment"];
  environment["kernel"].as<std::string>();
  if (environment["cpus"].as<int>() < 1) environment["cpus"].refuse("is not a number of CPUs");
  if (environment.has("steal_pct")) environment["steal_pct"].as<double>();
  if (environment.has("resumed")) environment["resumed"].words();
  document["scenario"].members();
  document["workload"].members();
}

}  // namespace

Result result_from_json(std::string_view text, const std::string& file) {
  Result result;
  // Thousands of runs with their histograms: each is read when its own text has been, so that they
  // are never all there as JSON. One that cannot be read is told last, because it may be of a
  // document that is no result at all.
  std::string unreadable;
  const auto take_run = [&](std::size_t index, const Json& json) {
    if (!unreadable.empty()) return;
    if (index >= kMostRuns) {
      unreadable =
          file + ": /runs: has more than " + std::to_string(kMostRuns) + " runs; " + kRemedy;
      return;
    }
    const Field field(json, file, "/runs/" + std::to_string(index));
    try {
      result.runs.push_back(run_from(field));
      refuse_absurd(field, result.runs.back());
    } catch (const BadInput& error) {
      unreadable = error.what();
    }
  };
  const Json json = parse_json(text, file, kRemedy, {"runs", take_run});
  const Field document(json, file, "");
  if (!document.has("schema") || document["schema"].as<std::string>() != "mptcp-bench/result/1") {
    throw BadInput(file + ": /schema: is not \"mptcp-bench/result/1\"; " + kRemedy);
  }
  document["tool"]["version"].to(result.tool_version);
  result.command = document["command"].words();
  document["started"].to(result.started);
  document["seed"].to(result.seed);
  check_kept(document);
  result.environment_json = document["environment"].dump();
  result.scenario_json = document["scenario"].dump();
  result.workload_json = document["workload"].dump();
  const Field store = document["store"];
  result.store = {store["kind"].as<std::string>(), store["version"].as<std::string>(),
                  store["why"].as<std::string>(),  store["command"].words(),
                  store["mptcp"].as<bool>(),       {}};
  if (store.has("configuration")) {
    for (const auto& [name, value] : store["configuration"].members()) {
      result.store.configuration.push_back(name);
      result.store.configuration.push_back(value.as<std::string>());
    }
  }
  for (const Field& link : document["scenario"]["links"].items()) {
    result.capacities.push_back(
        {link["name"].as<std::string>(), rate_of(link["up"]), rate_of(link["down"])});
  }
  if (document.has("capacity_probes")) {
    for (const Field& probe : document["capacity_probes"].items())
      result.probes.push_back(probe_from(probe));
  }
  if (document.has("slo")) result.slo = slo_from(document["slo"]);
  result.complete = document.optional<bool>("complete");
  result.planned_runs = document.optional<std::size_t>("planned_runs");
  if (!unreadable.empty()) throw BadInput(unreadable);
  document["runs"].items();
  refuse_odd_runs(document, result);
  return result;
}

Result read_result(const std::string& file) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const BadInput& error) {
    throw BadInput(std::string(error.what()) + "; " + kRemedy);
  }
  return result_from_json(text, file);
}

}  // namespace mpb
