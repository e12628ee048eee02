#include "report/figures.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/formats.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

std::optional<double> quantile_of(const Run& run, double q) {
  const Histogram& latency = published_latency(run);
  if (run.replication || !can_tell(latency, q)) return std::nullopt;
  return static_cast<double>(latency.quantile(q).count());
}

std::optional<double> lag_of(const Run& run, bool tail) {
  if (!run.replication || !run.replication->lag_ns) return std::nullopt;
  const Spread& lag = *run.replication->lag_ns;
  if (!tail) return static_cast<double>(lag.p50);
  return lag.p99 ? std::optional(static_cast<double>(*lag.p99)) : std::nullopt;
}

// The throughput of a synchronisation is that of its keys; of latency it has none.
const std::array<Metric, 11> kMetrics{{
    {"throughput", Unit::kRequestsPerSecond, true, true, "throughput", nullptr,
     [](const Run& r) { return std::optional(r.throughput_rps); }},
    {"goodput", Unit::kBitsPerSecond, true, false, "goodput", nullptr, [](const Run& r) { return std::optional(r.goodput_bps); }},
    {"mean", Unit::kNanoseconds, false, false, "latency_mean", nullptr,
     [](const Run& r) {
       const Histogram& latency = published_latency(r);
       return r.replication || latency.count() == 0 ? std::nullopt : std::optional(latency.mean());
     }},
    {"p50", Unit::kNanoseconds, false, true, "latency", "p50", [](const Run& r) { return quantile_of(r, 0.5); }},
    {"p90", Unit::kNanoseconds, false, false, "latency", "p90", [](const Run& r) { return quantile_of(r, 0.9); }},
    {"p99", Unit::kNanoseconds, false, true, "latency", "p99", [](const Run& r) { return quantile_of(r, 0.99); }},
    {"p99_9", Unit::kNanoseconds, false, false, "latency", "p99_9", [](const Run& r) { return quantile_of(r, 0.999); }},
    // Without events the longest of all waits is one of luck; with them it is what the scenario is about.
    {"longest_stall", Unit::kNanoseconds, false, true, "longest_stall", nullptr,
     [](const Run& r) { return r.segments.empty() ? std::nullopt : std::optional(static_cast<double>(r.longest_stall.count())); }},
    {"sync", Unit::kNanoseconds, false, true, "sync", nullptr,
     [](const Run& r) { return r.replication ? std::optional(r.replication->sync_s * 1e9) : std::nullopt; }},
    {"lag_p50", Unit::kNanoseconds, false, false, "lag", "p50", [](const Run& r) { return lag_of(r, false); }},
    {"lag_p99", Unit::kNanoseconds, false, false, "lag", "p99", [](const Run& r) { return lag_of(r, true); }},
}};

std::string plain(std::string text, const char* also) {
  for (char& c : text) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && std::string("._-").find(c) == std::string::npos && std::string(also).find(c) == std::string::npos) c = '_';
  }
  return text.empty() ? "_" : text;
}

// Adds what the runs tell; nothing when none of them can.
void add(std::vector<Figure>& all, Figure figure, const std::string& scenario, const std::string& proto) {
  if (figure.values.empty()) return;
  figure.name = scenario + "/" + figure.cell + "/" + figure.metric->name + "/" + proto;
  figure.value = median(figure.values);
  all.push_back(std::move(figure));
}

Figure plain_figure(const Metric& metric, const RunGroup& group) {
  Figure figure{};
  figure.metric = &metric;
  for (const Run* run : group.valid) {
    const std::optional<double> value = metric.of(*run);
    if (!value || !std::isfinite(*value)) continue;
    figure.runs.push_back(run);
    figure.values.push_back(*value);
  }
  return figure;
}

Figure ratio_figure(const Metric& metric, const RunGroup& group, const RunGroup& base) {
  Figure figure{};
  figure.metric = &metric;
  figure.base = base.first->proto;
  for (const Run* run : group.valid) {
    for (const Run* other : base.valid) {
      if (other->block != run->block) continue;
      const std::optional<double> value = metric.of(*run), its = metric.of(*other);
      if (!value || !its || *its <= 0 || !std::isfinite(*value / *its)) continue;
      figure.runs.push_back(run);
      figure.values.push_back(*value / *its);
    }
  }
  return figure;
}

}  // namespace

const Histogram& published_latency(const Run& run) { return run.rate_rps ? run.response : run.last_byte; }

std::string cell_name(const Run& run) {
  std::string name = run.op + "_" + run.values;
  if (run.replication) return plain(name + "_" + to_text(Bytes{run.replication->data_bytes}), ":+");
  if (run.connections != 50) name += "_c" + std::to_string(run.connections);
  if (run.threads != 1) name += "_t" + std::to_string(run.threads);
  if (run.pipeline != 1) name += "_P" + std::to_string(run.pipeline);
  if (run.rate_rps) name += "_" + number(*run.rate_rps) + "rps";
  if (run.arrivals == "poisson") name += "_poisson";
  return plain(name, ":+");
}

std::string scenario_name(const Result& result) {
  const Json scenario = Json::parse(result.scenario_json, nullptr, false);
  const auto name = scenario.is_object() ? scenario.find("name") : scenario.end();
  return plain(name != scenario.end() && name->is_string() ? name->get<std::string>() : "", "");
}

int cpus_of(const Result& result) {
  const Json environment = Json::parse(result.environment_json, nullptr, false);
  const auto cpus = environment.is_object() ? environment.find("cpus") : environment.end();
  return cpus != environment.end() && cpus->is_number_integer() ? cpus->get<int>() : 0;
}

std::size_t runs_made(const Result& result, const RunGroup& group) {
  return static_cast<std::size_t>(std::count_if(result.runs.begin(), result.runs.end(), [&](const Run& run) {
    return run.proto == group.first->proto && same_cell(group, RunGroup{&run, {}});
  }));
}

std::vector<Figure> figures_of(const Result& result) {
  const std::string scenario = scenario_name(result);
  const std::vector<RunGroup> groups = groups_of(result);
  std::vector<Figure> all;
  for (const RunGroup& group : groups) {
    const Run& first = *group.first;
    const RunGroup* base = base_group(groups, group);
    // Of an invalid first run the parameters are right, but a replica may not have come as far as its data.
    const std::string cell = cell_name(group.valid.empty() ? first : *group.valid.front());
    const std::size_t start = all.size();
    const std::string proto = plain(first.proto, "");
    for (const Metric& metric : kMetrics) {
      Figure figure = plain_figure(metric, group);
      figure.cell = cell;
      add(all, std::move(figure), scenario, proto);
    }
    for (const Metric& metric : kMetrics) {
      if (base == nullptr || !metric.headline) continue;
      Figure figure = ratio_figure(metric, group, *base);
      figure.cell = cell;
      add(all, std::move(figure), scenario, proto + "-vs-" + plain(base->first->proto, ""));
    }
    for (std::size_t i = start; i < all.size(); ++i) {
      all[i].proto = proto;
      all[i].made = runs_made(result, group);
    }
  }
  return all;
}

}  // namespace mpb
