#include "output/answer.hh"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "analysis/curve.hh"
#include "analysis/headline.hh"
#include "analysis/slo.hh"
#include "analysis/stalls.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"

namespace mpb {

const char* const kNothingToCompare =
    "Only one protocol was measured, so there is nothing to compare it with.";

namespace {

// A scheduler that keeps so much on one link leaves nothing to gain from the others.
constexpr double kNearlyAll = 0.9;

using Ratios = std::vector<const Figure*>;

// "1.50", "1.50 to 1.61".
std::string range_text(const Ratios& cells) {
  const auto [low, high] =
      std::minmax_element(cells.begin(), cells.end(),
                          [](const Figure* a, const Figure* b) { return a->value < b->value; });
  return fixed((*low)->value, 2) + (cells.size() > 1 ? " to " + fixed((*high)->value, 2) : "");
}

// "95 % 1.49-1.51", of several cells "95 % intervals within 1.49-1.65"; "" where one has none.
std::string intervals_text(const Ratios& cells) {
  Interval all = cells.front()->interval.value_or(Interval{});
  for (const Figure* cell : cells) {
    if (!cell->interval) return "";
    all.low = std::min(all.low, cell->interval->low);
    all.high = std::max(all.high, cell->interval->high);
  }
  return (cells.size() > 1 ? "95 % intervals within " : "95 % ") + interval_text(all, 2);
}

// "better in 4, equivalent in 2"; "" without any verdict.
std::string verdicts_text(const Ratios& cells) {
  std::string text;
  for (const Verdict kind :
       {Verdict::kBetter, Verdict::kEquivalent, Verdict::kInconclusive, Verdict::kWorse}) {
    const auto count = std::count_if(cells.begin(), cells.end(), [kind](const Figure* figure) {
      return figure->judgement.verdict == kind;
    });
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + to_text(kind) +
            (cells.size() == 1            ? ""
             : count == std::ssize(cells) ? " in all"
                                          : " in " + std::to_string(count));
  }
  return text;
}

// "MPTCP got 1.50 to 1.61 times the throughput of TCP in 4 cells (95 % intervals within
// 1.48-1.63): better in all."
std::string headline_sentence(const Ratios& cells) {
  const Figure& first = *cells.front();
  const std::string intervals = intervals_text(cells);
  const std::string verdicts = verdicts_text(cells);
  std::string text = upper(contestant(first)) +
                     (first.metric->bigger_is_better ? " got " : " had ") + range_text(cells) +
                     " times " + long_name(*first.metric) + " of " + upper(contestant_base(first)) +
                     (cells.size() > 1 ? " in " + std::to_string(cells.size()) + " cells" : "");
  if (!intervals.empty()) text += " (" + intervals + ")";
  if (!verdicts.empty()) return text + ": " + verdicts + ".";
  if (intervals.empty()) return text + " (too few blocks for a verdict).";
  const auto withheld = std::find_if(cells.begin(), cells.end(),
                                     [](const Figure* cell) { return !cell->withheld.empty(); });
  return text + ". There is no verdict" +
         (withheld == cells.end() ? "." : ": " + (*withheld)->withheld + ".");
}

// "MPTCP got 0.51 times the throughput of TCP-SPLIT, ..." Next to TCP over one link most of a gain
// is that of a second link, which plain connections spread over both would have too. It is no
// verdict of the table.
std::string rival_sentence(const Analysis& analysis) {
  std::vector<Figure> ratios;
  for (const RunGroup& group : analysis.groups) {
    if (group.first->proto != "mptcp") continue;
    const RunGroup* rival = find_group(analysis.groups, group, "tcp-split");
    const Metric& metric = headline_of(analysis.groups, group);
    if (rival == nullptr || &metric != find_metric("throughput")) continue;
    Figure ratio = ratio_of(metric, group, *rival);
    if (!ratio.values.empty()) ratios.push_back(std::move(ratio));
  }
  if (ratios.empty()) return "";
  Ratios cells;
  for (const Figure& ratio : ratios) cells.push_back(&ratio);
  const std::string intervals = intervals_text(cells);
  return "MPTCP got " + range_text(cells) +
         " times the throughput of tcp-split, whose TCP connections are spread over the same "
         "links" +
         (cells.size() > 1 ? ", in " + std::to_string(cells.size()) + " cells" : "") +
         (intervals.empty() ? "." : " (" + intervals + ").");
}

// Congestion control decides some answers, and most hosts use cubic.
std::string congestion_sentence(const Result& result) {
  if (!result.parameters.congestions.empty()) return "";  // each row names its own
  const std::string used = congestion_text(result);
  if (used.empty() || used == "cubic") return "";
  return "Congestion control is " + used +
         ": with cubic, which most hosts use, the answer may be different (--congestion cubic).";
}

// Each protocol's headlines, in the order of the table.
std::vector<std::string> headline_sentences(const Analysis& analysis) {
  std::vector<std::pair<std::string, const Metric*>> order;
  std::map<std::pair<std::string, const Metric*>, Ratios> cells;
  for (const RunGroup& group : analysis.groups) {
    const Figure* ratio = headline_ratio(analysis.figures, analysis.groups, group);
    if (ratio == nullptr) continue;
    const std::pair key{contestant(*ratio), ratio->metric};
    if (!cells.contains(key)) order.push_back(key);
    cells[key].push_back(ratio);
  }
  std::vector<std::string> sentences;
  for (const auto& key : order) sentences.push_back(headline_sentence(cells[key]));
  return sentences;
}

// Whether the runs do not show that the protocol gains from its other links.
bool gains_nothing(const Figure& ratio) {
  const double margin = std::log(1 + ratio.metric->margin);
  const bool within = std::fabs(std::log(ratio.value)) <= margin;
  const bool may_be_one = ratio.interval && ratio.interval->low <= 1 && ratio.interval->high >= 1;
  return within || may_be_one;
}

// The link that carried nearly all of what MPTCP sent, and its share.
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

// "MPTCP gained nothing with GET 4k: its scheduler kept 96 % of the bytes on link1. ..." A protocol
// that was meant to use one link is not in it.
std::vector<std::string> scheduler_sentences(const Analysis& analysis) {
  struct Kept {
    std::string cells;
    double share = 1;
    bool open = false;
  };
  std::map<std::pair<std::string, std::string>, Kept> kept;  // by protocol and link
  for (const RunGroup& group : analysis.groups) {
    const Figure* ratio = headline_ratio(analysis.figures, analysis.groups, group);
    if (ratio == nullptr || !gains_nothing(*ratio) || !group.first->proto.starts_with("mptcp") ||
        group.first->proto.starts_with("mptcp-one"))
      continue;
    const auto link = nearly_only_link(group);
    if (!link) continue;
    Kept& its = kept[{contestant(*group.first), link->first}];
    its.cells += (its.cells.empty() ? "" : ", ") + cell_of(*group.first);
    its.share = std::min(its.share, link->second);
    its.open = group.first->rate_rps.has_value();
  }
  std::vector<std::string> sentences;
  for (const auto& [key, its] : kept) {
    const bool several = its.cells.find(", ") != std::string::npos;
    sentences.push_back(upper(key.first) + " gained nothing with " + its.cells +
                        ": its scheduler kept " + (several ? "at least " : "") +
                        percent(its.share) + " of the bytes on " + key.second + ". " +
                        (its.open ? "A higher --rate puts" : "More connections (-c) put") +
                        " more in flight than one link takes, and the rest goes over the others" +
                        (analysis.explanations.empty() ? "." : "; \"Why\" below has the details."));
  }
  return sentences;
}

// "MPTCP: none of its 36 runs is valid (fell back to TCP)." with the reason of the first of them;
// "" where one is valid.
std::string all_invalid_sentence(const Result& result, const std::string& proto) {
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

// "TCP: the throughput is 2,898/s with GET 4k (95 % 2,896/s to 2,898/s)." of the one protocol that
// there is.
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
  std::string text = upper(contestant(*analysis.groups.front().first)) + ": " +
                     long_name(*low->metric) + " is " + value_text(*low, low->value);
  if (figures.size() > 1) {
    return text + " to " + value_text(*high, high->value) + " in " +
           std::to_string(figures.size()) + " cells.";
  }
  text += " with " + cell;
  if (!low->interval) return text + ".";
  return text + " (95 % " + value_text(*low, low->interval->low) + " to " +
         value_text(*low, low->interval->high) + ").";
}

// Why there is no ratio, or not of everything that was measured; none where all is compared. The
// steps of a search are compared by their answers.
std::vector<std::string> uncompared_sentences(const Analysis& analysis) {
  const Result& result = analysis.result;
  const std::vector<RunGroup>& groups = analysis.groups;
  if (result.runs.empty()) return {"No run was completed."};
  if (std::none_of(result.runs.begin(), result.runs.end(),
                   [](const Run& run) { return run.valid(); }))
    return {"None of the runs is valid."};
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
  append(sentences, stall_sentences(analysis.groups));
  append(sentences, headline_sentences(analysis));
  append(sentences, {rival_sentence(analysis)});
  if (!sentences.empty()) append(sentences, {congestion_sentence(analysis.result)});
  append(sentences, scheduler_sentences(analysis));
  const std::vector<std::string> uncompared = uncompared_sentences(analysis);
  append(sentences, uncompared);
  // A share of some, next to the ratio; where it is all of a protocol's, that was just written.
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
