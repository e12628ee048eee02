#include "report/curve.hh"

#include <algorithm>
#include <optional>
#include <utility>

#include "report/slo.hh"
#include "report/text.hh"

namespace mpb {

namespace {

template <class Cell>
bool same_panel(const Cell& a, const Cell& b) {
  return a.op == b.op && a.values == b.values;
}

// The highest rate at which, and below which, everything that was offered got through.
struct Reach {
  std::string proto;
  double highest = 0;
  bool reached_its_end = false;
  bool known = false;             // of one rate at least
  std::optional<double> unknown;  // the rate above `highest` of which no run is valid: the reach
                                  // may end there or go on
};

// Groups of one protocol ascend in rate only if they were run so.
Reach reach_of(const std::vector<RunGroup>& groups, const RunGroup& one) {
  Reach reach;
  reach.proto = contestant(*one.first);
  std::vector<std::pair<double, const RunGroup*>> points;
  for (const RunGroup& group : groups) {
    if (!same_panel(*group.first, *one.first) || contestant(*group.first) != reach.proto) continue;
    points.emplace_back(group.first->rate_rps.value_or(0), &group);
    reach.known = reach.known || !group.valid.empty();
  }
  std::sort(points.begin(), points.end());
  for (const auto& [rate, group] : points) {
    if (group->valid.empty()) {
      reach.unknown = rate;
      break;
    }
    reach.reached_its_end = is_saturated(*group);
    if (reach.reached_its_end) break;
    reach.highest = rate;
  }
  return reach;
}

std::string reach_text(const Reach& reach, const char* verb) {
  if (!reach.known) return reach.proto + " cannot be told: no valid run";
  const std::string invalid =
      reach.unknown ? "no valid run at " + grouped(*reach.unknown) + " req/s" : "";
  if (reach.highest == 0)
    return reach.proto + (reach.unknown ? " cannot be told: " + invalid
                                        : verb + std::string("not even the lowest rate"));
  const std::string text = reach.proto + verb + grouped(reach.highest) + " req/s";
  if (reach.unknown) return text + " (" + invalid + ")";
  return text + (reach.reached_its_end ? "" : ", the highest that was offered");
}

std::string rate_text(const SloAnswer& answer) { return grouped(*answer.rate_rps); }

// " (2.04x)" of a protocol that is compared with another one in the same cell.
std::string ratio_text(const std::vector<SloAnswer>& answers, const SloAnswer& answer) {
  const std::string base = base_of(answer.proto);
  for (const SloAnswer& other : answers) {
    if (!same_panel(other, answer) || other.proto != base || !other.rate_rps || !answer.rate_rps)
      continue;
    return " (" + fixed(*answer.rate_rps / *other.rate_rps, 2) + "x)";
  }
  return "";
}

}  // namespace

const char* const kSaturatedNote =
    "SATURATED: more was offered than got through. The backlog grew for as long as the run lasted, "
    "and its latency with it: of such a row "
    "only req/s is a property of the links.";

void add_rates(std::vector<Row>& rows, const std::vector<RunGroup>& groups) {
  rows[0].insert(rows[0].begin() + 2, "offered");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Row& row = rows[i + 1];
    const RunGroup& group = groups[i];
    const bool leads = i == 0 || !same_cell(group, groups[i - 1]);
    row.insert(row.begin() + 2,
               leads && group.first->rate_rps ? grouped(*group.first->rate_rps) : "");
    if (i > 0 && same_panel(*group.first, *groups[i - 1].first)) row[0] = row[1] = "";
  }
}

std::vector<std::string> sweep_sentences(const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  if (rates_of(groups) < 2) return sentences;
  std::vector<const RunGroup*> told;
  for (const RunGroup& head : groups) {
    if (std::any_of(told.begin(), told.end(),
                    [&](const RunGroup* other) { return same_panel(*other->first, *head.first); }))
      continue;
    told.push_back(&head);
    std::string text;
    bool verb_is_said = false;
    for (const RunGroup& group : groups) {
      if (!same_cell(group, head)) continue;  // once each protocol
      const Reach reach = reach_of(groups, group);
      text += (text.empty() ? ": " : ", ") +
              reach_text(reach, verb_is_said ? " with " : " keeps up with ");
      verb_is_said = verb_is_said || reach.highest > 0 || !reach.unknown;
    }
    sentences.push_back(upper(head.first->op) + " " + head.first->values + text);
  }
  return sentences;
}

std::vector<std::string> slo_sentences(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<SloAnswer>& answers = analysis.answers;
  std::vector<std::string> sentences;
  for (auto answer = answers.begin(); answer != answers.end();) {
    const SloAnswer& head = *answer;
    const std::string rule = to_text(result.slo->rule);
    std::string up_to;
    std::string never;
    for (; answer != answers.end() && same_panel(*answer, head); ++answer) {
      const bool enough =
          std::any_of(result.probes.begin(), result.probes.end(), [&](const CapacityProbe& probe) {
            return probe.op == answer->op && probe.values == answer->values &&
                   probe.proto == answer->proto && probe.throughput_rps >= result.slo->least_rps;
          });
      if (answer->rate_rps) {
        up_to += (up_to.empty() ? " holds up to " + rate_text(*answer) + " req/s with "
                                : ", " + rate_text(*answer) + " with ") +
                 answer->proto + ratio_text(answers, *answer) +
                 (answer->confirmed ? "" : " (in one run alone: " + why_unconfirmed(*answer) + ")");
      } else if (answer->runs == 0 && enough) {
        never += (never.empty() ? "" : "; ") + std::string("with ") + answer->proto +
                 " the search has not begun";
      } else if (answer->runs == 0) {
        never += (never.empty() ? "" : "; ") + std::string("with ") + answer->proto +
                 " it cannot be told: fewer requests get through than a run needs, a longer "
                 "--duration has more";
      } else if (!answer->fails_at_rps) {
        never += (never.empty() ? "" : "; ") + std::string("with ") + answer->proto + " " +
                 why_unconfirmed(*answer);
      } else if (answer->fails_invalid) {
        never += (never.empty() ? "" : "; ") + std::string("with ") + answer->proto +
                 " it cannot be told: no run at " + grouped(answer->fails_at_rps.value_or(0)) +
                 " req/s was valid";
      } else {
        never += (never.empty() ? "" : "; ") + std::string("with ") + answer->proto +
                 " it does not hold even at " + grouped(answer->fails_at_rps.value_or(0)) +
                 " req/s";
      }
    }
    sentences.push_back(upper(head.op) + " " + head.values + ": " + rule + up_to +
                        (up_to.empty() || never.empty() ? "" : ";") +
                        (up_to.empty() && !never.empty() ? ": "
                         : never.empty()                 ? ""
                                                         : " ") +
                        never);
  }
  return sentences;
}

std::vector<Row> slo_rows(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::vector<Row> rows;
  if (!result.slo) return rows;
  const std::vector<SloAnswer>& answers = analysis.answers;
  const std::string measure = result.slo->rule.name;
  rows.push_back({"op", "value", "proto", "holds up to req/s", measure + " ms there",
                  "fails at req/s", "runs", "confirmed"});
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const SloAnswer& answer = answers[i];
    const bool leads =
        i == 0 || answer.op != answers[i - 1].op || answer.values != answers[i - 1].values;
    rows.push_back({leads ? upper(answer.op) : "", leads ? answer.values : "", answer.proto,
                    answer.rate_rps ? grouped(*answer.rate_rps) : "-",
                    answer.value_ns ? milliseconds(*answer.value_ns) : "-",
                    (answer.fails_at_rps ? grouped(*answer.fails_at_rps) : "-") +
                        (answer.fails_invalid ? " INVALID" : ""),
                    std::to_string(answer.runs), answer.confirmed ? "yes" : "no"});
  }
  return rows;
}

std::string probe_sentence(const Result& result) {
  if (result.probes.empty()) return "";
  std::string text = "what gets through at most, probed in closed loop for " +
                     fixed(result.probes.front().duration_s, 1) + " s each:";
  for (std::size_t i = 0; i < result.probes.size(); ++i) {
    const CapacityProbe& probe = result.probes[i];
    const bool leads = i == 0 || probe.op != result.probes[i - 1].op ||
                       probe.values != result.probes[i - 1].values;
    if (leads) text += (i == 0 ? " " : "; ") + upper(probe.op) + " " + probe.values;
    text += (leads ? " " : ", ") + probe.proto + " " + grouped(probe.throughput_rps);
  }
  return text + " req/s";
}

}  // namespace mpb
