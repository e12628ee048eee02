#include "analysis/gate.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/figure_names.hh"
#include "analysis/verdicts.hh"
#include "analysis/withheld.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

[[noreturn]] void refuse_rule(const GateRule& rule, const std::string& why) {
  throw BadInput(fmt::format("{}: \"{}\": {}", rule.where, rule.text, why));
}

bool is_about(const Result& result, const GateRule& rule, const RunGroup& group) {
  if (!is_named(*group.first, rule.proto)) return false;
  if (rule.values.empty()) return cell_name(result, group) == rule.op;
  return (rule.op == "*" || rule.op == group.first->op) &&
         (rule.values == "*" || rule.values == group.first->values);
}

// "the protocols tcp, mptcp and the cells get_4k".
std::string contents_text(const Result& result, const std::vector<RunGroup>& groups) {
  std::vector<std::string> protos, cells;
  const auto add_once = [](std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  };
  for (const RunGroup& group : groups) {
    add_once(protos, contestant(*group.first));
    add_once(cells, cell_name(result, group));
  }
  return fmt::format("the protocols {} and the cells {}", fmt::join(protos, ", "),
                     fmt::join(cells, ", "));
}

// Whether runs of this kind have the metric, provided that they are long enough.
bool has_metric(const Metric& metric, const RunGroup& group) {
  return std::any_of(group.valid.begin(), group.valid.end(),
                     [&](const Run* run) { return applies(metric, *run); });
}

// The blocks with enough requests are the fast ones, so their values do not count either.
std::string too_short_sentence(const Figure& figure) {
  const std::size_t all = figure.values.size() + figure.too_short;
  return fmt::format("{} of {} {} too few requests for {}; take a longer --duration",
                     figure.too_short, all, all == 1 ? "block has" : "blocks have",
                     figure.metric->name);
}

// A wait that was not over is a bound for one side, and the rule asks about the other.
std::string bound_sentence(const Figure& figure, bool above) {
  return fmt::format(
      "{} is a bound, because in some blocks a wait was not over at the next event or at the end "
      "of the window: {} was at {} that",
      value_text(figure, figure.value), figure.metric->name, above ? "most" : "least");
}

// Why the figure does not decide the rule; "" if it does. A cell without a figure does not pass.
std::string reason_for_no_decision(const Result& result, const Figure& figure,
                                   const RunGroup& group, const RunGroup* base) {
  if (is_latency(*figure.metric) &&
      (is_saturated(group) || (base != nullptr && is_saturated(*base))))
    return "SATURATED: its latency depends on the length of the run and not on the links";
  if (base != nullptr && blocks_of_both(group, *base) == 0)
    return "no block has a valid run of both";
  if (figure.too_short > 0) return too_short_sentence(figure);
  const bool latency = is_latency(*figure.metric);
  if (std::string why = why_withheld(result, group, base, latency); !why.empty()) return why;
  return figure.values.empty() ? "no valid run has a value other than 0" : "";
}

// Refuses a rule whose metric cannot be judged in such runs, which otherwise could never fail.
void check_can_be_judged(const GateRule& rule, const RunGroup& group) {
  if (can_be_judged(*rule.metric, *group.first)) return;
  refuse_rule(rule,
              group.first->rate_rps
                  ? "where links change, a percentile hides the outage; gate longest_stall or "
                    "first_success"
                  : "in a closed loop latency is the connections divided by the throughput; "
                    "gate throughput, or measure with --rate");
}

// A rule, and a cell that it is about.
struct Asked {
  const GateRule* rule;
  const RunGroup* group;
  const RunGroup* base;  // of a ratio; otherwise null
};

// Without a valid run it is unknown whether such runs have the metric: the outcome is then invalid.
bool may_have_metric(const Asked& asked) {
  if (asked.group->valid.empty() || (asked.base != nullptr && asked.base->valid.empty()))
    return true;
  return has_metric(*asked.rule->metric, *asked.group) ||
         (asked.base != nullptr && has_metric(*asked.rule->metric, *asked.base));
}

// Refuses a rule that is about no cell, with the reason.
[[noreturn]] void refuse_unmatched(const Result& result, const std::vector<RunGroup>& groups,
                                   const GateRule& rule) {
  if (result.slo) {
    refuse_rule(rule,
                "the result is a search (--slo), which has no cells; gate a result of --rate");
  }
  const bool has_cell = std::any_of(groups.begin(), groups.end(), [&](const RunGroup& group) {
    return is_about(result, rule, group);
  });
  const bool has_base =
      rule.base.empty() || std::any_of(groups.begin(), groups.end(), [&](const RunGroup& group) {
        return is_named(*group.first, rule.base);
      });
  if (has_cell && has_base)
    refuse_rule(rule,
                fmt::format("no run of the result has {}; name another metric", rule.metric->name));
  refuse_rule(rule, fmt::format("the result has no such cell or protocol; it has {}",
                                contents_text(result, groups)));
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
      if (const Asked asked{&rule, &group, base}; may_have_metric(asked)) all.push_back(asked);
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
  outcome.shown_cell = cell_of(*group->first, group->first->rate_rps.has_value());
  // The settings that the rule left out.
  if (const Settings shared = shared_settings(group->first->variant); !shared.empty()) {
    const std::string settings = " with " + contestant_name("", shared).substr(1);
    outcome.cell += settings;
    outcome.shown_cell += settings;
  }
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

// The smallest p that this number of values can have: all of them on one side.
double least_p(const Figure& figure) {
  return std::min(1.0, std::pow(2, 1 - static_cast<double>(figure.values.size())));
}

// `least` is its smallest possible p, adjusted for the family and the looks.
void decide(GateOutcome& outcome, double least, std::size_t family, std::size_t looks) {
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
    outcome.more = fewest_blocks(family * looks) - figure.values.size();
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
    outcome.more = blocks_missing(figure.values.size(), figure.interval,
                                  std::fabs(std::log(figure.value / outcome.rule.threshold)),
                                  family * (looks + 1));
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
  const std::size_t looks = looks_at(analysis.result, fewest_blocks(p.size()));
  std::size_t next = 0;
  for (GateOutcome& outcome : outcomes) {
    const bool known = outcome.figure.has_value();
    if (known) outcome.p = over_looks(p[next], looks);
    decide(outcome, known ? over_looks(least[next], looks) : 1, p.size(), looks);
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
  // A rule about all cells is undecided for those that were not measured.
  const bool undecided = any(GateVerdict::kInconclusive) || any(GateVerdict::kTooFewBlocks);
  return undecided || !interruption(result).empty() ? kGateInconclusive : kOk;
}

}  // namespace mpb
