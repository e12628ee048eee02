#include "output/scheduler_sentences.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "analysis/group.hh"
#include "analysis/headline.hh"
#include "analysis/text.hh"

namespace mpb {

namespace {

// A scheduler that keeps this share of the bytes on one link leaves hardly anything to gain from
// the others.
constexpr double kNearlyAll = 0.9;

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

// The link that carried nearly all bytes of MPTCP, and its share. Of several clients, the links
// with the same place count together.
std::optional<std::pair<std::string, double>> nearly_only_link(const Result& result,
                                                               const RunGroup& group) {
  const Run& first = *group.valid.front();
  const std::size_t per_client = result.scenario.per_client(first.links.size());
  if (first.mptcp.connections == 0 || per_client < 2 || !first.outcome.segments.empty())
    return std::nullopt;
  for (std::size_t i = 0; i < per_client; ++i) {
    const double share =
        median_of(group, [&](const Run& run) { return share_of(run.links, i, per_client); });
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
  // Those with conditions have long names.
  const std::string separator = separator_of(its.cells.front());
  const std::size_t most_named = separator == ", " ? 6 : 2;
  const std::string cells = several && std::ssize(its.cells) == all
                                ? all == 2 ? "in both cells" : fmt::format("in all {} cells", all)
                            : its.cells.size() > most_named
                                ? fmt::format("in {} of {} cells", its.cells.size(), all)
                                : fmt::format("with {}", fmt::join(its.cells, separator));
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

}  // namespace

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
    const auto link = nearly_only_link(analysis.result, group);
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

}  // namespace mpb
