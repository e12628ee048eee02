#include "report/gate.hh"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "report/formats.hh"
#include "report/text.hh"
#include "report/verdicts.hh"
#include "sys/error.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

constexpr const char* kForm = "write PROTO/BASE METRIC OP/SIZE < RATIO, as in 'mptcp/tcp throughput get/4k < 1.2'";

[[noreturn]] void refuse(const GateRule& rule, const std::string& why) { throw BadInput(rule.where + ": \"" + rule.text + "\": " + why); }

double parse_number(const GateRule& rule, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value) || value <= 0) refuse(rule, "\"" + text + "\" is not a positive number");
  return value;
}

// In the metric's unit. A ratio has none; everything else must be written with its own.
double parse_threshold(const GateRule& rule, const std::string& text) {
  if (!rule.base.empty()) return parse_number(rule, text);
  try {
    switch (rule.metric->unit) {
      case Unit::kRequestsPerSecond:
        if (!text.ends_with("/s")) refuse(rule, "\"" + text + "\" has no unit; write \"" + text + "/s\" (requests a second)");
        return parse_number(rule, text.substr(0, text.size() - 2));
      case Unit::kBitsPerSecond:
        return static_cast<double>(parse_rate(text).count);
      case Unit::kNanoseconds:
        return static_cast<double>(parse_duration(text).count());
    }
  } catch (const BadInput& error) {
    if (std::string(error.what()).rfind(rule.where, 0) == 0) throw;
    refuse(rule, error.what());
  }
  return 0;
}

bool is_about(const GateRule& rule, const RunGroup& group) {
  if (group.first->proto != rule.proto) return false;
  if (rule.values.empty()) return cell_name(group) == rule.op;
  return (rule.op == "*" || rule.op == group.first->op) && (rule.values == "*" || rule.values == group.first->values);
}

std::string what_there_is(const std::vector<RunGroup>& groups) {
  std::vector<std::string> protos, cells;
  const auto add = [](std::vector<std::string>& to, const std::string& name) {
    if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
  };
  for (const RunGroup& group : groups) {
    add(protos, group.first->proto);
    add(cells, cell_name(group));
  }
  const auto list = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  return "it has the protocols " + list(protos) + " and the cells " + list(cells);
}

// How many more blocks would bring the interval off the threshold, should effect and noise stay what they are: its width falls with the
// square root of their number. And there must be so many that the smallest p there can be, 2 of 2^n, is small enough for all `rules`.
std::optional<std::size_t> blocks_missing(const Figure& figure, double threshold, std::size_t rules) {
  const std::size_t n = figure.values.size();
  auto blocks = static_cast<double>(kFewestForInterval);
  while (static_cast<double>(rules) * std::pow(2, 1 - blocks) > 1 - kConfidence) ++blocks;
  if (figure.interval) {
    const double distance = std::fabs(std::log(figure.value / threshold));
    const double half = std::log(figure.interval->high / figure.interval->low) / 2 * widening(rules);
    blocks = std::max(blocks, std::ceil(static_cast<double>(n) * std::pow(half / distance, 2)));
  }
  if (!(blocks < 1000)) return std::nullopt;
  return blocks > static_cast<double>(n) ? static_cast<std::size_t>(blocks) - n : 1;
}

// A cell that was asked about and cannot be told of is no cell that holds. "" where the metric is not of such runs at all.
std::string why_untold(const Metric& metric, const RunGroup& group, const RunGroup* base) {
  if (!is_latency(metric)) return "";
  if (is_saturated(group) || (base != nullptr && is_saturated(*base)))
    return "SATURATED: its latency says how long the run was, nothing of the links";
  return "too few requests a run for this percentile, or no block with a run of both that can tell: measure longer";
}

void decide(GateOutcome& outcome, std::size_t rules) {
  if (!outcome.figure) {
    outcome.verdict = outcome.untold.empty() ? GateVerdict::kInvalid : GateVerdict::kInconclusive;
    return;
  }
  const Figure& figure = *outcome.figure;
  const bool fails = outcome.rule.fails_below ? figure.value < outcome.rule.threshold : figure.value > outcome.rule.threshold;
  if (figure.interval && outcome.p <= 1 - kConfidence && figure.value != outcome.rule.threshold) {
    outcome.verdict = fails ? GateVerdict::kWorse : GateVerdict::kHolds;
  } else {
    outcome.verdict = GateVerdict::kInconclusive;
    outcome.more = blocks_missing(figure, outcome.rule.threshold, rules);
  }
}

std::string interval_text(const GateOutcome& outcome) {
  if (!outcome.figure || !outcome.figure->interval) return "-";
  const auto text = [&](double value) { return value_text(*outcome.figure, value); };
  return text(outcome.figure->interval->low) + " to " + text(outcome.figure->interval->high);
}

std::string sentence(const GateOutcome& outcome) {
  if (outcome.verdict == GateVerdict::kInvalid) return "no block has runs that can be believed";
  if (!outcome.figure) return outcome.untold;
  const Figure& figure = *outcome.figure;
  std::string text = value_text(figure, figure.value) + " (95 %: " + interval_text(outcome) + ", adjusted p " + fixed(outcome.p, 3) +
                     ") of " + std::to_string(figure.values.size()) + (figure.values.size() == 1 ? " block" : " blocks");
  if (outcome.verdict != GateVerdict::kInconclusive) return text;
  if (!outcome.more) return text + "; it is too near to tell";
  return text + "; about " + std::to_string(*outcome.more) + (*outcome.more == 1 ? " block" : " blocks") + " more would tell";
}

}  // namespace

GateRule parse_gate_rule(const std::string& text, const std::string& where) {
  GateRule rule;
  rule.text = text;
  rule.where = where;
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  if (words.size() != 5) refuse(rule, std::string("is not a rule; ") + kForm);

  const std::size_t slash = words[0].find('/');
  rule.proto = words[0].substr(0, slash);
  if (slash != std::string::npos) rule.base = words[0].substr(slash + 1);
  if (rule.proto.empty() || (slash != std::string::npos && (rule.base.empty() || rule.base == rule.proto))) {
    refuse(rule, "\"" + words[0] + "\" is neither a protocol nor two of them; " + kForm);
  }
  rule.metric = find_metric(words[1]);
  if (rule.metric == nullptr) {
    std::string names;
    for (const std::string& name : metric_names()) names += (names.empty() ? "" : ", ") + name;
    refuse(rule, "\"" + words[1] + "\" is no metric; there are " + names);
  }
  const std::size_t cut = words[2].find('/');
  rule.op = words[2].substr(0, cut);
  if (cut != std::string::npos) {
    rule.values = words[2].substr(cut + 1);
  } else if (rule.op == "*") {
    rule.values = "*";
  }
  if (words[3] != "<" && words[3] != ">") refuse(rule, "\"" + words[3] + "\" is neither < nor >");
  rule.fails_below = words[3] == "<";
  rule.threshold = parse_threshold(rule, words[4]);
  return rule;
}

std::vector<GateRule> parse_gate_rules(const std::string& text, const std::string& file) {
  std::vector<GateRule> rules;
  std::istringstream stream(text);
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    line.resize(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    while (std::string(" \t\r").find(line.back()) != std::string::npos) line.pop_back();
    line.erase(0, line.find_first_not_of(" \t"));
    rules.push_back(parse_gate_rule(line, file + ":" + std::to_string(number)));
  }
  if (rules.empty()) throw BadInput(file + ": has no rule; write one a line, such as mptcp/tcp throughput get/4k < 1.2");
  return rules;
}

std::vector<GateOutcome> evaluate(const Result& result, const std::vector<GateRule>& rules) {
  const std::vector<RunGroup> groups = groups_of(result);
  std::vector<GateOutcome> outcomes;
  for (const GateRule& rule : rules) {
    const std::size_t before = outcomes.size();
    for (const RunGroup& group : groups) {
      if (!is_about(rule, group)) continue;
      const RunGroup* base = rule.base.empty() ? nullptr : find_group(groups, group, rule.base);
      if (!rule.base.empty() && base == nullptr) continue;
      GateOutcome outcome;
      outcome.rule = rule;
      outcome.cell = cell_name(group);
      outcome.made = runs_made(result, group);
      Figure figure = base == nullptr ? figure_of(*rule.metric, group) : ratio_of(*rule.metric, group, *base);
      if (!figure.values.empty()) {
        outcome.p = base == nullptr ? sign_test_p(figure.values, rule.threshold) : signed_rank_p(figure.values, rule.threshold);
        outcome.figure = std::move(figure);
      } else if (!group.valid.empty() && (base == nullptr || !base->valid.empty())) {
        outcome.untold = why_untold(*rule.metric, group, base);
        if (outcome.untold.empty()) continue;
      }
      outcomes.push_back(std::move(outcome));
    }
    if (outcomes.size() > before) continue;
    if (result.slo) refuse(rule, "the result is of a search (--slo), whose runs are its steps; gate one that was made with --rate");
    if (std::any_of(groups.begin(), groups.end(), [&](const RunGroup& g) { return is_about(rule, g); }) &&
        (rule.base.empty() || std::any_of(groups.begin(), groups.end(), [&](const RunGroup& g) { return g.first->proto == rule.base; }))) {
      refuse(rule, std::string("no run of the result tells ") + rule.metric->name + "; name another metric");
    }
    refuse(rule, "the result has nothing of the kind; " + what_there_is(groups));
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

int exit_code(const std::vector<GateOutcome>& outcomes) {
  const auto any = [&](GateVerdict verdict) {
    return std::any_of(outcomes.begin(), outcomes.end(), [verdict](const GateOutcome& o) { return o.verdict == verdict; });
  };
  if (any(GateVerdict::kWorse)) return kGateWorse;
  if (any(GateVerdict::kInvalid)) return kFailed;
  return any(GateVerdict::kInconclusive) ? kGateInconclusive : kOk;
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

std::string gate_table(const std::vector<GateOutcome>& outcomes) {
  std::vector<Row> rows{{"fail if", "cell", "verdict", "is", "95 % interval", "adjusted p", "blocks"}};
  for (const GateOutcome& outcome : outcomes) {
    const bool known = outcome.figure.has_value();
    const std::size_t blocks = known ? outcome.figure->values.size() : 0;
    rows.push_back({outcome.rule.text, outcome.cell, to_text(outcome.verdict),
                    known ? value_text(*outcome.figure, outcome.figure->value) : "-", interval_text(outcome),
                    known ? p_text(outcome.p) : "-",
                    std::to_string(blocks) + (blocks == outcome.made ? "" : " of " + std::to_string(outcome.made))});
  }
  std::string text = render(rows);
  bool first = true;
  for (const GateOutcome& outcome : outcomes) {
    if (outcome.verdict != GateVerdict::kInconclusive && outcome.verdict != GateVerdict::kInvalid) continue;
    text += (first ? "\n  " : "  ") + outcome.rule.text + " in " + outcome.cell + " is " + to_text(outcome.verdict) + ": " +
            sentence(outcome) + ".\n";
    first = false;
  }
  return text;
}

std::string gate_junit(const Result& result, const std::vector<GateOutcome>& outcomes) {
  std::vector<JunitCase> cases;
  for (const GateOutcome& outcome : outcomes) {
    JunitCase its;
    its.name = "fails if " + outcome.rule.text + ", " + outcome.cell + ": " + to_text(outcome.verdict);
    its.text = its.message = sentence(outcome);
    if (outcome.verdict == GateVerdict::kInconclusive) {
      its.outcome = JunitCase::kSkipped;
    } else if (outcome.verdict != GateVerdict::kHolds) {
      its.outcome = JunitCase::kFailed;
      its.type = outcome.verdict == GateVerdict::kWorse ? "worse" : "invalid";
    }
    cases.push_back(std::move(its));
  }
  return junit_document(result, "mptcp-bench.gate." + scenario_name(result), cases);
}

}  // namespace mpb
