#include "analysis/connections.hh"

#include <algorithm>
#include <map>

#include "analysis/text.hh"

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

// More than this difference between the shares of connections is told.
constexpr double kNotableShare = 0.1;

// Of a group's valid runs together, at the end that sends most of the values.
ProbeRtt probe_rtt_of(const RunGroup& group) {
  ProbeRtt sum;
  const std::string end = group.first->op == "set" ? "client" : "server";
  for (const Run* run : group.valid) {
    const auto its = run->probe_rtt.find(end);
    if (its == run->probe_rtt.end()) continue;
    sum.sockets += its->second.sockets;
    sum.probing += its->second.probing;
    sum.phases += its->second.phases;
  }
  return sum;
}

// Of one protocol, over all its runs.
struct Connecting {
  Histogram ready, complete;
};

// "21.3 and 22.0 ms"; with the p99 "21.3, 21.9 and 22.0 ms".
std::string spread_text(const Histogram& times, bool with_p99) {
  const auto text = [&times](double q) {
    return milliseconds(static_cast<double>(times.quantile(q).count()));
  };
  return text(0.5) + (with_p99 ? ", " + text(0.99) : "") + " and " + text(1) + " ms";
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
      shares +=
          (shares.empty() ? " " : ", ") + percent(*share) + " with " + contestant(*group->first);
    }
    if (shares.empty()) continue;
    cells += (cells.empty() ? "" : "; ") + cell_of(*head.first, sweep);
    cells += shares;
  }
  if (cells.empty()) return "";
  return "Requests on connections that had been idle for longer than their retransmission "
         "time-out: " +
         cells +
         ". The kernel shrinks the congestion window of such a connection "
         "(tcp_slow_start_after_idle), so a large reply takes more round trips.";
}

std::string connecting_sentence(const Result& result) {
  std::map<std::size_t, std::pair<std::string, Connecting>> protocols;  // in the tables' order
  for (const Run& run : result.runs) {
    const Outcome& outcome = run.outcome;
    if (outcome.ready_after.count() == 0) continue;
    auto& [name, its] = protocols[rank_of(run.proto)];
    name = run.proto;
    its.ready.merge(outcome.ready_after);
    its.complete.merge(outcome.complete_after);
  }
  if (protocols.empty()) return "";
  const bool p99 = std::all_of(protocols.begin(), protocols.end(), [](const auto& entry) {
    const Connecting& its = entry.second.second;
    return has_enough_samples(its.ready, 0.99) &&
           (its.complete.count() == 0 || has_enough_samples(its.complete, 0.99));
  });
  std::string ready, complete;
  for (const auto& [rank, entry] : protocols) {
    const auto& [name, its] = entry;
    ready += (ready.empty() ? "" : ", ") + name + " " + spread_text(its.ready, p99);
    if (its.complete.count() == 0) continue;
    complete += (complete.empty() ? "" : ", ") + name + " " + spread_text(its.complete, p99);
    if (its.complete.count() < its.ready.count())
      complete += " (" + std::to_string(its.complete.count()) + " of " +
                  std::to_string(its.ready.count()) + " connections)";
  }
  return std::string("Time from connect to ready, median") + (p99 ? ", p99" : "") +
         " and maximum: " + ready + "." +
         (complete.empty() ? "" : " To all subflows: " + complete + ".");
}

std::optional<double> probe_rtt_share(const RunGroup& group) {
  const ProbeRtt its = probe_rtt_of(group);
  if (its.sockets == 0) return std::nullopt;
  return static_cast<double>(its.probing) / static_cast<double>(its.sockets);
}

std::string probe_rtt_sentence(const std::vector<RunGroup>& groups) {
  const bool sweep = rates_of(groups) > 1;
  std::string cells;
  for (auto group = groups.begin(); group != groups.end();) {
    const RunGroup& head = *group;
    std::string text;
    double least = 1, most = 0;
    for (; group != groups.end() && same_cell(*group, head); ++group) {
      const ProbeRtt its = probe_rtt_of(*group);
      if (its.sockets == 0) continue;
      const double share = static_cast<double>(its.probing) / static_cast<double>(its.sockets);
      least = std::min(least, share);
      most = std::max(most, share);
      const bool mptcp = group->first->mptcp.connections > 0;
      text += (text.empty() ? " " : ", ") + std::to_string(its.probing) + " of " +
              std::to_string(its.sockets) + (mptcp ? " subflows" : " connections") + " with " +
              contestant(*group->first);
    }
    if (most - least <= kNotableShare) continue;
    cells += (cells.empty() ? "" : "; ") + cell_of(*head.first, sweep);
    cells += text;
  }
  if (cells.empty()) return "";
  return "bbr's PROBE_RTT, in which a connection nearly stops for at least 200 ms, was seen in: " +
         cells + ".";
}

std::vector<std::string> connection_sentences(const Result& result,
                                              const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  for (std::string sentence :
       {idle_sentence(groups), probe_rtt_sentence(groups), connecting_sentence(result)}) {
    if (!sentence.empty()) sentences.push_back(std::move(sentence));
  }
  return sentences;
}

}  // namespace mpb
