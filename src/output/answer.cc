#include "output/answer.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "analysis/competing.hh"
#include "analysis/curve.hh"
#include "analysis/headline.hh"
#include "analysis/slo.hh"
#include "analysis/stalls.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "result/protocol.hh"

namespace mpb {

const char* const kNothingToCompare =
    "Only one protocol was measured, so there is nothing to compare it with.";

namespace {

// "TCP" and "MPTCP" as in any text; other contestants as the tables call them: "tcp-split".
std::string title_name(const std::string& name) {
  return name == "tcp" || name == "mptcp" ? upper(name) : name;
}

// A scheduler that keeps this share of the bytes on one link leaves hardly anything to gain from
// the others.
constexpr double kNearlyAll = 0.9;

using Ratios = std::vector<const Figure*>;

// Between cells. The name of a cell with conditions contains commas.
const char* separator_of(const std::string& cell) {
  return cell.find(',') == std::string::npos ? ", " : "; ";
}

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
  if (!withheld.empty())
    clauses.push_back(fmt::format(
        "no verdict{}, {} {}", in_how_many(withheld.size(), cells.size()),
        withheld.size() == 1 ? "because" : "for reasons such as this:", withheld.front()));
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

// Of the headline: above 1 if the protocol is better than its base.
double gain_of(const Figure& ratio) {
  return ratio.metric->bigger_is_better ? ratio.value : 1 / ratio.value;
}

// Whether the runs do not show that the protocol gains from its other links.
bool gains_nothing(const Figure& ratio) {
  const double margin = std::log(1 + ratio.metric->margin);
  const bool within = std::fabs(std::log(ratio.value)) <= margin;
  const bool may_be_one = ratio.interval && ratio.interval->low <= 1 && ratio.interval->high >= 1;
  return within || may_be_one;
}

// Whether the protocol gains, but no more than the few bytes explain that the other links carry.
bool gains_little(const Figure& ratio) {
  const double gain = gain_of(ratio);
  return gain > 1 && gain <= 1 / kNearlyAll;
}

// The link that carried nearly all bytes of MPTCP, and its share.
std::optional<std::pair<std::string, double>> nearly_only_link(const RunGroup& group) {
  const Run& first = *group.valid.front();
  if (first.mptcp.connections == 0 || first.links.size() < 2 || !first.outcome.segments.empty())
    return std::nullopt;
  for (std::size_t i = 0; i < first.links.size(); ++i) {
    const double share = median_of(
        group, [i](const Run& run) { return i < run.links.size() ? share_of(run.links, i) : 0; });
    if (share > kNearlyAll) return std::pair{first.links[i].name, share};
  }
  return std::nullopt;
}

// The cells of one protocol whose bytes one link carried.
struct Kept {
  std::vector<std::string> cells;
  double share = 1;     // the smallest of them
  bool nothing = true;  // no cell shows a gain
  bool open = false;    // an open loop
};

std::string kept_sentence(const Analysis& analysis, const std::string& protocol,
                          const std::string& link, const Kept& its) {
  const auto all =
      std::count_if(analysis.groups.begin(), analysis.groups.end(),
                    [&](const RunGroup& group) { return contestant(*group.first) == protocol; });
  const bool several = its.cells.size() > 1;
  constexpr std::size_t kMostNamed = 6;
  const std::string cells =
      several && std::ssize(its.cells) == all
          ? all == 2 ? "in both cells" : fmt::format("in all {} cells", all)
      : its.cells.size() > kMostNamed
          ? fmt::format("in {} of {} cells", its.cells.size(), all)
          : fmt::format("with {}", fmt::join(its.cells, separator_of(its.cells.front())));
  const std::string share = percent(its.share);
  const std::string bytes =
      share == "100 %" ? "nearly all bytes"
                       : fmt::format("{}{} of the bytes", several ? "at least " : "", share);
  return fmt::format(
      "{} gained {} {}: its scheduler kept {} on {}. {} more data in flight, "
      "and MPTCP then uses the other links too{}",
      title_name(protocol), its.nothing ? "nothing" : "little", cells, bytes, link,
      its.open ? "A higher --rate puts" : "More connections (-c) put",
      analysis.explanations.empty() ? "." : "; \"Why\" below has the details.");
}

// "MPTCP gained nothing with GET 4k: its scheduler kept 96 % of the bytes on link1. ...", one for
// each link that carried nearly all bytes of this protocol. None for a protocol that is meant to
// use one link, and none for a variant that is compared with MPTCP: both have the second link.
std::vector<std::string> scheduler_sentences(const Analysis& analysis,
                                             const std::string& protocol) {
  std::map<std::string, Kept> kept;  // by link
  for (const RunGroup& group : analysis.groups) {
    if (contestant(*group.first) != protocol || !group.first->proto.starts_with("mptcp") ||
        group.first->proto.starts_with("mptcp-one"))
      continue;
    const Figure* ratio = headline_ratio(analysis.figures, analysis.groups, group);
    if (ratio == nullptr || !ratio->base.starts_with("tcp") ||
        !(gains_nothing(*ratio) || gains_little(*ratio)))
      continue;
    const auto link = nearly_only_link(group);
    if (!link) continue;
    Kept& its = kept[link->first];
    its.cells.push_back(cell_of(*group.first));
    its.share = std::min(its.share, link->second);
    its.nothing = its.nothing && gains_nothing(*ratio);
    its.open = group.first->rate_rps.has_value();
  }
  std::vector<std::string> sentences;
  for (const auto& [link, its] : kept)
    sentences.push_back(kept_sentence(analysis, protocol, link, its));
  return sentences;
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

// The first reason why the run is invalid, but not its remedy, which stands below the tables.
std::string first_reason(const Run& run) {
  const std::string& reason = run.invalid_reasons.front();
  return reason.substr(0, reason.find(": "));
}

// "MPTCP: none of its 36 runs is valid (fell back to TCP on 50 of 50 connections)." with the reason
// of the first run; "" if a run is valid.
std::string all_invalid_sentence(const Result& result, const std::string& proto) {
  std::size_t count = 0;
  std::string why;
  for (const Run& run : result.runs) {
    if (contestant(run) != proto || run.search) continue;
    if (run.valid()) return "";
    if (count++ == 0) why = first_reason(run);
  }
  if (count == 1) return fmt::format("{}: its run is not valid ({}).", title_name(proto), why);
  return fmt::format("{}: none of its {} runs is valid ({}).", title_name(proto), count, why);
}

// "TCP: the throughput is 2,898/s with GET 4k (95 % 2,896/s to 2,898/s)." of the only protocol.
std::string alone_sentence(const Analysis& analysis) {
  std::vector<Figure> figures;
  std::string cell;
  for (const RunGroup& group : analysis.groups) {
    const bool sync = group.first->op == "sync";
    Figure figure =
        figure_of(sync ? *find_metric("sync") : headline_of(analysis.groups, group), group);
    if (figure.values.empty()) continue;
    cell = cell_of(*group.first);
    if (figures.empty() || figures.front().metric == figure.metric)
      figures.push_back(std::move(figure));
  }
  if (figures.empty()) return "";
  const auto [low, high] =
      std::minmax_element(figures.begin(), figures.end(),
                          [](const Figure& a, const Figure& b) { return a.value < b.value; });
  const std::string text =
      fmt::format("{}: {} is {}", title_name(contestant(*analysis.groups.front().first)),
                  name_in_sentence(*low->metric), value_text(*low, low->value));
  if (figures.size() > 1) {
    return fmt::format("{} to {} in {} cells.", text, value_text(*high, high->value),
                       figures.size());
  }
  if (!low->interval) return fmt::format("{} with {}.", text, cell);
  return fmt::format("{} with {} (95 % {} to {}).", text, cell,
                     value_text(*low, low->interval->low), value_text(*low, low->interval->high));
}

// Why there is no ratio, or which protocols have none. Empty if everything is compared. A search is
// compared by its answers instead.
std::vector<std::string> uncompared_sentences(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<RunGroup>& groups = analysis.groups;
  if (result.runs.empty()) return {"No run was completed."};
  if (std::none_of(result.runs.begin(), result.runs.end(),
                   [](const Run& run) { return run.valid(); }))
    return {fmt::format("{} valid ({}).",
                        result.runs.size() == 1
                            ? "The run is not"
                            : fmt::format("None of the {} runs is", result.runs.size()),
                        first_reason(result.runs.front()))};
  std::vector<std::string> sentences;
  std::vector<std::string> protos;
  for (const RunGroup& group : groups) {
    const std::string proto = contestant(*group.first);
    if (std::find(protos.begin(), protos.end(), proto) != protos.end()) continue;
    protos.push_back(proto);
    std::string invalid = all_invalid_sentence(result, proto);
    if (!invalid.empty()) sentences.push_back(std::move(invalid));
  }
  if (!sentences.empty() || protos.empty()) return sentences;
  if (protos.size() == 1) return {alone_sentence(analysis), kNothingToCompare};
  const auto any_base = [&](auto is) {
    return std::any_of(groups.begin(), groups.end(), [&](const RunGroup& g) {
      const RunGroup* base = base_group(groups, g);
      return base != nullptr && is(g, *base);
    });
  };
  if (!any_base([](const RunGroup&, const RunGroup&) { return true; }))
    return {"There is nothing to compare with, because tcp was not measured."};
  if (!any_base([](const RunGroup& g, const RunGroup& b) { return blocks_of_both(g, b) > 0; }))
    return {"There is nothing to compare, because no block has a valid run of both."};
  return {};
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
