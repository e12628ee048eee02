#include "analysis/gate.hh"

#include <algorithm>
#include <cmath>

#include "analysis/steadiness.hh"
#include "analysis/verdicts.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

[[noreturn]] void cannot_judge(const GateRule& rule, const std::string& why) {
  throw BadInput(rule.where + ": \"" + rule.text + "\": " + why);
}

bool is_about(const Result& result, const GateRule& rule, const RunGroup& group) {
  if (group.first->proto != rule.proto) return false;
  if (rule.values.empty()) return cell_name(result, group) == rule.op;
  return (rule.op == "*" || rule.op == group.first->op) &&
         (rule.values == "*" || rule.values == group.first->values);
}

std::string what_there_is(const Result& result, const std::vector<RunGroup>& groups) {
  std::vector<std::string> protos, cells;
  const auto add = [](std::vector<std::string>& to, const std::string& name) {
    if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
  };
  for (const RunGroup& group : groups) {
    add(protos, group.first->proto);
    add(cells, cell_name(result, group));
  }
  const auto list = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  return "it has the protocols " + list(protos) + " and the cells " + list(cells);
}

// Whether the metric is of such runs at all, long enough or not.
bool is_of(const Metric& metric, const RunGroup& group) {
  return std::any_of(group.valid.begin(), group.valid.end(),
                     [&](const Run* run) { return applies(metric, *run); });
}

// "4 of 10 blocks are too short to tell p99": those that can tell are the fast ones, so what they
// say does not count.
std::string too_short(const Figure& figure) {
  const std::size_t all = figure.values.size() + figure.too_short;
  return std::to_string(figure.too_short) + " of " + std::to_string(all) +
         (all == 1 ? " block is" : " blocks are") + " too short to tell " + figure.metric->name +
         "; longer runs with --duration tell it";
}

// A wait that was not over bounds the figure from one side; the rule asks about the other.
std::string bound_sentence(const Figure& figure, bool above) {
  return value_text(figure, figure.value) + " is a bound, for in some blocks a wait was not over " +
         "at the next change, or at the window's end: " + figure.metric->name + " was " +
         (above ? "at most that" : "at least that");
}

// A cell that was asked about and cannot be told of is no cell that holds. "" where the figure
// tells.
std::string reason_for_no_decision(const Result& result, const Figure& figure,
                                   const RunGroup& group, const RunGroup* base) {
  if (is_latency(*figure.metric) &&
      (is_saturated(group) || (base != nullptr && is_saturated(*base))))
    return "SATURATED: its latency says how long the run was, nothing of the links";
  if (base != nullptr && blocks_of_both(group, *base) == 0)
    return "no block has a valid run of both";
  if (figure.too_short > 0) return too_short(figure);
  for (const RunGroup* its : {&group, base}) {
    if (its == nullptr) continue;
    if (std::string unsteady = unsteady_sentence(result, *its); !unsteady.empty()) return unsteady;
  }
  return figure.values.empty() ? "no valid run has a value other than 0" : "";
}

// A rule that its runs cannot answer is refused, and is no rule that holds.
void check_can_be_judged(const GateRule& rule, const RunGroup& group) {
  if (can_be_judged(*rule.metric, *group.first)) return;
  cannot_judge(rule, group.first->rate_rps
                         ? "where links change, a percentile hides the outage; gate "
                           "longest_stall or first_success"
                         : "in a closed loop latency is the connections divided by the "
                           "throughput; gate throughput, or measure with --rate");
}

// A rule, and a cell that it is about.
struct Asked {
  const GateRule* rule;
  const RunGroup* group;
  const RunGroup* base;  // of a ratio; otherwise null
};

// Without a valid run nobody knows whether the metric is of such runs: the outcome then is invalid.
bool may_tell(const Asked& asked) {
  if (asked.group->valid.empty() || (asked.base != nullptr && asked.base->valid.empty()))
    return true;
  return is_of(*asked.rule->metric, *asked.group) ||
         (asked.base != nullptr && is_of(*asked.rule->metric, *asked.base));
}

// Of a rule that is about no cell: why.
[[noreturn]] void refuse_unmatched(const Result& result, const std::vector<RunGroup>& groups,
                                   const GateRule& rule) {
  if (result.slo) {
    cannot_judge(rule,
                 "the result is of a search (--slo), whose runs are its steps; gate one that was "
                 "made with --rate");
  }
  const bool has_cell = std::any_of(groups.begin(), groups.end(), [&](const RunGroup& group) {
    return is_about(result, rule, group);
  });
  const bool has_base =
      rule.base.empty() || std::any_of(groups.begin(), groups.end(), [&](const RunGroup& group) {
        return group.first->proto == rule.base;
      });
  if (has_cell && has_base) {
    cannot_judge(rule, std::string("no run of the result tells ") + rule.metric->name +
                           "; name another metric");
  }
  cannot_judge(rule, "the result has nothing of the kind; " + what_there_is(result, groups));
}

std::vector<Asked> asked_of(const Result& result, const std::vector<RunGroup>& groups,
                            const std::vector<GateRule>& rules) {
  std::vector<Asked> all;
  for (const GateRule& rule : rules) {
    const std::size_t before = all.size();
    for (const RunGroup& group : groups) {
      if (!is_about(result, rule, group)) continue;
      const RunGroup* base = rule.base.empty() ? nullptr : find_group(groups, group, rule.base);
      if (!rule.base.empty() && base == nullptr) continue;
      check_can_be_judged(rule, group);
      if (const Asked asked{&rule, &group, base}; may_tell(asked)) all.push_back(asked);
    }
    if (all.size() == before) refuse_unmatched(result, groups, rule);
  }
  return all;
}

GateOutcome outcome_of(const Result& result, const Asked& asked) {
  const auto& [rule, group, base] = asked;
  GateOutcome outcome;
  outcome.rule = *rule;
  outcome.cell = cell_name(result, *group);
  if (const std::string& with = group->first->congestion; !with.empty())
    outcome.cell += " with " + with;
  outcome.made = runs_made(result, *group);
  if (group->valid.empty() || (base != nullptr && base->valid.empty())) return outcome;
  Figure figure =
      base == nullptr ? figure_of(*rule->metric, *group) : ratio_of(*rule->metric, *group, *base);
  outcome.undecided_because = reason_for_no_decision(result, figure, *group, base);
  if (figure.values.empty()) return outcome;
  outcome.p = base == nullptr ? sign_test_p(figure.values, rule->threshold)
                              : signed_rank_p(figure.values, rule->threshold);
  outcome.figure = std::move(figure);
  return outcome;
}

// The p that the clearest figures could have, all on one side: none can have a smaller one.
double least_p(const Figure& figure) {
  return std::min(1.0, std::pow(2, 1 - static_cast<double>(figure.values.size())));
}

// `least`: what its p would be at best, adjusted.
void decide(GateOutcome& outcome, double least, std::size_t family) {
  if (!outcome.figure || !outcome.undecided_because.empty()) {
    outcome.verdict =
        outcome.undecided_because.empty() ? GateVerdict::kInvalid : GateVerdict::kInconclusive;
    return;
  }
  const Figure& figure = *outcome.figure;
  const bool fails = outcome.rule.fails_below ? figure.value < outcome.rule.threshold
                                              : figure.value > outcome.rule.threshold;
  if (least > 1 - kConfidence) {
    outcome.verdict = GateVerdict::kTooFewBlocks;
    outcome.more = fewest_blocks(family) - figure.values.size();
  } else if (figure.interval && outcome.p <= 1 - kConfidence &&
             figure.value != outcome.rule.threshold) {
    outcome.verdict = fails ? GateVerdict::kWorse : GateVerdict::kHolds;
    const bool above = figure.value > outcome.rule.threshold;
    if (above ? figure.at_most : figure.at_least) {
      outcome.verdict = GateVerdict::kInconclusive;
      outcome.undecided_because = bound_sentence(figure, above);
    }
  } else {
    outcome.verdict = GateVerdict::kInconclusive;
    outcome.more =
        blocks_missing(figure.values.size(), figure.interval,
                       std::fabs(std::log(figure.value / outcome.rule.threshold)), family);
  }
}

}  // namespace

std::size_t outcomes_of(const Result& result, const std::vector<RunGroup>& groups,
                        const std::vector<GateRule>& rules) {
  return asked_of(result, groups, rules).size();
}

std::vector<GateOutcome> evaluate(const Analysis& analysis, const std::vector<GateRule>& rules) {
  std::vector<GateOutcome> outcomes;
  for (const Asked& asked : asked_of(analysis.result, analysis.groups, rules))
    outcomes.push_back(outcome_of(analysis.result, asked));
  std::vector<double> p, least;
  for (const GateOutcome& outcome : outcomes) {
    if (!outcome.figure) continue;
    p.push_back(outcome.p);
    least.push_back(least_p(*outcome.figure));
  }
  p = holm(p);
  least = holm(least);
  std::size_t next = 0;
  for (GateOutcome& outcome : outcomes) {
    const bool known = outcome.figure.has_value();
    if (known) outcome.p = p[next];
    decide(outcome, known ? least[next] : 1, p.size());
    next += known ? 1 : 0;
  }
  return outcomes;
}

int exit_code(const Result& result, const std::vector<GateOutcome>& outcomes) {
  const auto any = [&](GateVerdict verdict) {
    return std::any_of(outcomes.begin(), outcomes.end(),
                       [verdict](const GateOutcome& o) { return o.verdict == verdict; });
  };
  if (any(GateVerdict::kWorse)) return kGateWorse;
  if (any(GateVerdict::kInvalid)) return kFailed;
  // A rule for all cells says nothing of those that were not reached.
  const bool undecided = any(GateVerdict::kInconclusive) || any(GateVerdict::kTooFewBlocks);
  return undecided || !interruption(result).empty() ? kGateInconclusive : kOk;
}

}  // namespace mpb
