#include "analysis/verdicts.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/headline.hh"
#include "analysis/text.hh"

namespace mpb {

const char* const kAboutLatency =
    "Latency has a verdict with --rate, where both are offered the same load, on links that do not "
    "change.";

const char* const kAboutWindow =
    "Where links change, throughput depends on the length of the window, so the longest stall and "
    "the first success have the verdicts.";

const char* const kAboutMoreBlocks =
    "inconclusive (+N): about N more blocks would decide it, if the difference and the noise stay "
    "the same.";

const char* const kAboutTooShort =
    "inconclusive (N too short): N blocks have too few requests for the percentile, and the others "
    "are not a fair sample. Take a longer --duration.";

const char* const kAboutCutOff =
    "inconclusive (cut off): in some blocks a wait had not ended at the next event or at the end "
    "of the window. It was at least that long, so the ratio may be different.";

namespace {

// The largest number of blocks with valid runs of both sides.
std::size_t most_valid_blocks(const std::vector<const Figure*>& ratios) {
  std::size_t most = 0;
  for (const Figure* ratio : ratios) most = std::max(most, ratio->values.size() + ratio->too_short);
  return most;
}

}  // namespace

std::string count_of(std::size_t count, std::size_t all) {
  return count < all ? fmt::format("{} of {}", count, all) : std::to_string(count);
}

std::string invalid_shares(const Result& result) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> runs;  // invalid, made
  for (const Run& run : result.runs) {
    if (run.search) continue;
    runs[contestant(run)].first += run.valid() ? 0 : 1;
    runs[contestant(run)].second += 1;
  }
  std::vector<std::string> shares;
  for (const auto& [proto, count] : runs) {
    if (count.first > 0)
      shares.push_back(fmt::format("{} of {} of {}", count.first, count.second, proto));
  }
  return shares.empty() ? "" : fmt::format("Invalid runs: {}.", fmt::join(shares, ", "));
}

std::string interval_text(const std::optional<Interval>& interval, int decimals) {
  if (!interval) return "-";
  return fmt::format("{}-{}", fixed(interval->low, decimals), fixed(interval->high, decimals));
}

std::string intervals_text(const std::vector<std::optional<Interval>>& intervals) {
  std::optional<Interval> all;
  for (const std::optional<Interval>& interval : intervals) {
    if (!interval) continue;
    if (!all) all = interval;
    all->low = std::min(all->low, interval->low);
    all->high = std::max(all->high, interval->high);
  }
  if (!all) return "";
  return fmt::format("95 % {}{}", intervals.size() > 1 ? "intervals within " : "",
                     interval_text(all, 2));
}

std::string in_how_many(std::size_t count, std::size_t all) {
  if (all == 1) return "";
  return count == all ? " in all" : fmt::format(" in {}", count);
}

std::string verdict_counts(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> counts;
  for (const Verdict kind :
       {Verdict::kBetter, Verdict::kEquivalent, Verdict::kInconclusive, Verdict::kWorse}) {
    const auto count = std::count(verdicts.begin(), verdicts.end(), kind);
    if (count > 0)
      counts.push_back(to_text(kind) +
                       in_how_many(static_cast<std::size_t>(count), verdicts.size()));
  }
  return fmt::format("{}", fmt::join(counts, ", "));
}

std::string p_text(double p) { return p < 0.0001 ? "<0.0001" : fixed(p, 4); }

std::string p_text(const Judgement& judgement) {
  return judgement.family == 0 ? "-" : p_text(judgement.p);
}

std::string verdict_text(const Judgement& judgement, std::size_t too_short) {
  const std::string text = to_text(judgement.verdict);
  if (judgement.cut_off) return text + " (cut off)";
  if (too_short > 0) return fmt::format("{} ({} too short)", text, too_short);
  if (judgement.blocks_missing) return fmt::format("{} (+{})", text, *judgement.blocks_missing);
  return text;
}

std::vector<std::string> interval_sentences(std::size_t verdicts, std::size_t looks,
                                            Adjustment adjustment) {
  std::vector<std::string> sentences{
      "Each interval is exact and covers the true value with 95 % or more, by itself."};
  if (verdicts == 0) return sentences;
  sentences.emplace_back(
      "Better and worse: the ratio is beyond the margin of 2 % (throughput) or 5 % (latency, "
      "longest stall, first success). Equivalent: it is within the margin.");
  if (verdicts == 1) {
    sentences.emplace_back("The verdict is right with 95 % confidence.");
  } else if (adjustment == Adjustment::kHolm) {
    sentences.push_back(fmt::format(
        "The {} verdicts are right together with 95 % confidence (Holm's adjusted p).", verdicts));
  } else {
    sentences.push_back(
        fmt::format("There are {} verdicts: of those that are better, worse or equivalent, at most "
                    "5 % are wrong "
                    "on average (Benjamini and Hochberg's adjusted p).",
                    verdicts));
  }
  if (looks > 1) {
    sentences.push_back(fmt::format(
        "Blocks were added after the verdicts could be seen, so each p is also multiplied by {}, "
        "the number of looks.",
        looks));
  }
  return sentences;
}

std::string few_blocks_sentence(const Analysis& analysis) {
  const std::vector<const Figure*> ratios = ratios_in(analysis);
  const std::size_t blocks = blocks_of(analysis.result);
  const bool any = std::any_of(ratios.begin(), ratios.end(),
                               [](const Figure* ratio) { return ratio->interval.has_value(); });
  if (ratios.empty() || any) return "";
  if (blocks >= kFewestForInterval) {
    const std::size_t valid = most_valid_blocks(ratios);
    return fmt::format(
        "Only {} of {} blocks {} valid runs of both: the ratios have no interval and may be luck. "
        "An interval takes {} such blocks.",
        valid, blocks, valid == 1 ? "has" : "have", kFewestForInterval);
  }
  return fmt::format(
      "{}: the ratios have no interval and may be luck. An interval takes {} blocks, and --repeat "
      "10 is a good number.",
      blocks == 1 ? "One block" : fmt::format("{} blocks", blocks), kFewestForInterval);
}

std::string value_text(const Figure& figure, double value) {
  if (!figure.base.empty()) return fixed(value, 3) + "x";
  switch (figure.metric->unit) {
    case Unit::kRequestsPerSecond:
      return format_count(value) + "/s";
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

std::vector<std::string> noise_sentences(const Analysis& analysis) {
  std::map<std::pair<std::string, std::string>, std::vector<const Figure*>>
      kinds;  // by metric and protocol
  for (const Figure* figure : ratios_in(analysis)) {
    if (figure->proto.ends_with(kAgain))
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
    sentences.push_back(fmt::format(
        "Noise floor, {} of {}: with {} blocks, differences below ±{} are indistinguishable from "
        "noise; {} of {} comparisons with itself {} a ratio of 1.",
        kind.first, kind.second, blocks, percent(widest, 1), different, cells.size(),
        different == 1 ? "excludes" : "exclude"));
  }
  return sentences;
}

std::vector<std::string> outlier_sentences(const Analysis& analysis) {
  const Result& result = analysis.result;
  constexpr std::size_t kMost = 12;
  std::map<int, std::string>
      apart;  // by the order of runs: the figures in which a run stands apart
  std::map<int, const Run*> runs;
  for (const Figure& figure : analysis.figures) {
    if (!figure.base.empty() || !figure.metric->headline ||
        figure.values.size() < kFewestForInterval)
      continue;
    for (const std::size_t i : figure.outliers) {
      const Run& run = *figure.runs[i];
      runs[run.order] = &run;
      std::string& its = apart[run.order];
      its += fmt::format("{}{} {} (median {})", its.empty() ? "" : ", ", shown_name(*figure.metric),
                         value_text(figure, figure.values[i]), value_text(figure, figure.value));
    }
  }
  std::vector<std::string> sentences;
  for (const auto& [order, figures] : apart) {
    if (sentences.size() == kMost) {
      sentences.push_back(fmt::format(
          "and {} more runs stand apart; figures[].outliers of the result lists them all.",
          apart.size() - kMost));
      break;
    }
    const Run& run = *runs[order];
    sentences.push_back(
        fmt::format("run {} of {} ({} {} {}{}) stands apart, and counts like the others: {}.",
                    order + 1, result.runs.size(), contestant(run), run.op, run.values,
                    conditions_text(run.conditions), figures));
  }
  return sentences;
}

}  // namespace mpb
