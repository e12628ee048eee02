#include "output/answer.hh"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "analysis/competing.hh"
#include "analysis/curve.hh"
#include "analysis/headline.hh"
#include "analysis/slo.hh"
#include "analysis/stalls.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/scheduler_sentences.hh"
#include "output/uncompared_sentences.hh"
#include "result/protocol.hh"

namespace mpb {

namespace {

using Ratios = std::vector<const Figure*>;

// "1.50", "1.50 to 1.61".
std::string range_text(const Ratios& cells) {
  const auto [low, high] =
      std::minmax_element(cells.begin(), cells.end(),
                          [](const Figure* a, const Figure* b) { return a->value < b->value; });
  const std::string from = fixed((*low)->value, 2), to = fixed((*high)->value, 2);
  return from == to ? from : fmt::format("{} to {}", from, to);
}

// " (95 % 1.49-1.51)"; "" if none has an interval.
std::string intervals_text(const Ratios& cells) {
  std::vector<std::optional<Interval>> all;
  for (const Figure* cell : cells) all.push_back(cell->interval);
  const std::string text = intervals_text(all);
  return text.empty() ? "" : fmt::format(" ({})", text);
}

// Why ratios without an interval have no verdict.
std::string reason_for_no_interval(const Analysis& analysis) {
  const std::size_t blocks = blocks_of(analysis.result);
  if (blocks >= kFewestForInterval)
    return fmt::format("fewer than {} blocks have valid runs of both", kFewestForInterval);
  return fmt::format("it takes at least {} blocks, and there {} {}", kFewestForInterval,
                     blocks == 1 ? "is" : "are", blocks);
}

// "better in 4, equivalent in 2; no verdict in 1, because fewer than 6 blocks have valid runs of
// both". Every cell is counted.
std::string verdicts_text(const Analysis& analysis, const Ratios& cells) {
  std::vector<Verdict> verdicts;
  std::size_t too_few = 0;
  std::vector<std::string> withheld;  // one reason for each cell
  for (const Figure* cell : cells) {
    verdicts.push_back(cell->judgement.verdict);
    if (cell->judgement.verdict != Verdict::kNone) continue;
    if (cell->interval) {
      withheld.push_back(cell->withheld);
    } else {
      ++too_few;
    }
  }
  std::vector<std::string> clauses;
  if (const std::string text = verdict_counts(verdicts); !text.empty()) clauses.push_back(text);
  if (too_few > 0)
    clauses.push_back(fmt::format("no verdict{}, because {}", in_how_many(too_few, cells.size()),
                                  reason_for_no_interval(analysis)));
  if (!withheld.empty()) {
    // Of one of several cells the figures stand below the table.
    const std::string& reason = withheld.front();
    clauses.push_back(
        fmt::format("no verdict{}, {} {}", in_how_many(withheld.size(), cells.size()),
                    withheld.size() == 1 ? "because" : "for reasons such as this:",
                    cells.size() == 1 ? reason : reason.substr(0, reason.find(": "))));
  }
  return fmt::format("{}", fmt::join(clauses, "; "));
}

// "MPTCP got 1.50 to 1.61 times the throughput of TCP in 4 cells (95 % intervals within
// 1.48-1.63): better in all." `all` is the number of cells in which the protocol was compared.
std::string headline_sentence(const Analysis& analysis, const Ratios& cells, std::size_t all) {
  const Figure& first = *cells.front();
  std::string where;
  if (all > 1) {
    where = cells.size() == 1     ? fmt::format(" with {}", cell_of(*first.runs.front()))
            : cells.size() == all ? fmt::format(" in {} cells", all)
                                  : fmt::format(" in {} of {} cells", cells.size(), all);
  }
  return fmt::format("{} {} {} times {} of {}{}{}: {}.", title_name(contestant(first)),
                     first.metric->bigger_is_better ? "got" : "had", range_text(cells),
                     name_in_sentence(*first.metric), title_name(contestant_base(first)), where,
                     intervals_text(cells), verdicts_text(analysis, cells));
}

// "MPTCP got 0.51 times the throughput of tcp-split, ..." Compared with TCP over one link, most of
// a gain comes from the second link, and plain connections that are spread over both would gain as
// much. It is not one of the table's verdicts.
std::string rival_sentence(const Analysis& analysis) {
  std::vector<Figure> ratios;
  for (const RunGroup& group : analysis.groups) {
    if (!is_named(*group.first, "mptcp")) continue;
    const RunGroup* rival = find_group(analysis.groups, group, "tcp-split");
    const Metric& metric = headline_of(analysis.groups, group);
    if (rival == nullptr || &metric != find_metric("throughput")) continue;
    Figure ratio = ratio_of(metric, group, *rival);
    if (!ratio.values.empty()) ratios.push_back(std::move(ratio));
  }
  if (ratios.empty()) return "";
  Ratios cells;
  for (const Figure& ratio : ratios) cells.push_back(&ratio);
  return fmt::format(
      "MPTCP got {} times the throughput of tcp-split, whose TCP connections are spread over the "
      "same links{}{}.",
      range_text(cells), cells.size() > 1 ? fmt::format(", in {} cells", cells.size()) : "",
      intervals_text(cells));
}

// Congestion control decides some answers, and most hosts use cubic. "" if the answer is of cubic.
std::string congestion_sentence(const Result& result) {
  if (!values(result.parameters.vary, "congestion").empty()) return "";  // each row names its own
  const std::string used = congestion_text(result);
  if (used.empty() || used == "cubic") return "";
  return fmt::format(
      "Congestion control is {}: with cubic, which most hosts use, the answer may be different "
      "(--congestion cubic).",
      used);
}

// Why a cell has no ratio of a protocol to its base.
std::string reason_for_no_ratio(const Analysis& analysis, const RunGroup& group,
                                const RunGroup& base) {
  for (const RunGroup* its : {&group, &base}) {
    if (its->valid.empty()) return fmt::format("no run of {} is valid", contestant(*its->first));
  }
  if (blocks_of_both(group, base) == 0) return "no block has a valid run of both";
  return "the runs have no value of " + name_in_sentence(headline_of(analysis.groups, group));
}

// The cells of one protocol.
struct Comparisons {
  std::string protocol;
  std::vector<std::pair<const Metric*, Ratios>> ratios;      // by their headline
  std::vector<std::pair<std::string, std::string>> without;  // reason, "GET 4k, SET 4k"
  std::size_t cells = 0;
  bool any_valid = false;
  bool is_mptcp = false;
};

// Of each protocol that has a base: mptcp, which the question is about, then the others in the
// order of the table.
std::vector<Comparisons> comparisons_of(const Analysis& analysis) {
  const auto entry = [](auto& list, const auto& key) -> auto& {
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&key](const auto& its) { return its.first == key; });
    return found == list.end() ? list.emplace_back(key, decltype(list.front().second){}).second
                               : found->second;
  };
  std::vector<Comparisons> all;
  for (const RunGroup& group : analysis.groups) {
    const RunGroup* base = base_group(analysis.groups, group);
    if (base == nullptr) continue;
    const std::string name = contestant(*group.first);
    auto its = std::find_if(all.begin(), all.end(),
                            [&name](const Comparisons& c) { return c.protocol == name; });
    if (its == all.end()) {
      its = all.insert(all.end(), Comparisons{});
      its->protocol = name;
      its->is_mptcp = group.first->proto == protocol(Proto::kMptcp).name;
    }
    ++its->cells;
    its->any_valid = its->any_valid || !group.valid.empty();
    if (const Figure* ratio = headline_ratio(analysis.figures, analysis.groups, group)) {
      entry(its->ratios, ratio->metric).push_back(ratio);
    } else {
      std::string& cells = entry(its->without, reason_for_no_ratio(analysis, group, *base));
      const std::string cell = cell_of(*group.first);
      cells += (cells.empty() ? "" : separator_of(cell)) + cell;
    }
  }
  std::stable_partition(all.begin(), all.end(), [](const Comparisons& c) { return c.is_mptcp; });
  return all;
}

// Of each protocol its headlines, an explanation if it gains little, and its cells without a ratio.
// A protocol without any valid run is left to uncompared_sentences().
std::vector<std::string> headline_sentences(const Analysis& analysis) {
  const std::vector<Comparisons> all = comparisons_of(analysis);
  std::vector<std::string> sentences;
  if (std::all_of(all.begin(), all.end(), [](const Comparisons& c) { return c.ratios.empty(); }))
    return sentences;
  for (const Comparisons& its : all) {
    for (const auto& [metric, ratios] : its.ratios)
      sentences.push_back(headline_sentence(analysis, ratios, its.cells));
    for (std::string& sentence : scheduler_sentences(analysis, its.protocol))
      sentences.push_back(std::move(sentence));
    if (!its.any_valid) continue;
    for (const auto& [reason, cells] : its.without) {
      sentences.push_back(fmt::format("{} has no ratio with {}, because {}.",
                                      title_name(its.protocol), cells, reason));
    }
  }
  return sentences;
}

void append(std::vector<std::string>& all, const std::vector<std::string>& sentences) {
  for (const std::string& sentence : sentences) {
    if (!sentence.empty()) all.push_back(sentence + (sentence.ends_with('.') ? "" : "."));
  }
}

}  // namespace

std::vector<std::string> answer_sentences(const Analysis& analysis) {
  std::vector<std::string> sentences;
  append(sentences, slo_sentences(analysis));
  append(sentences, sweep_sentences(analysis.groups));
  if (!sentences.empty()) {
    append(sentences, {congestion_sentence(analysis.result)});
    return sentences;
  }
  append(sentences, headline_sentences(analysis));
  append(sentences, {rival_sentence(analysis)});
  append(sentences, competing_sentences(analysis.groups));
  append(sentences, stall_sentences(analysis.groups));
  if (!sentences.empty()) append(sentences, {congestion_sentence(analysis.result)});
  const std::vector<std::string> uncompared = uncompared_sentences(analysis);
  append(sentences, uncompared);
  // If a protocol has lost all of its runs, a sentence above already reports that.
  if (uncompared.empty()) append(sentences, {invalid_shares(analysis.result)});
  return sentences;
}

std::string answer(const Analysis& analysis) {
  std::string text;
  for (const std::string& sentence : answer_sentences(analysis))
    text += (text.empty() ? "" : " ") + sentence;
  return text;
}

}  // namespace mpb
