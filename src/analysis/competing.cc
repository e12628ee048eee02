#include "analysis/competing.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/text.hh"
#include "sys/numbers.hh"

namespace mpb {

bool has_competing_flow(const RunGroup& group) {
  return !group.valid.empty() &&
         std::all_of(group.valid.begin(), group.valid.end(),
                     [](const Run* run) { return run->competing_flow.has_value(); });
}

double flows_of_load(const RunGroup& group) {
  return median_of(group, [](const Run& run) {
    return static_cast<double>(run.connections) * std::max(1, run.mptcp.subflows_min);
  });
}

std::optional<Summary> share_of_load(const RunGroup& group) {
  std::vector<double> shares;
  for (const Run* run : group.valid) {
    const double both = run->goodput_bps + run->competing_flow->goodput_bps;
    if (both > 0) shares.push_back(run->goodput_bps / both);
  }
  if (shares.empty()) return std::nullopt;
  return summarize(shares);
}

std::vector<std::string> competing_sentences(const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  for (auto group = groups.begin(); group != groups.end();) {
    const RunGroup& head = *group;
    std::string link;
    std::vector<std::string> shares;
    for (; group != groups.end() && same_cell(*group, head); ++group) {
      if (!has_competing_flow(*group)) continue;
      const std::optional<Summary> share = share_of_load(*group);
      if (!share) continue;
      link = group->valid.front()->competing_flow->link;
      const double flows = flows_of_load(*group);
      shares.push_back(fmt::format("{} ({} {}) {}{}", contestant(*group->first), fixed(flows, 0),
                                   flows == 1 ? "flow" : "flows", shares.empty() ? "got " : "",
                                   percent(share->median)));
      if (shares.size() == 1) shares.back() += " of the goodput of both";
    }
    if (!shares.empty())
      sentences.push_back(fmt::format("{}, next to a TCP flow on {}: {}", cell_of(*head.first),
                                      link, fmt::join(shares, ", ")));
  }
  return sentences;
}

}  // namespace mpb
