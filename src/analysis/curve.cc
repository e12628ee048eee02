#include "analysis/curve.hh"

#include <algorithm>
#include <optional>
#include <utility>

#include "analysis/slo.hh"
#include "analysis/text.hh"

namespace mpb {

namespace {

template <class A, class B>
bool same_panel(const A& a, const B& b) {
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

std::string rates_text(const Interval& interval) {
  return grouped(interval.low) + "-" + grouped(interval.high);
}

std::string ratios_text(const Interval& interval) {
  return fixed(interval.low, 2) + "-" + fixed(interval.high, 2);
}

// " (95 % 2,300-2,500)" of a threshold; of one that has a ratio also ", 2.04x (95 % 1.90-2.20)".
std::string threshold_text(const SloAnswer& answer) {
  std::string text = " (95 % " + rates_text(answer.rate->interval) + ")";
  if (!answer.ratio) return text;
  const std::string interval = "95 % " + ratios_text(answer.ratio->interval);
  if (!answer.withheld.empty())
    return text + ", not compared with " + answer.base + ", because " + answer.withheld;
  return text + (differs_from_base(answer)
                     ? ", " + fixed(answer.ratio->value, 2) + "x (" + interval + ")"
                     : ", not distinguishable from " + answer.base + " (ratio: " + interval + ")");
}

// Why a search gave no threshold.
std::string no_threshold_text(const SloAnswer& answer, bool enough) {
  if (answer.runs == 0 && !enough)
    return "it cannot be told: fewer requests get through than a run needs, a longer --duration "
           "has more";
  if (answer.runs == 0) return "the search has not begun";
  if (!answer.ended) return "the search has not ended";
  const std::string invalid =
      answer.never_valid_rps ? "no run at " + grouped(*answer.never_valid_rps) + " req/s was valid"
                             : "";
  if (answer.held_rps)
    return "it holds up to " + grouped(*answer.held_rps) +
           " req/s at least: " + (invalid.empty() ? "no higher rate was tried" : invalid);
  if (answer.failed_rps)
    return "it does not hold even at " + grouped(*answer.failed_rps) + " req/s";
  return "it cannot be told: " + (invalid.empty() ? "no run was valid" : invalid);
}

// Whether the links let so many requests through that a run can tell.
bool has_enough_capacity(const Result& result, const SloAnswer& answer) {
  return std::any_of(result.probes.begin(), result.probes.end(), [&](const CapacityProbe& probe) {
    return same_panel(probe, answer) && probe.proto == answer.proto &&
           probe.throughput_rps >= result.slo->least_rps;
  });
}

}  // namespace

const char* const kSaturatedNote =
    "SATURATED: the offered rate exceeded capacity, so backlog and latency grew throughout the "
    "run. "
    "Only req/s is meaningful in these rows. (N of M: that happened in N of M valid runs.)";

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
    std::string text = upper(head.op) + " " + head.values + ": " + to_text(result.slo->rule);
    for (; answer != answers.end() && same_panel(*answer, head); ++answer) {
      const bool first = &*answer == &head;
      if (answer->rate) {
        text += (first ? " holds up to " : "; up to ") + grouped(answer->rate->value) +
                " req/s with " + answer->proto + threshold_text(*answer) +
                (answer->ended ? "" : ", and the search has not ended");
      } else {
        text += (first ? ": with " : "; with ") + answer->proto + " " +
                no_threshold_text(*answer, has_enough_capacity(result, *answer));
      }
    }
    sentences.push_back(std::move(text));
  }
  if (std::any_of(answers.begin(), answers.end(), [](const auto& its) { return bool(its.rate); }))
    sentences.push_back("Each rate is the one at which half of the runs hold it");
  return sentences;
}

std::string probe_sentence(const Result& result) {
  if (result.probes.empty()) return "";
  std::string text = "capacity, probed in closed loop for " +
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
