#include "analysis/metric.hh"

#include <algorithm>
#include <array>
#include <string_view>

#include "result/outcome.hh"
#include "stats/comparison.hh"

namespace mpb {

namespace {

std::optional<double> quantile_of(const Run& run, double q) {
  const Histogram& latency = headline_latency(run);
  if (run.replication || !has_enough_samples(latency, q)) return std::nullopt;
  return static_cast<double>(latency.quantile(q).count());
}

std::optional<double> lag_of(const Run& run, bool tail) {
  if (!run.replication || !run.replication->lag_ns) return std::nullopt;
  const Spread& lag = *run.replication->lag_ns;
  if (!tail) return static_cast<double>(lag.p50);
  return lag.p99 ? std::optional(static_cast<double>(*lag.p99)) : std::nullopt;
}

// The throughput of a synchronisation is that of its keys. It has no latency of requests.
const std::array<Metric, 13> kMetrics{{
    {"throughput", Unit::kRequestsPerSecond, true, kThroughputMargin, true, "throughput", nullptr,
     [](const Run& r) { return std::optional(r.throughput_rps); }},
    {"goodput", Unit::kBitsPerSecond, true, kThroughputMargin, false, "goodput", nullptr,
     [](const Run& r) { return std::optional(r.goodput_bps); }},
    {"mean", Unit::kNanoseconds, false, kLatencyMargin, false, "latency_mean", nullptr,
     [](const Run& r) {
       const Histogram& latency = headline_latency(r);
       return r.replication || latency.count() == 0 ? std::nullopt : std::optional(latency.mean());
     }},
    {"p50", Unit::kNanoseconds, false, kLatencyMargin, true, "latency", "p50",
     [](const Run& r) { return quantile_of(r, 0.5); }},
    {"p90", Unit::kNanoseconds, false, kLatencyMargin, false, "latency", "p90",
     [](const Run& r) { return quantile_of(r, 0.9); }},
    {"p99", Unit::kNanoseconds, false, kLatencyMargin, true, "latency", "p99",
     [](const Run& r) { return quantile_of(r, 0.99); }},
    {"p99_9", Unit::kNanoseconds, false, kLatencyMargin, false, "latency", "p99_9",
     [](const Run& r) { return quantile_of(r, 0.999); }},
    // Without events the longest of all waits is a matter of luck. With events it is the subject of
    // the scenario.
    {"longest_stall", Unit::kNanoseconds, false, kLatencyMargin, true, "longest_stall", nullptr,
     [](const Run& r) {
       return r.outcome.segments.empty() || !r.outcome.longest_stall
                  ? std::nullopt
                  : std::optional(static_cast<double>(r.outcome.longest_stall->count()));
     }},
    // After the event with the longest effect. If nothing succeeded before the next event, the time
    // until then, which is a lower bound.
    {"first_success", Unit::kNanoseconds, false, kLatencyMargin, true, "first_success", nullptr,
     [](const Run& r) {
       std::optional<double> longest;
       for (const Segment& segment : r.outcome.segments) {
         if (segment.event.empty()) continue;
         const Nanos waited = segment.first_success.value_or(segment.to - segment.from);
         longest = std::max(longest.value_or(0), static_cast<double>(waited.count()));
       }
       return longest;
     }},
    {"sync", Unit::kNanoseconds, false, kLatencyMargin, true, "sync", nullptr,
     [](const Run& r) {
       return r.replication ? std::optional(r.replication->sync_s * 1e9) : std::nullopt;
     }},
    {"lag_p50", Unit::kNanoseconds, false, kLatencyMargin, false, "lag", "p50",
     [](const Run& r) { return lag_of(r, false); }},
    {"lag_p99", Unit::kNanoseconds, false, kLatencyMargin, false, "lag", "p99",
     [](const Run& r) { return lag_of(r, true); }},
    // Of the TCP flow that shares a link with the load. Its ratio shows what the load took from it.
    {"competing_goodput", Unit::kBitsPerSecond, true, kThroughputMargin, true, "competing_goodput",
     nullptr,
     [](const Run& r) {
       return r.competing_flow ? std::optional(r.competing_flow->goodput_bps) : std::nullopt;
     }},
}};

const Metric kSloRate{"slo_rate", Unit::kRequestsPerSecond,
                      true,       kThroughputMargin,
                      true,       "slo_rate",
                      nullptr,    [](const Run&) { return std::optional<double>(); }};

}  // namespace

std::span<const Metric> metrics() { return kMetrics; }

const Metric& slo_rate_metric() { return kSloRate; }

const char* unit_name(Unit unit) {
  switch (unit) {
    case Unit::kRequestsPerSecond:
      return "req/s";
    case Unit::kBitsPerSecond:
      return "bit/s";
    case Unit::kNanoseconds:
      break;
  }
  return "ns";
}

const Metric* find_metric(const std::string& name) {
  const std::string canonical = name == "p99.9" ? "p99_9" : name;
  const auto found = std::find_if(kMetrics.begin(), kMetrics.end(),
                                  [&](const Metric& metric) { return metric.name == canonical; });
  return found == kMetrics.end() ? nullptr : &*found;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Metric& metric : kMetrics) names.emplace_back(metric.name);
  return names;
}

bool is_threshold(const Metric& metric) { return &metric == &kSloRate; }

bool is_latency(const Metric& metric) {
  return std::string_view(metric.family).starts_with("latency");
}

bool applies(const Metric& metric, const Run& run) {
  if (is_latency(metric)) return !run.replication;
  if (std::string_view(metric.family) == "lag") return run.replication.has_value();
  return metric.of(run).has_value();
}

bool can_be_judged(const Metric& metric, const Run& run) {
  return !is_latency(metric) || (run.rate_rps && run.outcome.segments.empty());
}

bool depends_on_window(const Metric& metric, const Run& run) {
  return metric.unit != Unit::kNanoseconds && !run.outcome.segments.empty();
}

}  // namespace mpb
