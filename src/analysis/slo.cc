#include "analysis/slo.hh"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "analysis/group.hh"
#include "stats/comparison.hh"

namespace mpb {

namespace {

constexpr double kBeyond = 10;  // samples beyond a quantile that has_enough_samples() requires
constexpr std::size_t kFewestTrials = 8;  // the interval of fewer trials may be narrow by luck

// The runs of the search for this operation, value size and protocol.
std::vector<const Run*> runs_of(const Result& result, const SloAnswer& cell) {
  std::vector<const Run*> runs;
  for (const Run& run : result.runs) {
    if (run.search && run.op == cell.op && run.values == cell.values && run.proto == cell.proto)
      runs.push_back(&run);
  }
  return runs;
}

bool same(const SloAnswer& a, const SloAnswer& b) { return a.op == b.op && a.values == b.values; }

// The answer of protocol `proto` in the same cell.
std::vector<SloAnswer>::const_iterator find_answer(const std::vector<SloAnswer>& answers,
                                                   const SloAnswer& cell,
                                                   const std::string& proto) {
  return std::find_if(answers.begin(), answers.end(), [&](const SloAnswer& answer) {
    return same(answer, cell) && answer.proto == proto;
  });
}

// The objection to a comparison of this threshold with another, as a clause; "" if there is none.
// The cause that makes runs invalid depends on their rate, and so on whether they satisfy the rule.
std::string trouble_of(const Result& result, const SloAnswer& cell) {
  constexpr double kMostInvalid = 0.2;
  bool settled = true;
  for (const Pilot& pilot : result.pilots) {
    if (pilot.op == cell.op && pilot.values == cell.values && pilot.proto == cell.proto)
      settled = pilot.settled_after.has_value();
  }
  if (!settled) return cell.proto + " had not settled in a pilot run";
  const int invalid = cell.runs - cell.valid_runs;
  return invalid <= kMostInvalid * cell.runs
             ? ""
             : fmt::format("{} of {} runs of {} are invalid", invalid, cell.runs, cell.proto);
}

}  // namespace

double samples_needed(const SloRule& rule) { return kBeyond / (1 - rule.q); }

std::optional<double> slo_value(const SloRule& rule, const Run& run) {
  if (!has_enough_samples(run.outcome.response, rule.q)) return std::nullopt;
  return rule.q == 0 ? run.outcome.response.mean()
                     : static_cast<double>(run.outcome.response.quantile(rule.q).count());
}

bool holds(const SloRule& rule, const Run& run) {
  const std::optional<double> value = slo_value(rule, run);
  if (!run.valid() || run.saturated || !value) return false;
  const auto bound = static_cast<double>(rule.bound.count());
  return rule.or_equal ? *value <= bound : *value < bound;
}

SloTrials trials_of(const SloRule& rule, const std::vector<const Run*>& runs) {
  SloTrials its;
  its.runs = static_cast<int>(runs.size());
  std::map<double, int> invalid;
  double highest_valid = 0;
  for (const Run* run : runs) {
    const double rate = run->rate_rps.value_or(0);
    if (rate <= 0) continue;
    if (!run->valid()) {
      ++invalid[rate];
      continue;
    }
    highest_valid = std::max(highest_valid, rate);
    const bool held = holds(rule, *run);
    its.trials.push_back({rate, held});
    if (held) its.highest_held = std::max(its.highest_held.value_or(rate), rate);
    if (!held) its.lowest_failed = std::min(its.lowest_failed.value_or(rate), rate);
  }
  // A single invalid run may be an accident.
  const auto wall = std::find_if(invalid.begin(), invalid.end(), [&](const auto& at) {
    return at.first > highest_valid && at.second > 1;
  });
  if (wall != invalid.end()) its.never_valid = wall->first;
  its.threshold = threshold_of(its.trials);
  return its;
}

bool is_exhausted(const SloTrials& its) {
  if (its.runs >= kMostSearchRuns) return true;
  return its.threshold && its.trials.size() >= kFewestTrials &&
         half_width(its.threshold->rate.interval) <= kNarrowThreshold;
}

std::vector<SloAnswer> slo_answers(const Result& result) {
  std::vector<SloAnswer> answers;
  if (!result.slo) return answers;
  std::vector<std::optional<Threshold>> thresholds;
  const SloRule rule = result.slo->rule;
  for (const CapacityProbe& probe : result.probes) {
    SloAnswer answer;
    answer.op = probe.op, answer.values = probe.values, answer.proto = probe.proto;
    if (find_answer(answers, answer, answer.proto) != answers.end()) continue;
    const SloTrials its = trials_of(rule, runs_of(result, answer));
    if (its.threshold) answer.rate = its.threshold->rate;
    answer.held_rps = its.highest_held, answer.failed_rps = its.lowest_failed;
    answer.never_valid_rps = its.never_valid;
    answer.runs = its.runs, answer.valid_runs = static_cast<int>(its.trials.size());
    answer.ended = result.complete.value_or(true) || is_exhausted(its);
    thresholds.push_back(its.threshold);
    answers.push_back(std::move(answer));
  }
  std::vector<std::pair<std::size_t, std::size_t>> bases;  // of the answers that have one
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto base = find_answer(answers, answers[i], base_of(answers[i].proto));
    if (base == answers.end() || !base->rate || !answers[i].rate) continue;
    answers[i].base = base->proto;
    answers[i].withheld = trouble_of(result, answers[i]);
    if (answers[i].withheld.empty()) answers[i].withheld = trouble_of(result, *base);
    bases.emplace_back(i, static_cast<std::size_t>(base - answers.begin()));
  }
  const double joint =
      1 - (1 - kConfidence) / static_cast<double>(std::max<std::size_t>(bases.size(), 1));
  for (const auto& [i, base] : bases) {
    answers[i].ratio = ratio_of(*thresholds[i], *thresholds[base]);
    answers[i].joint = ratio_of(*thresholds[i], *thresholds[base], joint).interval;
  }
  // Cells in the order in which they were probed; protocols in the order of all tables.
  std::vector<SloAnswer> ordered;
  for (const SloAnswer& cell : answers) {
    if (std::any_of(ordered.begin(), ordered.end(),
                    [&](const SloAnswer& a) { return same(a, cell); }))
      continue;
    const auto start = static_cast<std::ptrdiff_t>(ordered.size());
    std::copy_if(answers.begin(), answers.end(), std::back_inserter(ordered),
                 [&](const SloAnswer& a) { return same(a, cell); });
    std::stable_sort(
        ordered.begin() + start, ordered.end(),
        [](const SloAnswer& a, const SloAnswer& b) { return rank_of(a.proto) < rank_of(b.proto); });
  }
  return ordered;
}

bool differs_from_base(const SloAnswer& answer) {
  return answer.joint && answer.withheld.empty() &&
         (answer.joint->low > 1 + kThroughputMargin || answer.joint->high < 1 - kThroughputMargin);
}

}  // namespace mpb
