#include "report/gate.hh"

#include <algorithm>
#include <cmath>

#include "report/formats.hh"
#include "report/steadiness.hh"
#include "report/text.hh"
#include "report/verdicts.hh"
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
  const std::size_t all = figure.values.size() + figure.untold;
  return std::to_string(figure.untold) + " of " + std::to_string(all) +
         (all == 1 ? " block is" : " blocks are") + " too short to tell " + figure.metric->name +
         "; longer runs with --duration tell it";
}

// A cell that was asked about and cannot be told of is no cell that holds. "" where the figure
// tells.
std::string why_untold(const Result& result, const Figure& figure, const RunGroup& group,
                       const RunGroup* base) {
  if (is_latency(*figure.metric) &&
      (is_saturated(group) || (base != nullptr && is_saturated(*base))))
    return "SATURATED: its latency says how long the run was, nothing of the links";
  if (base != nullptr && blocks_of_both(group, *base) == 0)
    return "no block has a valid run of both";
  if (figure.untold > 0) return too_short(figure);
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

// What a rule says of a cell; nothing where the metric is not of such runs.
std::optional<GateOutcome> outcome_of(const Result& result, const GateRule& rule,
                                      const RunGroup& group, const RunGroup* base) {
  GateOutcome outcome;
  outcome.rule = rule;
  outcome.cell = cell_name(result, group);
  outcome.made = runs_made(result, group);
  if (group.valid.empty() || (base != nullptr && base->valid.empty())) return outcome;
  if (!is_of(*rule.metric, group) && (base == nullptr || !is_of(*rule.metric, *base)))
    return std::nullopt;
  Figure figure =
      base == nullptr ? figure_of(*rule.metric, group) : ratio_of(*rule.metric, group, *base);
  outcome.untold = why_untold(result, figure, group, base);
  if (figure.values.empty()) return outcome;
  outcome.p = base == nullptr ? sign_test_p(figure.values, rule.threshold)
                              : signed_rank_p(figure.values, rule.threshold);
  outcome.figure = std::move(figure);
  return outcome;
}

void decide(GateOutcome& outcome, std::size_t rules) {
  if (!outcome.figure || !outcome.untold.empty()) {
    outcome.verdict = outcome.untold.empty() ? GateVerdict::kInvalid : GateVerdict::kInconclusive;
    return;
  }
  const Figure& figure = *outcome.figure;
  const bool fails = outcome.rule.fails_below ? figure.value < outcome.rule.threshold
                                              : figure.value > outcome.rule.threshold;
  if (figure.interval && outcome.p <= 1 - kConfidence && figure.value != outcome.rule.threshold) {
    outcome.verdict = fails ? GateVerdict::kWorse : GateVerdict::kHolds;
  } else {
    outcome.verdict = GateVerdict::kInconclusive;
    outcome.more =
        blocks_missing(figure.values.size(), figure.interval,
                       std::fabs(std::log(figure.value / outcome.rule.threshold)), rules);
  }
}

std::string interval_text(const GateOutcome& outcome) {
  if (!outcome.figure || !outcome.figure->interval) return "-";
  const auto text = [&](double value) { return value_text(*outcome.figure, value); };
  return text(outcome.figure->interval->low) + " to " + text(outcome.figure->interval->high);
}

std::string sentence(const GateOutcome& outcome) {
  if (outcome.verdict == GateVerdict::kInvalid) return "no block has runs that can be believed";
  if (!outcome.untold.empty()) return outcome.untold;
  const Figure& figure = *outcome.figure;
  std::string text = value_text(figure, figure.value) + " (95 %: " + interval_text(outcome) +
                     ", adjusted p " + fixed(outcome.p, 3) + ") of " +
                     std::to_string(figure.values.size()) +
                     (figure.values.size() == 1 ? " block" : " blocks");
  if (outcome.verdict != GateVerdict::kInconclusive) return text;
  if (!outcome.more) return text + "; it is too near to tell";
  return text + "; about " + std::to_string(*outcome.more) +
         (*outcome.more == 1 ? " block" : " blocks") + " more would tell";
}

}  // namespace

std::vector<GateOutcome> evaluate(const Analysis& analysis, const std::vector<GateRule>& rules) {
  const Result& result = analysis.result;
  const std::vector<RunGroup>& groups = analysis.groups;
  std::vector<GateOutcome> outcomes;
  for (const GateRule& rule : rules) {
    const std::size_t before = outcomes.size();
    for (const RunGroup& group : groups) {
      if (!is_about(result, rule, group)) continue;
      const RunGroup* base = rule.base.empty() ? nullptr : find_group(groups, group, rule.base);
      if (!rule.base.empty() && base == nullptr) continue;
      check_can_be_judged(rule, group);
      std::optional<GateOutcome> outcome = outcome_of(result, rule, group, base);
      if (outcome) outcomes.push_back(*std::move(outcome));
    }
    if (outcomes.size() > before) continue;
    if (result.slo)
      cannot_judge(
          rule,
          "the result is of a search (--slo), whose runs are its steps; gate one that was made "
          "with --rate");
    if (std::any_of(groups.begin(), groups.end(),
                    [&](const RunGroup& g) { return is_about(result, rule, g); }) &&
        (rule.base.empty() || std::any_of(groups.begin(), groups.end(), [&](const RunGroup& g) {
           return g.first->proto == rule.base;
         }))) {
      cannot_judge(rule, std::string("no run of the result tells ") + rule.metric->name +
                             "; name another metric");
    }
    cannot_judge(rule, "the result has nothing of the kind; " + what_there_is(result, groups));
  }
  std::vector<double> p;
  for (const GateOutcome& outcome : outcomes) {
    if (outcome.figure) p.push_back(outcome.p);
  }
  std::vector<double> adjusted = holm(p);
  const std::size_t decided = p.size();
  std::reverse(adjusted.begin(), adjusted.end());
  for (GateOutcome& outcome : outcomes) {
    if (outcome.figure) {
      outcome.p = adjusted.back();
      adjusted.pop_back();
    }
    decide(outcome, decided);
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
  return any(GateVerdict::kInconclusive) || !interruption(result).empty() ? kGateInconclusive : kOk;
}

std::string to_text(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kHolds:
      return "holds";
    case GateVerdict::kWorse:
      return "WORSE";
    case GateVerdict::kInconclusive:
      return "inconclusive";
    case GateVerdict::kInvalid:
      break;
  }
  return "INVALID";
}

std::string gate_table(const Result& result, const std::vector<GateOutcome>& outcomes) {
  std::vector<Row> rows{
      {"fail if", "cell", "verdict", "is", "95 % interval", "adjusted p", "blocks"}};
  for (const GateOutcome& outcome : outcomes) {
    const bool known = outcome.figure.has_value();
    const std::size_t blocks = known ? outcome.figure->values.size() : 0;
    rows.push_back({outcome.rule.text, outcome.cell, to_text(outcome.verdict),
                    known ? value_text(*outcome.figure, outcome.figure->value) : "-",
                    interval_text(outcome), known ? p_text(outcome.p) : "-",
                    std::to_string(blocks) +
                        (blocks == outcome.made ? "" : " of " + std::to_string(outcome.made))});
  }
  std::string text = render(rows);
  bool first = true;
  for (const GateOutcome& outcome : outcomes) {
    if (outcome.verdict != GateVerdict::kInconclusive && outcome.verdict != GateVerdict::kInvalid)
      continue;
    text +=
        (first ? "\n" : "") + line_of(outcome.rule.text + " in " + outcome.cell + " is " +
                                      to_text(outcome.verdict) + ": " + sentence(outcome) + ".");
    first = false;
  }
  if (const std::string missing = interruption(result); !missing.empty()) {
    text +=
        (first ? "\n" : "") +
        line_of(missing + "; what holds may not hold in the others, so the gate is inconclusive.");
  }
  return text;
}

std::string gate_junit(const Result& result, const std::vector<GateOutcome>& outcomes) {
  std::vector<JunitCase> cases;
  for (const GateOutcome& outcome : outcomes) {
    JunitCase its;
    its.name =
        "fails if " + outcome.rule.text + ", " + outcome.cell + ": " + to_text(outcome.verdict);
    its.text = its.message = sentence(outcome);
    if (outcome.verdict == GateVerdict::kInconclusive) {
      its.outcome = JunitCase::kSkip;
    } else if (outcome.verdict != GateVerdict::kHolds) {
      its.outcome = JunitCase::kFail;
      its.type = outcome.verdict == GateVerdict::kWorse ? "worse" : "invalid";
    }
    cases.push_back(std::move(its));
  }
  add_interruption(result, JunitCase::kSkip, cases);
  return junit_document(result, "mptcp-bench.gate." + scenario_name(result), cases);
}

}  // namespace mpb
