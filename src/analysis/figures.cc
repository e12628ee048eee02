#include "analysis/figures.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analysis/figure_names.hh"
#include "analysis/withheld.hh"

namespace mpb {

namespace {

// A figure without values is left out.
void add(std::vector<Figure>& all, Figure figure, const std::string& name) {
  if (figure.values.empty()) return;
  figure.name = name;
  all.push_back(std::move(figure));
}

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
  figure.metric = &slo_rate_metric();
  figure.cell =
      cell_name(result, parameters) + "_" + name_part(rule.name + "_" + mpb::to_text(rule.bound));
  figure.proto = name_part(run.proto);
  figure.runs = {&run};
  figure.variant = variant_name(run.proto, run.outcome.congestion_control, run.variant);
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
    ratio.base_variant =
        variant_name(answer.base, other->outcome.congestion_control, other->variant);
    ratio.made = static_cast<std::size_t>(answer.runs);
    const std::string its_name = name + "-vs-" + ratio.base_variant;
    add(all, std::move(ratio), its_name);
  }
}

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
  for (const Metric& metric : metrics()) add(all, figure_of(metric, group), name(metric, variant));
  for (const Metric& metric : metrics()) {
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
    figure.proto = name_part(group.first->proto);
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
