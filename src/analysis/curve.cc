#include "analysis/curve.hh"

#include <fmt/format.h>

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

// A search has only one condition.
bool same_panel(const Run& a, const Run& b) {
  return a.op == b.op && a.values == b.values && a.conditions == b.conditions;
}

// The offered rates that a protocol kept up with: everything that was offered got through, at that
// rate and at all lower ones.
struct Reach {
  std::string proto;
  double highest = 0;             // 0 if it kept up with none
  std::optional<double> missed;   // the next rate, at which it did not keep up
  std::optional<double> unknown;  // the next rate, if no run at it is valid
  bool any_valid = false;
};

// The groups of one protocol are not always in the order of their rates.
Reach reach_of(const std::vector<RunGroup>& groups, const RunGroup& one) {
  Reach reach;
  reach.proto = contestant(*one.first);
  std::vector<std::pair<double, const RunGroup*>> points;
  for (const RunGroup& group : groups) {
    if (!same_panel(*group.first, *one.first) || contestant(*group.first) != reach.proto) continue;
    points.emplace_back(group.first->rate_rps.value_or(0), &group);
    reach.any_valid = reach.any_valid || !group.valid.empty();
  }
  std::sort(points.begin(), points.end());
  for (const auto& [rate, group] : points) {
    if (group->valid.empty()) {
      reach.unknown = rate;
      break;
    }
    if (is_saturated(*group)) {
      reach.missed = rate;
      break;
    }
    reach.highest = rate;
  }
  return reach;
}

// "tcp keeps up with 500 req/s but not with 1,000 req/s".
std::string reach_text(const Reach& reach) {
  const std::string& proto = reach.proto;
  if (!reach.any_valid) return fmt::format("{} is unknown, because it has no valid run", proto);
  if (reach.highest == 0 && reach.unknown)
    return fmt::format("{} is unknown, because no run at {} req/s is valid", proto,
                       format_count(*reach.unknown));
  if (reach.highest == 0)
    return fmt::format("{} does not keep up with {} req/s, the lowest rate", proto,
                       format_count(reach.missed.value_or(0)));
  const std::string highest = format_count(reach.highest);
  if (reach.unknown)
    return fmt::format("{} keeps up with {} req/s, but no run at {} req/s is valid", proto, highest,
                       format_count(*reach.unknown));
  if (reach.missed)
    return fmt::format("{} keeps up with {} req/s but not with {} req/s", proto, highest,
                       format_count(*reach.missed));
  return fmt::format("{} keeps up with {} req/s, the highest rate offered", proto, highest);
}

// " (95 % 2,300-2,500)" after a threshold; with a ratio also ", 2.04x (95 % 1.90-2.20)".
std::string threshold_text(const SloAnswer& answer) {
  const Interval& rates = answer.rate->interval;
  const std::string text =
      fmt::format(" (95 % {}-{})", format_count(rates.low), format_count(rates.high));
  if (!answer.ratio) return text;
  if (!answer.withheld.empty())
    return fmt::format("{}, not compared with {}, because {}", text, answer.base, answer.withheld);
  const Interval& ratios = answer.ratio->interval;
  const std::string interval =
      fmt::format("95 % {}-{}", fixed(ratios.low, 2), fixed(ratios.high, 2));
  if (differs_from_base(answer))
    return fmt::format("{}, {}x ({})", text, fixed(answer.ratio->value, 2), interval);
  return fmt::format("{}, not distinguishable from {} (ratio: {})", text, answer.base, interval);
}

// Why a search found no threshold.
std::string no_threshold_text(const SloAnswer& answer, bool enough) {
  if (answer.runs == 0 && !enough)
    return "it is unknown, because fewer requests get through than a run needs; take a longer "
           "--duration";
  if (answer.runs == 0) return "the search has not begun";
  if (!answer.ended) return "the search has not ended";
  const std::string invalid =
      answer.never_valid_rps
          ? fmt::format("no run at {} req/s was valid", format_count(*answer.never_valid_rps))
          : "";
  if (answer.held_rps)
    return fmt::format("it holds up to at least {} req/s: {}", format_count(*answer.held_rps),
                       invalid.empty() ? "no higher rate was tried" : invalid);
  if (answer.failed_rps)
    return fmt::format("it does not hold even at {} req/s", format_count(*answer.failed_rps));
  return fmt::format("it is unknown, because {}", invalid.empty() ? "no run was valid" : invalid);
}

// Whether the links let through as many requests as a run needs.
bool has_enough_capacity(const Result& result, const SloAnswer& answer) {
  return std::any_of(result.probes.begin(), result.probes.end(), [&](const CapacityProbe& probe) {
    return same_panel(probe, answer) && probe.proto == answer.proto &&
           probe.throughput_rps >= result.slo->least_rps;
  });
}

}  // namespace

const char* const kSaturatedNote =
    "SATURATED: the offered rate exceeded capacity, so backlog and latency grew throughout the "
    "run. Only req/s is meaningful in these rows. (N of M: that happened in N of M valid runs.)";

std::vector<std::string> sweep_sentences(const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  if (rates_of(groups) < 2) return sentences;
  std::vector<const RunGroup*> done;
  for (const RunGroup& head : groups) {
    if (std::any_of(done.begin(), done.end(),
                    [&](const RunGroup* other) { return same_panel(*other->first, *head.first); }))
      continue;
    done.push_back(&head);
    std::vector<std::string> clauses;  // one for each protocol
    for (const RunGroup& group : groups) {
      if (same_cell(group, head)) clauses.push_back(reach_text(reach_of(groups, group)));
    }
    sentences.push_back(fmt::format("{}: {}", cell_of(*head.first), fmt::join(clauses, "; ")));
  }
  return sentences;
}

std::vector<std::string> slo_sentences(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<SloAnswer>& answers = analysis.answers;
  std::vector<std::string> sentences;
  for (auto answer = answers.begin(); answer != answers.end();) {
    const SloAnswer& head = *answer;
    std::string text =
        fmt::format("{} {}: {}", upper(head.op), head.values, to_text(result.slo->rule));
    for (; answer != answers.end() && same_panel(*answer, head); ++answer) {
      const bool first = &*answer == &head;
      if (answer->rate) {
        text +=
            fmt::format("{}{} req/s with {}{}{}", first ? " holds up to " : "; up to ",
                        format_count(answer->rate->value), answer->proto, threshold_text(*answer),
                        answer->ended ? "" : ", and the search has not ended");
      } else {
        text += fmt::format("{}with {} {}", first ? ": " : "; ", answer->proto,
                            no_threshold_text(*answer, has_enough_capacity(result, *answer)));
      }
    }
    sentences.push_back(std::move(text));
  }
  if (std::any_of(answers.begin(), answers.end(), [](const auto& its) { return bool(its.rate); }))
    sentences.push_back("Each rate is the one at which half of the runs satisfy the rule");
  return sentences;
}

std::string probe_sentence(const Result& result) {
  if (result.probes.empty()) return "";
  std::vector<std::string> cells;  // "GET 4k tcp 3,010, mptcp 3,210"
  for (std::size_t i = 0; i < result.probes.size(); ++i) {
    const CapacityProbe& probe = result.probes[i];
    const bool leads = i == 0 || probe.op != result.probes[i - 1].op ||
                       probe.values != result.probes[i - 1].values;
    const std::string capacity =
        fmt::format("{} {}", probe.proto, format_count(probe.throughput_rps));
    if (leads) {
      cells.push_back(fmt::format("{} {} {}", upper(probe.op), probe.values, capacity));
    } else {
      cells.back() += fmt::format(", {}", capacity);
    }
  }
  return fmt::format("Capacity, probed in closed loop for {} s each: {} req/s",
                     fixed(result.probes.front().duration_s, 1), fmt::join(cells, "; "));
}

}  // namespace mpb
