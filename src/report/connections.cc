#include "report/connections.hh"

#include <algorithm>

#include "report/text.hh"

namespace mpb {

namespace {

// tcp_slow_start_after_idle means nothing to a congestion control that sets its own rate, which of
// the kernel's is bbr: such a window stays what it was.
bool shrinks_when_idle(const RunGroup& group) {
  return std::any_of(group.valid.begin(), group.valid.end(), [](const Run* run) {
    const std::set<std::string>& names = run->outcome.congestion_control;
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return !name.starts_with("bbr"); });
  });
}

}  // namespace

std::optional<double> idle_share(const RunGroup& group) {
  std::vector<double> shares;
  for (const Run* run : group.valid) {
    const Outcome& outcome = run->outcome;
    if (!outcome.after_idle || outcome.requests == 0) continue;
    shares.push_back(static_cast<double>(*outcome.after_idle) /
                     static_cast<double>(outcome.requests));
  }
  return shares.empty() ? std::nullopt : std::optional(median(std::move(shares)));
}

std::string idle_sentence(const std::vector<RunGroup>& groups) {
  const bool sweep = rates_of(groups) > 1;
  std::string cells;
  for (auto group = groups.begin(); group != groups.end();) {
    const RunGroup& head = *group;
    std::string shares;
    for (; group != groups.end() && same_cell(*group, head); ++group) {
      const std::optional<double> share = idle_share(*group);
      if (!share || *share < kNotablyIdle || !shrinks_when_idle(*group)) continue;
      shares += (shares.empty() ? " " : ", ") + percent(*share) + " with " + group->first->proto;
    }
    if (shares.empty()) continue;
    const Run& run = *head.first;
    cells += (cells.empty() ? "" : "; ") + upper(run.op) + " " + run.values;
    if (sweep && run.rate_rps) cells += " at " + grouped(*run.rate_rps) + " req/s";
    cells += shares;
  }
  if (cells.empty()) return "";
  return "Requests on connections that had been idle for longer than their retransmission "
         "time-out: " +
         cells +
         ". The kernel shrinks the congestion window of such a connection "
         "(tcp_slow_start_after_idle), so a large reply takes more round trips.";
}

}  // namespace mpb
