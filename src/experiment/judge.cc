#include "experiment/judge.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "analysis/text.hh"
#include "emu/traces.hh"
#include "experiment/store_under_test.hh"

namespace mpb {

namespace {

constexpr double kSaturatedShare = 0.01;  // of the offered requests, never sent
constexpr double kGrowthShare = 0.001;    // of the offered requests
constexpr double kGrowthShareInFlight = 0.05;
constexpr double kChance = 2;  // requests, added to the square root of the smallest backlog

// Whether more requests came due than were answered. `least` is the smallest backlog in each
// quarter of the window: it must grow from quarter to quarter, by more than chance explains.
//
// This finds overload that the limit of 1 % unsent requests misses: a slight overload over a long
// time, where all connections stay busy, and a short run in which the connections still have `room`
// for the excess. In the second case the growth must be large, because the backlog also grows for a
// while when congestion control still explores the links.
bool backlog_grew(const std::vector<std::uint64_t>& least, double offered, std::uint64_t room) {
  if (least.size() != 4 || least[1] >= least[2] || least[2] >= least[3]) return false;
  const auto grown = static_cast<double>(least[3] - least[1]);  // in half a window
  const double share = least[3] > room ? kGrowthShare : kGrowthShareInFlight;
  return grown > offered / 2 * share && grown > kChance + std::sqrt(static_cast<double>(least[1]));
}

std::string of_all(int part, int all) { return fmt::format("{} of {} connections", part, all); }

// The name of the link that a subflow uses, by its address on the client; "" if it is none of ours.
std::string link_of(const SubflowTrace& trace, const ExperimentOptions& options) {
  if (options.target || trace.local.empty()) return "";
  const std::optional<std::size_t> link = link_of_client(trace.local, options.scenario);
  return link ? options.scenario.links[*link].name : "";
}

// The number of links that connections use, from the client's first on.
std::size_t links_in_use(const ExperimentOptions& options, const Cell& cell) {
  const std::size_t links = options.scenario.links_per_client();
  const bool one_path = expected_subflows(cell.proto, options, links) == 1;
  return one_path ? 1 : links_of(cell.proto, links);
}

std::string state_of(const LinkEvent& event) {
  if (!event.state) return "";
  switch (*event.state) {
    case LinkEvent::State::kUp:
      return "up";
    case LinkEvent::State::kDown:
      return "down";
    case LinkEvent::State::kUnplugged:
      return "unplugged";
  }
  return "";
}

// Names the events with which the segments of the load begin. Without events there are no segments
// to distinguish.
void name_events(const ExperimentOptions& options, std::vector<Segment>& segments) {
  if (options.target || options.scenario.events.empty()) return segments.clear();
  for (Segment& segment : segments) {
    std::vector<std::string> words;
    for (const LinkEvent& event : options.scenario.events) {
      if (event.at != segment.from) continue;
      words.push_back(to_text(event, options.scenario));
      const std::string& link = options.scenario.links[event.link].name;
      segment.link = words.size() == 1 || segment.link == link ? link : "";
      segment.state = words.size() == 1 ? state_of(event) : "";
    }
    segment.event = fmt::format("{}", fmt::join(words, ", "));
  }
}

// A trace may have pauses that close connections, as events may.
bool links_change(const ExperimentOptions& options) {
  return !options.target &&
         (!options.scenario.events.empty() || link_with_trace(options.scenario.links) != nullptr);
}

// An open loop is saturated if requests were never sent, or if the backlog grew. The rate of the
// answers is not a criterion: a Poisson process at a low rate falls short of its mean in many
// healthy runs.
void judge_saturation(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                      Run& run) {
  if (!cell.rate) return;
  const std::uint64_t offered = outcome.requests + outcome.censored + outcome.lost();
  const auto room = static_cast<std::uint64_t>(options.workload.connections) *
                    static_cast<std::uint64_t>(options.workload.pipeline);
  // Unsent requests are missing among the latencies, whatever the reason; the latencies of the rest
  // are biased, so this counts where links change too.
  const bool unsent =
      static_cast<double>(outcome.unsent) > kSaturatedShare * static_cast<double>(offered);
  // Where links change, a backlog is an effect of that, not a sign of too high a rate.
  const bool grew =
      !links_change(options) && backlog_grew(outcome.backlog, static_cast<double>(offered), room);
  run.saturated = unsent || grew;
  if (links_change(options) && outcome.unsent > 0) {
    run.notes.push_back(fmt::format(
        "{} requests that were due were not sent before the window closed", outcome.unsent));
  }
}

// "12 of 40 connections that ended in the window (30.0 %) had all 2 subflows by then".
std::string share_complete(const EndedConnections& ended, int expected_subflows) {
  const double share = ended.connections == 0 ? 0
                                              : static_cast<double>(ended.complete) /
                                                    static_cast<double>(ended.connections);
  return fmt::format(
      "{} of {} connections that ended in the window ({}) had all {} subflows by then",
      ended.complete, ended.connections, percent(share, 1), expected_subflows);
}

// Connections of few requests, most of which ended in the window. A fallback is as wrong as
// elsewhere, but a connection may end before its subflows have joined.
void judge_short_mptcp(const EndedConnections& ended, int expected_subflows, Run& run) {
  if (const auto fallbacks = ended.fallbacks + static_cast<std::uint64_t>(run.mptcp.fallbacks);
      fallbacks > 0) {
    run.invalid_reasons.push_back(fmt::format(
        "fell back to TCP on {} of the {} connections that ended in the window or were open at "
        "its edges",
        fallbacks, ended.connections + static_cast<std::uint64_t>(run.mptcp.connections)));
  }
  if (expected_subflows > 1) run.notes.push_back(share_complete(ended, expected_subflows));
}

// Proof that every connection was MPTCP with one subflow per link, from the first to the last
// moment of the window.
void judge_mptcp(const Outcome& outcome, const ExperimentOptions& options, int expected_subflows,
                 Run& run) {
  const auto invalid = [&run](std::string why) { run.invalid_reasons.push_back(std::move(why)); };
  const MptcpProof& first = outcome.mptcp_start;
  const MptcpProof& last = outcome.mptcp_end;
  run.mptcp = {last.connections, std::max(first.fallbacks, last.fallbacks),
               std::min(first.subflows_min, last.subflows_min),
               std::max(first.subflows_max, last.subflows_max), last.complete};
  if (outcome.ended_connections) {
    judge_short_mptcp(*outcome.ended_connections, expected_subflows, run);
  } else if (run.mptcp.fallbacks > 0) {
    // We start our own stores and links ourselves, so only a target needs the remedy.
    invalid(fmt::format("fell back to TCP on {}{}{}",
                        of_all(run.mptcp.fallbacks, std::max(first.connections, last.connections)),
                        first.fallbacks == 0 ? ", in mid-run" : "",
                        options.target ? fmt::format(": {}", kFallbackRemedy) : ""));
  } else if (links_change(options) && first.subflows_min >= expected_subflows &&
             last.complete < last.connections) {
    run.notes.push_back(fmt::format(
        "{} ended with fewer than {} subflows: those that the changes of the links closed did not "
        "come back",
        of_all(last.connections - last.complete, last.connections), expected_subflows));
  } else if (expected_subflows > 0 && first.subflows_min < expected_subflows) {
    invalid(fmt::format("some connections started with {} of {} subflows", first.subflows_min,
                        expected_subflows));
  } else if (expected_subflows > 0 && last.subflows_min < expected_subflows) {
    invalid(fmt::format("some connections ended with {} of {} subflows", last.subflows_min,
                        expected_subflows));
  } else if (expected_subflows > 0 && !links_change(options) &&
             run.mptcp.subflows_max > expected_subflows) {
    invalid(fmt::format("some connections had {} subflows instead of {}", run.mptcp.subflows_max,
                        expected_subflows));
  } else if (options.target && run.mptcp.connections > 0 && run.mptcp.subflows_max < 2) {
    // The number of links is unknown on a host's own network, so only the subflows can show it.
    invalid(
        "MPTCP had a single path, so there is nothing to compare with TCP; add a second path on "
        "this host (ip mptcp endpoint add ADDRESS dev DEVICE subflow), and allow a second subflow "
        "at both ends (ip mptcp limits)");
  }
}

// The connections and the answers of the store.
void judge_answers(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                   Run& run) {
  const auto invalid = [&run](std::string why) { run.invalid_reasons.push_back(std::move(why)); };
  const int connections = options.workload.connections;
  if (outcome.interrupted) invalid("the load was stopped before the window closed");
  // Of short connections, some are always being opened.
  if (client_transport(cell.proto) == Transport::kMptcp && !outcome.ended_connections &&
      outcome.mptcp_end.connections < connections) {
    const std::string only = fmt::format("only {} were open at the end",
                                         of_all(outcome.mptcp_end.connections, connections));
    links_change(options) ? run.notes.push_back(only) : invalid(only);
  }
  // A broken connection is a measurement. So is one that cannot be opened again, if links change;
  // otherwise it means that there was no store for part of the window.
  if (const std::uint64_t failed = outcome.error(Loss::kConnect); failed > 0) {
    const std::string attempts = fmt::format("{} attempts to reconnect failed", failed);
    if (links_change(options)) {
      run.notes.push_back(attempts);
    } else {
      invalid(fmt::format("the store was unreachable during part of the run: {}", attempts));
    }
  }
  if (outcome.requests == 0) invalid("no request was completed");
  if (outcome.misses > 0)
    invalid(
        fmt::format("{} GETs found no key, although every key had been written", outcome.misses));
  if (const std::uint64_t wrong = outcome.error(Loss::kCorrupt); wrong > 0)
    invalid(fmt::format("{} values were not those that had been written", wrong));
  if (const std::uint64_t errors = outcome.error(Loss::kErrorReply); errors > 0)
    invalid(fmt::format("the store answered {} requests with an error", errors));
}

}  // namespace

void record_outcome(const Outcome& outcome, const ExperimentOptions& options, Run& run) {
  const std::set<std::string> seen = run.outcome.congestion_control;
  run.outcome = outcome;
  run.outcome.congestion_control.insert(seen.begin(), seen.end());
  run.throughput_rps = outcome.throughput_rps();
  run.goodput_bps = outcome.goodput_bps();
  for (SubflowTrace& trace : run.outcome.subflows) trace.link = link_of(trace, options);
  name_events(options, run.outcome.segments);
}

void judge_outcome(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                   int expected_subflows, Run& run) {
  record_outcome(outcome, options, run);
  judge_saturation(outcome, cell, options, run);
  if (client_transport(cell.proto) == Transport::kMptcp)
    judge_mptcp(outcome, options, expected_subflows, run);
  judge_answers(outcome, cell, options, run);
}

void note_congestion_controls(const std::vector<TcpSocket>& connections, const std::string& end,
                              Run& run) {
  std::set<std::string> used;
  for (const TcpSocket& connection : connections) used.insert(connection.congestion_control);
  used.erase("");
  if (used.empty())
    run.invalid_reasons.push_back(fmt::format(
        "the congestion control of the {}'s connections could not be read back (sock_diag)", end));
  run.outcome.congestion_control.insert(used.begin(), used.end());
}

void judge_ip_versions(const std::vector<TcpSocket>& ours, const ExperimentOptions& options,
                       const Cell& cell, Run& run) {
  if (!has_ipv6(options) || ours.empty()) return;
  const auto refuse = [&run](std::string why) { run.invalid_reasons.push_back(std::move(why)); };
  for (std::size_t i = 0; i < options.scenario.links.size(); ++i) {
    std::map<std::string, std::int64_t> seen;
    for (const TcpSocket& socket : ours) {
      if (socket.remote_port == kStorePort && link_of_client(socket.local, options.scenario) == i)
        ++seen[socket.local.front() == '[' ? "v6" : "v4"];
    }
    const std::string& link = options.scenario.links[i].name;
    if (!seen.empty()) run.ip_versions[link] = seen;
    const bool v6 = family_of(options, i) == Family::kV6;
    const char* const right = v6 ? "IPv6" : "IPv4";
    if (const std::int64_t wrong = seen[v6 ? "v4" : "v6"]; wrong > 0)
      refuse(fmt::format("{} connections over {} did not use {}", wrong, link, right));
    // The subflows of a short connection may not have joined yet.
    const bool must_be = i == 0 || options.workload.requests_per_connection == 0;
    if (must_be && i < links_in_use(options, cell) && seen[v6 ? "v6" : "v4"] == 0)
      refuse(fmt::format("no connection over {} used {}", link, right));
  }
}

void describe_subflows(const std::vector<TcpSocket>& ours, Run& run) {
  for (SubflowTrace& trace : run.outcome.subflows) {
    const auto same = std::find_if(ours.begin(), ours.end(), [&](const TcpSocket& c) {
      return c.mptcp && c.local == trace.local;
    });
    if (same == ours.end()) continue;
    trace.backup = same->backup;
    trace.congestion_control = same->congestion_control;
  }
}

void judge_congestion_control(const std::string& wanted, Run& run) {
  const std::set<std::string>& used = run.outcome.congestion_control;
  if (used.size() > 1)
    run.invalid_reasons.push_back(
        fmt::format("connections used different congestion controls: {}", fmt::join(used, ", ")));
  if (used.size() == 1 && !wanted.empty() && *used.begin() != wanted)
    run.invalid_reasons.push_back(
        fmt::format("connections used {}, not {}", *used.begin(), wanted));
}

}  // namespace mpb
