#include "report/curve.hh"

#include <algorithm>
#include <utility>

#include "report/slo.hh"
#include "report/table.hh"
#include "report/text.hh"

namespace mpb {

namespace {

bool same_panel(const Run& a, const Run& b) { return a.op == b.op && a.values == b.values; }

// The highest rate at which, and below which, everything that was offered got through.
struct Reach {
  std::string proto;
  double highest = 0;
  bool reached_its_end = false;
};

// Groups of one protocol ascend in rate only if they were run so.
Reach reach_of(const std::vector<RunGroup>& groups, const RunGroup& one) {
  Reach reach{one.first->proto, 0, false};
  std::vector<std::pair<double, bool>> points;
  for (const RunGroup& group : groups) {
    if (!same_panel(*group.first, *one.first) || group.first->proto != reach.proto || group.valid.empty()) continue;
    points.emplace_back(group.first->rate_rps.value_or(0), is_saturated(group));
  }
  std::sort(points.begin(), points.end());
  for (const auto& [rate, saturated] : points) {
    reach.reached_its_end = saturated;
    if (saturated) break;
    reach.highest = rate;
  }
  return reach;
}

}  // namespace

const char* const kSaturatedNote =
    "SATURATED: more was offered than got through. The backlog grew for as long as the run lasted, and its latency with it: of such a row "
    "only req/s is a property of the links.";

void add_rates(std::vector<Row>& rows, const std::vector<RunGroup>& groups) {
  rows[0].insert(rows[0].begin() + 2, "offered");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Row& row = rows[i + 1];
    const RunGroup& group = groups[i];
    const bool leads = i == 0 || !same_cell(group, groups[i - 1]);
    row.insert(row.begin() + 2, leads && group.first->rate_rps ? grouped(*group.first->rate_rps) : "");
    if (i > 0 && same_panel(*group.first, *groups[i - 1].first)) row[0] = row[1] = "";
  }
}

std::vector<std::string> sweep_sentences(const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  if (rates_of(groups) < 2) return sentences;
  std::vector<const RunGroup*> told;
  for (const RunGroup& head : groups) {
    if (std::any_of(told.begin(), told.end(), [&](const RunGroup* other) { return same_panel(*other->first, *head.first); })) continue;
    told.push_back(&head);
    std::string text;
    for (const RunGroup& group : groups) {
      if (!same_cell(group, head)) continue;  // once each protocol
      const Reach reach = reach_of(groups, group);
      text += (text.empty() ? ": " : ", ") + reach.proto + (text.empty() ? " keeps up with " : " with ");
      text += reach.highest == 0 ? "not even the lowest rate" : grouped(reach.highest) + " req/s";
      if (reach.highest > 0 && !reach.reached_its_end) text += ", the highest that was offered";
    }
    sentences.push_back(upper(head.first->op) + " " + head.first->values + text);
  }
  return sentences;
}

std::vector<Row> slo_rows(const Result& result) {
  std::vector<Row> rows;
  if (!result.slo) return rows;
  const std::vector<SloAnswer> answers = slo_answers(result);
  const std::string measure = parse_slo(result.slo->rule).name;
  rows.push_back({"op", "value", "proto", "holds up to req/s", measure + " ms there", "fails at req/s", "runs", "confirmed"});
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const SloAnswer& answer = answers[i];
    const bool leads = i == 0 || answer.op != answers[i - 1].op || answer.values != answers[i - 1].values;
    rows.push_back({leads ? upper(answer.op) : "", leads ? answer.values : "", answer.proto,
                    answer.rate_rps ? grouped(*answer.rate_rps) : "-", answer.value_ns ? milliseconds(*answer.value_ns) : "-",
                    (answer.fails_at_rps ? grouped(*answer.fails_at_rps) : "-") + (answer.fails_invalid ? " INVALID" : ""),
                    std::to_string(answer.runs), answer.confirmed ? "yes" : "no"});
  }
  return rows;
}

std::string probe_sentence(const Result& result) {
  if (result.probes.empty()) return "";
  std::string text = "what gets through at most, probed in closed loop for " + fixed(result.probes.front().duration_s, 1) + " s each:";
  for (std::size_t i = 0; i < result.probes.size(); ++i) {
    const CapacityProbe& probe = result.probes[i];
    const bool leads = i == 0 || probe.op != result.probes[i - 1].op || probe.values != result.probes[i - 1].values;
    if (leads) text += (i == 0 ? " " : "; ") + upper(probe.op) + " " + probe.values;
    text += (leads ? " " : ", ") + probe.proto + " " + grouped(probe.throughput_rps);
  }
  return text + " req/s";
}

}  // namespace mpb
