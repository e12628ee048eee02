#include "report/verdicts.hh"

#include <algorithm>
#include <cmath>
#include <map>

#include "report/headline.hh"
#include "report/text.hh"

namespace mpb {

const char* const kAboutLatency =
    "Latency has a verdict with --rate, where both are offered the same, on links that do not "
    "change.";

const char* const kAboutTooShort =
    "(N too short): so many blocks have too few requests for the percentile. The others are no "
    "fair sample; a longer --duration tells.";

const char* const kAboutCutOff =
    "(cut off): in some blocks a wait was not over at the next change, or at the window's end. It "
    "was at least that long, and the ratio may be another.";

namespace {

// `believed`: in so many at most both have a valid run.
std::string few_blocks_sentence(std::size_t blocks, std::size_t believed) {
  if (blocks >= kFewestForInterval) {
    return "\n  Only " + std::to_string(believed) + " of " + std::to_string(blocks) +
           (believed == 1 ? " blocks has" : " blocks have") +
           " valid runs of both: a ratio without an interval, which may be luck. Six such blocks "
           "are the fewest that give one.\n";
  }
  const std::string many =
      blocks == 1 ? "One block: a ratio" : std::to_string(blocks) + " blocks: a ratio";
  return "\n  " + many +
         " without an interval, which may be luck. Six blocks are the fewest that give one; "
         "--repeat 10 is a good number.\n";
}

std::size_t most_believed(const std::vector<const Figure*>& ratios) {
  std::size_t most = 0;
  for (const Figure* ratio : ratios) most = std::max(most, ratio->values.size() + ratio->untold);
  return most;
}

// "MPTCP: none of its 36 runs is valid (fell back to TCP)." with the reason of the first of them;
// "" where one is valid.
std::string unbelieved_text(const Result& result, const std::string& proto) {
  std::size_t count = 0;
  std::string why;
  for (const Run& run : result.runs) {
    if (contestant(run) != proto || run.search) continue;
    if (run.valid()) return "";
    if (count++ == 0) why = run.invalid_reasons.front();
  }
  return upper(proto) + ": " +
         (count == 1 ? "its run is not" : "none of its " + std::to_string(count) + " runs is") +
         " valid (" + why + ").";
}

}  // namespace

std::string count_of(std::size_t count, std::size_t all) {
  return std::to_string(count) + (count < all ? " of " + std::to_string(all) : "");
}

std::string invalid_shares(const Result& result) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> runs;  // not valid, made
  for (const Run& run : result.runs) {
    if (run.search) continue;
    runs[contestant(run)].first += run.valid() ? 0 : 1;
    runs[contestant(run)].second += 1;
  }
  std::string text;
  for (const auto& [proto, count] : runs) {
    if (count.first == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count.first) + " of " +
            std::to_string(count.second) + " of " + proto;
  }
  return text.empty() ? "" : "Runs that are not valid: " + text + ".";
}

std::string interval_text(const std::optional<Interval>& interval, int decimals) {
  return interval ? fixed(interval->low, decimals) + "-" + fixed(interval->high, decimals) : "-";
}

std::string p_text(double p) { return p < 0.0001 ? "<0.0001" : fixed(p, 4); }

std::string p_text(const Judgement& judgement) {
  return judgement.family == 0 ? "-" : p_text(judgement.p);
}

std::string verdict_text(const Judgement& judgement, std::size_t untold) {
  const std::string text = to_text(judgement.verdict);
  if (judgement.cut_off) return text + " (cut off)";
  if (untold > 0) return text + " (" + std::to_string(untold) + " too short)";
  return judgement.blocks_missing ? text + " (+" + std::to_string(*judgement.blocks_missing) + ")"
                                  : text;
}

std::string about_intervals(std::size_t verdicts) {
  std::string text = line_of("Each interval holds with 95 % or more (exact, by itself).");
  if (verdicts == 0) return text;
  return text +
         line_of(
             "Better and worse: the ratio lies beyond the margin of 2 % (throughput) or 5 % "
             "(latency, stalls); equivalent: within it.") +
         line_of(verdicts == 1 ? "The verdict holds with 95 %."
                               : "The " + std::to_string(verdicts) +
                                     " verdicts hold together with 95 % (Holm's adjusted p).");
}

std::string value_text(const Figure& figure, double value) {
  if (!figure.base.empty()) return fixed(value, 3) + "x";
  switch (figure.metric->unit) {
    case Unit::kRequestsPerSecond:
      return grouped(value) + "/s";
    case Unit::kBitsPerSecond:
      return fixed(value / 1e6, 1) + " Mbit/s";
    case Unit::kNanoseconds:
      break;
  }
  return milliseconds(value) + " ms";
}

std::size_t blocks_of(const Result& result) {
  int blocks = 0;
  for (const Run& run : result.runs) blocks = run.search ? blocks : std::max(blocks, run.block + 1);
  return static_cast<std::size_t>(blocks);
}

std::optional<double> widest_interval(const Result& result) {
  const std::vector<RunGroup> groups = groups_of(result);
  const bool compared = std::any_of(groups.begin(), groups.end(), [&](const RunGroup& g) {
    return base_group(groups, g) != nullptr;
  });
  std::optional<double> widest;
  for (const RunGroup& group : groups) {
    const RunGroup* base = base_group(groups, group);
    if (compared && base == nullptr) continue;
    const Metric& metric = headline_of(groups, group);
    const Figure figure = compared ? ratio_of(metric, group, *base) : figure_of(metric, group);
    if (!figure.interval) return std::nullopt;
    widest = std::max(widest.value_or(0), half_width(*figure.interval));
  }
  return widest;
}

std::string uncompared_text(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<RunGroup>& groups = analysis.groups;
  if (result.runs.empty()) return "No run was completed.";
  if (std::none_of(result.runs.begin(), result.runs.end(),
                   [](const Run& run) { return run.valid(); })) {
    return "No run of this result can be believed.";
  }
  std::string text;
  std::vector<std::string> protos;
  for (const RunGroup& group : groups) {
    const std::string proto = contestant(*group.first);
    if (std::find(protos.begin(), protos.end(), proto) != protos.end()) continue;
    protos.push_back(proto);
    const std::string unbelieved = unbelieved_text(result, proto);
    text += (text.empty() || unbelieved.empty() ? "" : " ") + unbelieved;
  }
  if (!text.empty() || protos.empty()) return text;
  if (protos.size() == 1) return "One protocol was measured: there is nothing to compare it with.";
  const bool based = std::any_of(groups.begin(), groups.end(), [&](const RunGroup& g) {
    return base_group(groups, g) != nullptr;
  });
  if (!based) return "There is nothing to compare with: tcp was not measured.";
  const bool compared = std::any_of(groups.begin(), groups.end(), [&](const RunGroup& g) {
    const RunGroup* base = base_group(groups, g);
    return base != nullptr && blocks_of_both(g, *base) > 0;
  });
  return compared ? "" : "There is nothing to compare: no block has a valid run of both.";
}

std::string verdict_table(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<const Figure*> ratios = ratios_in(analysis);
  if (ratios.empty()) return "";
  const bool any = std::any_of(ratios.begin(), ratios.end(),
                               [](const Figure* figure) { return figure->interval.has_value(); });
  const std::string invalid = invalid_shares(result);
  if (!any) {
    return few_blocks_sentence(blocks_of(result), most_believed(ratios)) +
           (invalid.empty() ? "" : line_of(invalid));
  }

  std::vector<Row> rows{{"op", "value", "proto", "against", "metric", "ratio", "95 %", "adj. p",
                         "M-W p", "Cliff's d", "blocks", "verdict"}};
  const bool sweep = rates_of(analysis.groups) > 1;
  bool inconclusive = false;
  bool too_short = false;
  bool unjudged = false;
  bool cut_off = false;
  std::size_t judged = 0;
  const Figure* last = nullptr;
  for (const Figure* figure : ratios) {
    const Comparison& c = *figure->comparison;
    const bool same_cell = last != nullptr && last->cell == figure->cell;
    const bool same_proto = same_cell && last->variant == figure->variant;
    const Run& run = *figure->runs.front();
    inconclusive = inconclusive || figure->judgement.blocks_missing;
    judged = std::max(judged, figure->judgement.family);
    unjudged = unjudged || !can_be_judged(*figure->metric, run);
    too_short = too_short || figure->untold > 0;
    cut_off = cut_off || figure->judgement.cut_off;
    rows.push_back(
        {same_cell ? "" : upper(run.op),
         same_cell
             ? ""
             : run.values + (sweep && run.rate_rps ? " at " + grouped(*run.rate_rps) + "/s" : ""),
         same_proto ? "" : contestant(*figure), same_proto ? "" : contestant_base(*figure),
         figure->metric->name, fixed(c.ratio, 3) + "x", interval_text(c.interval),
         p_text(figure->judgement), p_text(c.mann_whitney_p), fixed(c.cliffs_delta, 2),
         count_of(c.n, blocks_of(result)), verdict_text(figure->judgement, figure->untold)});
    last = figure;
  }
  std::string text =
      "\n  ratios, block by block\n\n" + render(rows, 5) + "\n" + about_intervals(judged);
  if (unjudged) text += line_of(kAboutLatency);
  if (!invalid.empty()) text += line_of(invalid);
  if (inconclusive)
    text +=
        "  (+N): about so many blocks more would tell, should the difference and the noise stay "
        "what they are.\n";
  if (cut_off) text += line_of(kAboutCutOff);
  if (too_short) text += std::string("  ") + kAboutTooShort + "\n";
  return text;
}

std::vector<std::string> noise_sentences(const Analysis& analysis) {
  std::map<std::pair<std::string, std::string>, std::vector<const Figure*>>
      kinds;  // metric and protocol
  for (const Figure* figure : ratios_in(analysis)) {
    if (figure->proto == figure->base + "-again")
      kinds[{figure->metric->name, contestant_base(*figure)}].push_back(figure);
  }
  std::vector<std::string> sentences;
  for (const auto& [kind, cells] : kinds) {
    double widest = -1;
    std::size_t blocks = 0;
    std::size_t different = 0;
    for (const Figure* figure : cells) {
      if (figure->interval) widest = std::max(widest, half_width(*figure->interval));
      blocks = std::max(blocks, figure->values.size());
      different += figure->interval && figure->comparison->p <= 1 - kConfidence ? 1 : 0;
    }
    if (widest < 0) continue;
    sentences.push_back(
        "noise floor, " + kind.first + " of " + kind.second + ": with " + std::to_string(blocks) +
        " blocks a difference below +-" + percent(widest, 1) + " cannot be told from none; " +
        std::to_string(different) + " of " + std::to_string(cells.size()) +
        " comparisons with itself " + (different == 1 ? "leaves" : "leave") + " out 1");
  }
  return sentences;
}

std::vector<std::string> outlier_sentences(const Analysis& analysis) {
  const Result& result = analysis.result;
  constexpr std::size_t kMost = 12;
  std::map<int, std::string> apart;  // by the order of runs: what each is apart in
  std::map<int, const Run*> runs;
  for (const Figure& figure : analysis.figures) {
    if (!figure.base.empty() || !figure.metric->headline ||
        figure.values.size() < kFewestForInterval)
      continue;
    for (const std::size_t i : figure.outliers) {
      const Run& run = *figure.runs[i];
      runs[run.order] = &run;
      std::string& its = apart[run.order];
      its += (its.empty() ? "" : ", ") + std::string(figure.metric->name) + " " +
             value_text(figure, figure.values[i]) + " (median " + value_text(figure, figure.value) +
             ")";
    }
  }
  std::vector<std::string> sentences;
  for (const auto& [order, what] : apart) {
    if (sentences.size() == kMost) {
      sentences.push_back("and " + std::to_string(apart.size() - kMost) +
                          " runs more stand apart; figures[].outliers of the result has them all");
      break;
    }
    const Run& run = *runs[order];
    sentences.push_back("run " + std::to_string(order + 1) + " of " +
                        std::to_string(result.runs.size()) + " (" + contestant(run) + " " + run.op +
                        " " + run.values + ") stands apart, and counts like the others: " + what);
  }
  return sentences;
}

}  // namespace mpb
