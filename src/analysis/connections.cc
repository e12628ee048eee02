#include "analysis/connections.hh"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/text.hh"

namespace mpb {

namespace {

// tcp_slow_start_after_idle does not affect a congestion control that sets its own rate. In the
// kernel that is bbr: its window stays as it was.
bool shrinks_when_idle(const RunGroup& group) {
  return std::any_of(group.valid.begin(), group.valid.end(), [](const Run* run) {
    const std::set<std::string>& names = run->outcome.congestion_control;
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return !name.starts_with("bbr"); });
  });
}

// A larger difference between the shares of connections is reported.
constexpr double kNotableShare = 0.1;

// The sum over a group's valid runs, at the end that sends most of the values.
ProbeRtt probe_rtt_of(const RunGroup& group) {
  ProbeRtt sum;
  const std::string end = group.first->op == "set" ? "client" : "server";
  for (const Run* run : group.valid) {
    for (const auto& [host, count] : run->probe_rtt) {
      if (!host.starts_with(end)) continue;  // "client2" is one of the clients
      sum.sockets += count.sockets;
      sum.probing += count.probing;
      sum.phases += count.phases;
    }
  }
  return sum;
}

// The times of one protocol, over all its runs.
struct ConnectTimes {
  Histogram ready, complete;
};

// "21.3 and 22.0 ms"; with the p99 "21.3, 21.9 and 22.0 ms".
std::string spread_text(const Histogram& times, bool with_p99) {
  const auto text = [&times](double q) {
    return milliseconds(static_cast<double>(times.quantile(q).count()));
  };
  return fmt::format("{}{} and {} ms", text(0.5), with_p99 ? ", " + text(0.99) : "", text(1));
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
  std::vector<std::string> cells;
  for (auto group = groups.begin(); group != groups.end();) {
    const RunGroup& head = *group;
    std::vector<std::string> shares;
    for (; group != groups.end() && same_cell(*group, head); ++group) {
      const std::optional<double> share = idle_share(*group);
      if (!share || *share < kNotablyIdle || !shrinks_when_idle(*group)) continue;
      shares.push_back(fmt::format("{} with {}", percent(*share), contestant(*group->first)));
    }
    if (!shares.empty())
      cells.push_back(fmt::format("{} {}", cell_of(*head.first, sweep), fmt::join(shares, ", ")));
  }
  if (cells.empty()) return "";
  return fmt::format(
      "Requests on connections that had been idle for longer than their retransmission time-out: "
      "{}. The kernel shrinks the congestion window of such a connection "
      "(tcp_slow_start_after_idle), so a large reply takes more round trips.",
      fmt::join(cells, "; "));
}

std::string connecting_sentence(const Result& result) {
  // By rank_of() and the name of the contestant.
  std::map<std::pair<std::size_t, std::string>, ConnectTimes> protocols;
  for (const Run& run : result.runs) {
    const Outcome& outcome = run.outcome;
    if (outcome.ready_after.count() == 0) continue;
    ConnectTimes& its = protocols[{rank_of(run.proto), plain_name(run.proto, run.variant)}];
    its.ready.merge(outcome.ready_after);
    its.complete.merge(outcome.complete_after);
  }
  if (protocols.empty()) return "";
  const bool p99 = std::all_of(protocols.begin(), protocols.end(), [](const auto& entry) {
    const ConnectTimes& its = entry.second;
    return has_enough_samples(its.ready, 0.99) &&
           (its.complete.count() == 0 || has_enough_samples(its.complete, 0.99));
  });
  std::vector<std::string> ready, complete;
  for (const auto& [key, its] : protocols) {
    const std::string& name = key.second;
    ready.push_back(name + " " + spread_text(its.ready, p99));
    if (its.complete.count() == 0) continue;
    std::string text = name + " " + spread_text(its.complete, p99);
    if (its.complete.count() < its.ready.count())
      text += fmt::format(" ({} of {} connections)", its.complete.count(), its.ready.count());
    complete.push_back(std::move(text));
  }
  const std::string sentence = fmt::format("Time from connect to ready, median{} and maximum: {}.",
                                           p99 ? ", p99" : "", fmt::join(ready, ", "));
  if (complete.empty()) return sentence;
  return fmt::format("{} To all subflows: {}.", sentence, fmt::join(complete, ", "));
}

std::optional<double> probe_rtt_share(const RunGroup& group) {
  const ProbeRtt its = probe_rtt_of(group);
  if (its.sockets == 0) return std::nullopt;
  return static_cast<double>(its.probing) / static_cast<double>(its.sockets);
}

std::string probe_rtt_sentence(const std::vector<RunGroup>& groups) {
  const bool sweep = rates_of(groups) > 1;
  std::vector<std::string> cells;
  for (auto group = groups.begin(); group != groups.end();) {
    const RunGroup& head = *group;
    std::vector<std::string> counts;
    double least = 1, most = 0;
    for (; group != groups.end() && same_cell(*group, head); ++group) {
      const ProbeRtt its = probe_rtt_of(*group);
      if (its.sockets == 0) continue;
      const double share = static_cast<double>(its.probing) / static_cast<double>(its.sockets);
      least = std::min(least, share);
      most = std::max(most, share);
      const bool mptcp = group->first->mptcp.connections > 0;
      counts.push_back(fmt::format("{} of {} {} with {}", its.probing, its.sockets,
                                   mptcp ? "subflows" : "connections", contestant(*group->first)));
    }
    if (most - least > kNotableShare)
      cells.push_back(fmt::format("{} {}", cell_of(*head.first, sweep), fmt::join(counts, ", ")));
  }
  if (cells.empty()) return "";
  return fmt::format(
      "bbr's PROBE_RTT, in which a connection nearly stops for at least 200 ms, was seen in: {}.",
      fmt::join(cells, "; "));
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
