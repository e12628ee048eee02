#include "analysis/figures.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "analysis/text.hh"
#include "analysis/withheld.hh"
#include "sys/units.hh"

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

// Replaces all characters of a name but letters, digits, '.', '_', '-' and those in `also`.
std::string plain(std::string text, const char* also) {
  for (char& c : text) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && std::string("._-").find(c) == std::string::npos &&
        std::string(also).find(c) == std::string::npos)
      c = '_';
  }
  return text.empty() ? "_" : text;
}

// A figure without values is left out.
void add(std::vector<Figure>& all, Figure figure, const std::string& name) {
  if (figure.values.empty()) return;
  figure.name = name;
  all.push_back(std::move(figure));
}

// The threshold that a search found. It is not in kMetrics, because no single run has it.
const Metric kSloRate{"slo_rate", Unit::kRequestsPerSecond,
                      true,       kThroughputMargin,
                      true,       "slo_rate",
                      nullptr,    [](const Run&) { return std::optional<double>(); }};

}  // namespace

bool is_threshold(const Metric& metric) { return &metric == &kSloRate; }

bool is_latency(const Metric& metric) {
  return std::string_view(metric.family).starts_with("latency");
}

namespace {

// Whether the wait lasted longer than the run observed. A stall is over only when a request
// succeeds after the last event.
bool is_cut_off(const Metric& metric, const Run& run) {
  const std::vector<Segment>& segments = run.outcome.segments;
  const auto fails = [](const Segment& segment) {
    return !segment.event.empty() && !segment.first_success;
  };
  if (std::string_view(metric.name) == "first_success")
    return std::any_of(segments.begin(), segments.end(), fails);
  return std::string_view(metric.name) == "longest_stall" && !segments.empty() &&
         (fails(segments.back()) || (run.outcome.unfinished_stall &&
                                     run.outcome.unfinished_stall >= run.outcome.longest_stall));
}

}  // namespace

bool applies(const Metric& metric, const Run& run) {
  if (is_latency(metric)) return !run.replication;
  if (std::string_view(metric.family) == "lag") return run.replication.has_value();
  return metric.of(run).has_value();
}

std::string cell_name(const Result& result, const RunGroup& group) {
  return cell_name(result, group.valid.empty() ? *group.first : *group.valid.front());
}

Figure figure_of(const Metric& metric, const RunGroup& group) {
  Figure figure{};
  figure.metric = &metric;
  if (is_latency(metric) && is_saturated(group)) return figure;
  for (const Run* run : group.valid) {
    const std::optional<double> value = metric.of(*run);
    if (!value || !std::isfinite(*value)) {
      figure.too_short += applies(metric, *run) ? 1 : 0;
      continue;
    }
    figure.runs.push_back(run);
    figure.values.push_back(*value);
    figure.at_least = figure.at_least || is_cut_off(metric, *run);
  }
  if (figure.values.empty()) return figure;
  const Summary summary = summarize(figure.values);
  figure.value = summary.median;
  figure.interval = summary.interval;
  figure.mad = summary.mad;
  figure.outliers = summary.outliers;
  return figure;
}

Figure ratio_of(const Metric& metric, const RunGroup& group, const RunGroup& base) {
  Figure figure{};
  figure.metric = &metric;
  figure.base = base.first->proto;
  figure.base_run = base.first;
  if (is_latency(metric) && (is_saturated(group) || is_saturated(base))) return figure;
  std::vector<double> values, base_values;
  for (const Run* run : group.valid) {
    const Run* other = run_of_block(base, run->block);
    if (run != run_of_block(group, run->block) || other == nullptr) continue;
    const std::optional<double> value = metric.of(*run), base_value = metric.of(*other);
    if (!value || !base_value) {
      figure.too_short += applies(metric, *run) && applies(metric, *other) ? 1 : 0;
      continue;
    }
    const double ratio = *value / *base_value;
    if (*value <= 0 || *base_value <= 0 || ratio <= 0 || !std::isfinite(ratio)) continue;
    figure.runs.push_back(run);
    figure.values.push_back(ratio);
    figure.at_least = figure.at_least || is_cut_off(metric, *run);
    figure.at_most = figure.at_most || is_cut_off(metric, *other);
    values.push_back(*value);
    base_values.push_back(*base_value);
  }
  if (figure.values.empty()) return figure;
  figure.comparison = paired(base_values, values, metric.margin);
  figure.value = figure.comparison->ratio;
  figure.interval = figure.comparison->interval;
  figure.outliers = summarize(figure.values).outliers;
  return figure;
}

bool can_be_judged(const Metric& metric, const Run& run) {
  return !is_latency(metric) || (run.rate_rps && run.outcome.segments.empty());
}

bool depends_on_window(const Metric& metric, const Run& run) {
  return metric.unit != Unit::kNanoseconds && !run.outcome.segments.empty();
}

namespace {

// Whether the claim depends on the unknown part of a bound.
bool is_left_open(const Claim& claim) {
  if (!claim.comparison->beyond) return claim.at_least || claim.at_most;
  return claim.comparison->ratio > 1 ? claim.at_most : claim.at_least;
}

}  // namespace

std::vector<Judgement> judge_together(const std::vector<Claim>& claims, Adjustment adjustment,
                                      const std::function<std::size_t(std::size_t family)>& looks) {
  const auto decides = [](const Claim& claim) {
    return claim.can_be_judged && claim.comparison->interval && claim.too_short == 0;
  };
  std::vector<double> p;
  for (const Claim& claim : claims) {
    if (decides(claim)) p.push_back(claim.comparison->claim_p);
  }
  p = adjusted_p(p, adjustment);
  const std::size_t family = p.size(), seen = looks(family);
  for (double& its : p) its = over_looks(its, seen);
  const auto decided = static_cast<std::size_t>(
      std::count_if(p.begin(), p.end(), [](double its) { return its <= 1 - kConfidence; }));
  auto next = p.begin();
  std::vector<Judgement> judgements;
  for (const Claim& claim : claims) {
    Judgement& its = judgements.emplace_back();
    if (decides(claim)) {
      its.p = *next++;
      its.family = family;
      its.verdict = verdict(*claim.comparison, claim.metric->bigger_is_better, its.p);
      its.cut_off = its.verdict != Verdict::kInconclusive && is_left_open(claim);
      if (its.cut_off) {
        its.verdict = Verdict::kInconclusive;
      } else if (its.verdict == Verdict::kInconclusive) {
        // Who adds blocks has seen this one too, if there was anything to see.
        const bool could_tell = claim.comparison->n >= fewest_for_any(family, adjustment);
        its.blocks_missing =
            blocks_missing(claim.comparison->n, claim.comparison->interval,
                           distance_to_margin(*claim.comparison, claim.metric->margin),
                           sharing(family, decided, adjustment) * (seen + (could_tell ? 1 : 0)));
      }
    } else if (claim.can_be_judged && claim.comparison->interval) {
      its.verdict = Verdict::kInconclusive;
    }
  }
  return judgements;
}

Adjustment adjustment_of(const PlanParameters& plan) {
  const bool several = std::any_of(plan.grid.begin(), plan.grid.end(),
                                   [](const Variable& its) { return its.values.size() > 1; });
  return several ? Adjustment::kBenjaminiHochberg : Adjustment::kHolm;
}

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

std::string cell_name(const Result& result, const Run& run) {
  const Defaults& defaults = result.defaults;
  const WorkloadRecord& workload = result.workload;
  std::string name = run.op + "_" + run.values;
  if (run.replication) {
    name += "_" + to_text(Bytes{run.replication->data_bytes});
  } else if (run.connections != defaults.connections) {
    name += "_c" + std::to_string(run.connections);
  }
  if (run.threads != defaults.threads) name += "_t" + std::to_string(run.threads);
  if (run.pipeline != defaults.pipeline) name += "_P" + std::to_string(run.pipeline);
  if (workload.requests_per_connection)
    name += "_" + std::to_string(*workload.requests_per_connection) + "perconn";
  // The rate of the SETs that a replica has to follow.
  if (run.replication && workload.rate_rps) name += "_" + number(*workload.rate_rps) + "rps";
  if (run.rate_rps) name += "_" + number(*run.rate_rps) + "rps";
  if (run.arrivals == "poisson") name += "_poisson";
  if (workload.keyspace && *workload.keyspace != defaults.keyspace)
    name += "_r" + std::to_string(*workload.keyspace);
  if (workload.keys != defaults.keys) name += "_" + workload.keys;
  for (const auto& [variable, value] : run.conditions) {
    // The parameters of the load are parts of the name above.
    if (link_property(variable)) name += "_" + variable + "=" + value;
  }
  return plain(name, ":+=");
}

namespace {

// The settings of `variant` follow the congestion control, which every result knows.
std::string variant_of(const std::string& proto, const std::set<std::string>& congestion,
                       const Settings& variant) {
  std::string name = plain(proto, "");
  if (congestion.size() == 1) name += "+congestion=" + plain(*congestion.begin(), "");
  for (const auto& [setting, value] : variant) {
    if (setting != "congestion") name += "+" + plain(setting, "") + "=" + plain(value, "");
  }
  return name;
}

}  // namespace

std::string variant_name(const Result& result, const RunGroup& group) {
  const Run& first = *group.first;
  if (const std::string asked = setting(first.variant, "congestion"); !asked.empty())
    return variant_of(first.proto, {asked}, first.variant);
  std::set<std::string> congestion;
  for (const Run& run : result.runs) {
    if (!belongs_to(run, group)) continue;
    congestion.insert(run.outcome.congestion_control.begin(), run.outcome.congestion_control.end());
  }
  return variant_of(first.proto, congestion, first.variant);
}

std::string contestant(const Figure& figure) { return contestant(*figure.runs.front()); }

std::string contestant_base(const Figure& figure) {
  return figure.base_run == nullptr ? figure.base : contestant(*figure.base_run);
}

std::string plain_base(const Figure& figure) {
  const Run* base = figure.base_run;
  if (base == nullptr) return figure.base;
  const bool shared =
      shared_settings(base->variant) == shared_settings(figure.runs.front()->variant);
  return shared ? plain_name(base->proto, base->variant) : contestant(*base);
}

std::string scenario_name(const Result& result) { return plain(result.scenario.name, ""); }

std::size_t runs_made(const Result& result, const RunGroup& group) {
  return static_cast<std::size_t>(
      std::count_if(result.runs.begin(), result.runs.end(),
                    [&](const Run& run) { return belongs_to(run, group); }));
}

namespace {

// A valid run of the search for the threshold of `proto`, which has the search's parameters.
const Run* run_of(const Result& result, const SloAnswer& answer, const std::string& proto) {
  const auto run = std::find_if(result.runs.begin(), result.runs.end(), [&](const Run& r) {
    return r.search && r.valid() && r.op == answer.op && r.values == answer.values &&
           r.proto == proto;
  });
  return run == result.runs.end() ? nullptr : &*run;
}

Figure threshold_figure(const Result& result, const Run& run, const Estimate& estimate) {
  Run parameters;
  parameters.op = run.op, parameters.values = run.values, parameters.arrivals = run.arrivals;
  parameters.connections = run.connections, parameters.threads = run.threads,
  parameters.pipeline = run.pipeline;
  const SloRule& rule = result.slo->rule;
  Figure figure{};
  figure.metric = &kSloRate;
  figure.cell =
      cell_name(result, parameters) + "_" + plain(rule.name + "_" + mpb::to_text(rule.bound), "");
  figure.proto = plain(run.proto, "");
  figure.runs = {&run};
  figure.variant = variant_of(run.proto, run.outcome.congestion_control, run.variant);
  figure.values = {estimate.value};
  figure.value = estimate.value;
  figure.interval = estimate.interval;
  return figure;
}

// The thresholds of searches and their ratios. Each is a single estimate rather than a sample, so
// there are no blocks to compare. The rule is part of the name: `get_4k_p99_20ms/slo_rate/mptcp`.
void add_answers(std::vector<Figure>& all, const Result& result,
                 const std::vector<SloAnswer>& answers, const std::string& scenario) {
  for (const SloAnswer& answer : answers) {
    const Run* run = run_of(result, answer, answer.proto);
    // A search that has not ended has no figure.
    if (!answer.rate || !answer.ended || run == nullptr) continue;
    Figure figure = threshold_figure(result, *run, *answer.rate);
    figure.made = static_cast<std::size_t>(answer.runs);
    figure.invalid = static_cast<std::size_t>(answer.runs - answer.valid_runs);
    const std::string name = scenario + "/" + figure.cell + "/slo_rate/" + figure.variant;
    add(all, std::move(figure), name);
    const Run* other = run_of(result, answer, answer.base);
    if (!answer.ratio || other == nullptr) continue;
    Figure ratio = threshold_figure(result, *run, *answer.ratio);
    ratio.base = answer.base;
    ratio.base_variant = variant_of(answer.base, other->outcome.congestion_control, other->variant);
    ratio.made = static_cast<std::size_t>(answer.runs);
    const std::string its_name = name + "-vs-" + ratio.base_variant;
    add(all, std::move(ratio), its_name);
  }
}

}  // namespace

namespace {

// The metrics of one group, and their ratios to its base.
void add_group(std::vector<Figure>& all, const Result& result, const std::vector<RunGroup>& groups,
               const RunGroup& group) {
  const RunGroup* base = base_group(groups, group);
  const std::string cell = cell_name(result, group);
  const std::size_t start = all.size();
  const std::string variant = variant_name(result, group);
  const auto name = [&](const Metric& metric, const std::string& of) {
    return fmt::format("{}/{}/{}/{}", scenario_name(result), cell, metric.name, of);
  };
  for (const Metric& metric : kMetrics) add(all, figure_of(metric, group), name(metric, variant));
  for (const Metric& metric : kMetrics) {
    if (base == nullptr || !metric.headline) continue;
    add(all, ratio_of(metric, group, *base),
        name(metric, variant + "-vs-" + variant_name(result, *base)));
  }
  // By whether the figure is a ratio, and of latency: the same for all such metrics.
  std::map<std::pair<bool, bool>, std::string> withheld;
  for (const bool latency : {false, true}) {
    withheld[{false, latency}] = why_withheld(result, group, nullptr, latency);
    if (base != nullptr) withheld[{true, latency}] = why_withheld(result, group, base, latency);
  }
  for (std::size_t i = start; i < all.size(); ++i) {
    Figure& figure = all[i];
    figure.withheld = withheld[{!figure.base.empty(), is_latency(*figure.metric)}];
    figure.cell = cell;
    figure.proto = plain(group.first->proto, "");
    figure.variant = variant;
    figure.made = runs_made(result, group);
    figure.invalid = figure.made - group.valid.size();
    if (figure.base.empty()) continue;
    figure.base_variant = variant_name(result, *base);
    figure.base_made = runs_made(result, *base);
    figure.base_invalid = figure.base_made - base->valid.size();
  }
}

void judge_ratios(std::vector<Figure>& all, const Result& result) {
  std::vector<Figure*> ratios;
  std::vector<Claim> claims;
  for (Figure& figure : all) {
    if (!figure.comparison) continue;
    ratios.push_back(&figure);
    claims.push_back({.comparison = &*figure.comparison,
                      .metric = figure.metric,
                      .can_be_judged = figure.withheld.empty() &&
                                       can_be_judged(*figure.metric, *figure.runs.front()) &&
                                       !depends_on_window(*figure.metric, *figure.runs.front()),
                      .too_short = figure.too_short,
                      .at_least = figure.at_least,
                      .at_most = figure.at_most});
  }
  const Adjustment adjustment = adjustment_of(result.parameters);
  const std::vector<Judgement> judgements = judge_together(
      claims, adjustment,
      [&](std::size_t family) { return looks_at(result, fewest_for_any(family, adjustment)); });
  for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i]->judgement = judgements[i];
}

}  // namespace

std::vector<Figure> figures_of(const Result& result, const std::vector<RunGroup>& groups,
                               const std::vector<SloAnswer>& answers) {
  std::vector<Figure> all;
  for (const RunGroup& group : groups) add_group(all, result, groups, group);
  judge_ratios(all, result);
  add_answers(all, result, answers, scenario_name(result));
  return all;
}

}  // namespace mpb
