#include "analysis/causes.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "analysis/explain.hh"
#include "analysis/figures.hh"
#include "analysis/links.hh"
#include "analysis/text.hh"
#include "analysis/wire_model.hh"
#include "result/protocol.hh"

namespace mpb {

namespace {

// Of 1000 requests, ten take longer than p99: an event that is rarer than one in 1000 requests does
// not explain it.
constexpr double kLeastCount = 1;

std::string name_of_group(const RunGroup& group) {
  return cell_of(*group.first, true) + ", " + contestant(*group.first) + ": ";
}

// How full a link was, from 0 to 1, in its fuller direction; 0 if it has no rate.
double use_of_link(const Run& run, const LinkCapacity& link, std::size_t index) {
  if (index >= run.links.size() || run.outcome.duration <= Nanos{0}) return 0;
  const auto use = [&run](std::int64_t bytes, double bps) {
    return bps > 0 ? static_cast<double>(bytes) * 8 / seconds(run.outcome.duration) / bps : 0;
  };
  return std::max(use(run.links[index].client_tx_bytes, link.up_bps),
                  use(run.links[index].client_rx_bytes, link.down_bps));
}

struct ProcessUse {
  double cpu_pct = 0;  // of one CPU
  std::string process;
};

// Nothing if no run has CPU times, as in virtual time.
std::optional<ProcessUse> busiest_process(const RunGroup& group) {
  const bool measured = std::any_of(group.valid.begin(), group.valid.end(), [](const Run* run) {
    return !run->outcome.cpu_pct.empty() || run->store_pct || run->emulator_pct;
  });
  if (!measured) return std::nullopt;
  const double load = median_of(group, [](const Run& run) {
    const std::vector<double>& threads = run.outcome.cpu_pct;
    return threads.empty() ? 0 : *std::max_element(threads.begin(), threads.end());
  });
  const double store = median_of(group, [](const Run& run) {
    return run.store_thread_pct.value_or(run.store_pct.value_or(0));
  });
  const double emulator =
      median_of(group, [](const Run& run) { return run.emulator_pct.value_or(0); });
  return std::max({ProcessUse{load, "a load thread"}, ProcessUse{store, "the store"},
                   ProcessUse{emulator, "the link emulator"}},
                  [](const ProcessUse& a, const ProcessUse& b) { return a.cpu_pct < b.cpu_pct; });
}

// Which links are not full, although the protocol uses them.
struct LinksLeft {
  std::string text;  // "no link is full (link1 62 %, link2 60 %)"; "" if all are full
  bool any_full = false;
};

LinksLeft links_left(const Result& result, const RunGroup& group) {
  std::vector<std::string> uses;
  std::size_t full = 0;
  const bool all_used = uses_all_links(group.first->proto);
  const int clients = result.scenario.clients.value_or(1);
  const std::vector<LinkCapacity> capacities = capacities_under(result, group.first->conditions);
  for (std::size_t i = 0; i < capacities.size(); ++i) {
    const LinkCapacity& link = capacities[i];
    const double use = median_of(group, [&](const Run& run) { return use_of_link(run, link, i); });
    full += use >= kFullLink ? 1 : 0;
    if (link.up_bps > 0 || link.down_bps > 0) uses.push_back(link.name + " " + percent(use));
  }
  if (uses.empty()) return {"no link has a rate"};
  // Other protocols use the first link of each client, and no other can be full.
  if (full >= (all_used ? uses.size() : static_cast<std::size_t>(clients))) return {};
  return {fmt::format("{} ({})", full == 0 ? "no link is full" : "not all links are full",
                      fmt::join(uses, ", ")),
          full > 0};
}

// "50 requests at a time take 12.0 ms each on average (median 12.0 ms; ...)".
std::string waiting_text(const Result& result, const RunGroup& group) {
  const double half = median_of(group, [](const Run& run) {
    return static_cast<double>(run.outcome.last_byte.quantile(0.5).count());
  });
  const double mean = median_of(group, [](const Run& run) { return run.outcome.last_byte.mean(); });
  std::string text = fmt::format("{} requests at a time take {} ms each on average (median {} ms",
                                 std::int64_t{group.first->connections} * group.first->pipeline,
                                 milliseconds(mean), milliseconds(half));
  const std::vector<LinkRecord> links = links_under(result, group.first->conditions);
  const auto trip = links.empty() ? std::nullopt : round_trip_of(links.front());
  if (trip && *trip > Nanos{0})
    text += fmt::format("; the round trip of {} is {} ms", links.front().name,
                        milliseconds(static_cast<double>(trip->count())));
  return text + ")";
}

// "link1 lets 4 flows pass at 50.0 Mbit/s each", of every link whose cap per flow is used up
// although the link is not full.
std::vector<std::string> used_up_caps(const Result& result, const RunGroup& group) {
  std::vector<std::string> parts;
  const std::vector<LinkCapacity> links = capacities_under(result, group.first->conditions);
  const std::size_t per_client = result.scenario.per_client(links.size());
  const std::size_t used = uses_all_links(group.first->proto) ? per_client : 1;
  for (std::size_t i = 0; i < used; ++i) {
    const double flows = flows_on_link(result, *group.valid.front(), i);
    const auto use = [&](const LinkCapacity& link) {
      return median_of(group, [&](const Run& run) { return use_of_link(run, link, i); });
    };
    const LinkCapacity capped = capacity_for(links[i], flows);
    const bool up = links[i].up_bps != capped.up_bps, down = links[i].down_bps != capped.down_bps;
    if ((!up && !down) || use(links[i]) >= kFullLink || use(capped) < kFullLink) continue;
    parts.push_back(fmt::format("{} lets {} flow{} pass at {} Mbit/s each", links[i].name,
                                fixed(flows, 0), flows == 1 ? "" : "s",
                                fixed((down ? capped.down_bps : capped.up_bps) / flows / 1e6, 1)));
  }
  return parts;
}

std::string limit_sentence(const Result& result, const RunGroup& group) {
  if (const std::vector<std::string> caps = used_up_caps(result, group); !caps.empty())
    return fmt::format("the cap per flow is the limit: {}.", fmt::join(caps, ", "));
  const auto& [links, any_full] = links_left(result, group);
  if (links.empty()) return "";
  const auto busiest = busiest_process(group);
  if (busiest && busiest->cpu_pct > kBusyPct)
    return fmt::format(
        "{}, and {} used {} % of a CPU: this host may be the limit, and not the links.", links,
        busiest->process, fixed(busiest->cpu_pct, 0));
  const double cpus = std::max(1, result.environment.cpus);
  const double system =
      median_of(group, [&](const Run& run) { return run.system_pct.value_or(0) / cpus; });
  if (system > kBusyHostPct)
    return fmt::format(
        "{}, and this host's CPUs were busy for {} % of the time: this host may be the limit, and "
        "not the links.",
        links, fixed(system, 0));
  // The sentence about the scheduler explains why the other links carry less.
  if (any_full) return "";
  return fmt::format("{}{}; {}.", links, busiest ? " and no process is busy" : "",
                     waiting_text(result, group));
}

// For links that are not emulated. "" if no CPU time is known.
std::string cpu_limit_sentence(const RunGroup& group) {
  const auto busiest = busiest_process(group);
  if (!busiest) return "";
  return fmt::format(
      "no link is emulated, so this host is the limit. The busiest part was {}, with {} % of a "
      "CPU.",
      busiest->process, fixed(busiest->cpu_pct, 0));
}

// The counter's change per thousand requests, at one end: "client" is the sum of all clients.
double per_thousand(const RunGroup& group, const std::string& end, const std::string& name) {
  return median_of(group, [&](const Run& run) {
    if (run.outcome.requests == 0) return 0.0;
    double sum = 0;
    for (const auto& [host, counters] : run.kernel) {
      const auto found = counters.find(name);
      if (host.starts_with(end) && found != counters.end())
        sum += static_cast<double>(found->second);
    }
    return 1000 * sum / static_cast<double>(run.outcome.requests);
  });
}

std::string count_text(double count) {
  return count == 0 ? "0" : fixed(count, count < 1 ? 2 : count < 10 ? 1 : 0);
}

struct KernelCounter {
  std::string prefix, name;  // as nstat(8) has them: "Tcp", "RetransSegs"
  std::string words;         // "" for a counter that has none
  double least = kLeastCount;
};

// "retransmitted segments (RetransSegs) 18/17"; "" if it changed less often than `least` at both
// ends.
std::string counter_text(const RunGroup& group, const KernelCounter& counter) {
  const double client = per_thousand(group, "client", counter.prefix + counter.name);
  const double server = per_thousand(group, "server", counter.prefix + counter.name);
  if (client + server == 0 || std::max(client, server) < counter.least) return "";
  const std::string name =
      counter.words.empty() ? counter.name : fmt::format("{} ({})", counter.words, counter.name);
  return fmt::format("{} {}/{}", name, count_text(client), count_text(server));
}

// The counters of TCP that explain a slow request. Every time-out counts, because the sender waits
// at least 200 ms for it.
const std::vector<KernelCounter>& tcp_counters() {
  static const std::vector<KernelCounter> kAll{
      {"Tcp", "RetransSegs", "retransmitted segments"},
      {"TcpExt", "TCPLossProbes", "tail loss probes"},
      {"TcpExt", "TCPTimeouts", "retransmission time-outs", 0},
      {"TcpExt", "TCPFastRetrans", "fast retransmissions"},
      {"TcpExt", "TCPLostRetransmit", "retransmissions that were lost again"}};
  return kAll;
}

// The counters of MPTCP that changed in any of the runs, in the order of their names. Counters of
// connection set-up do not change, because all connections exist when the window opens. Those of
// windows that subflows share always do, and are left out.
std::vector<KernelCounter> mptcp_counters(const RunGroup& group) {
  const std::string prefix = "MPTcpExt";
  std::set<std::string> names;
  for (const Run* run : group.valid) {
    for (const auto& [end, counters] : run->kernel) {
      for (const auto& [name, count] : counters) {
        if (name.starts_with(prefix) && count != 0 && !name.ends_with("WndShared"))
          names.insert(name.substr(prefix.size()));
      }
    }
  }
  std::vector<KernelCounter> all;
  for (const std::string& name : names) {
    const bool grave = name.find("Fallback") != std::string::npos || name.starts_with("MPFail");
    all.push_back({prefix, name, "", grave ? 0 : kLeastCount});
  }
  return all;
}

// The delay that the hosts add to a request: the lateness of the emulator in both directions, at
// its p99, and the time that load, store and emulator waited for a CPU.
std::string host_text(const RunGroup& group) {
  const double late = median_of(group, [](const Run& run) {
    if (!run.emulator) return 0.0;
    const Nanos read = run.emulator->read_delay.value_or(Lateness{}).p99;
    return 2 * static_cast<double>((run.emulator->lateness.p99 + read).count());
  });
  const double waited = median_of(group, [](const Run& run) {
    const auto a_turn = [](Nanos time, std::uint64_t turns, std::uint64_t requests) {
      const std::uint64_t parts = std::max<std::uint64_t>(1, std::min(turns, requests));
      return static_cast<double>(time.count()) / static_cast<double>(parts);
    };
    double sum = 0;
    Nanos load{0};
    std::uint64_t turns = 0;
    for (const Attendance& thread : run.outcome.threads) {
      load += thread.waited.value_or(Nanos{0});
      turns += thread.turns.value_or(0);
    }
    sum += a_turn(load, turns, run.outcome.requests);
    for (const auto& its : {run.store_attendance, run.emulator_attendance}) {
      if (its && its->waited)
        sum += a_turn(*its->waited, its->turns.value_or(UINT64_MAX), run.outcome.requests);
    }
    return sum;
  });
  std::vector<std::string> parts;
  if (group.valid.front()->emulator)
    parts.push_back(
        fmt::format("emulator late by at most about {} ms (p99, both ways)", milliseconds(late)));
  if (waited >= 500)  // less is shown as 0.000
    parts.push_back(fmt::format("waited {} ms for a CPU", milliseconds(waited)));
  return parts.empty() ? "" : fmt::format("hosts: {}", fmt::join(parts, ", "));
}

// By how much the round trip of a link is longer than that of the first; 0 if one is unknown.
Nanos extra_round_trip(const std::vector<LinkRecord>& links, std::size_t link) {
  if (link >= links.size()) return 0ns;
  const std::optional<Nanos> first = round_trip_of(links.front()), its = round_trip_of(links[link]);
  return first && its ? *its - *first : 0ns;
}

// "link2 carries 25 % of the bytes, with a round trip that is 30.0 ms longer", of every link but
// the first that carries a share worth mentioning. Of several clients, those with the same place
// count together.
std::vector<std::string> link_parts(const Result& result, const RunGroup& group) {
  constexpr double kLeastShare = 0.005;  // less is shown as 0 %
  std::vector<std::string> parts;
  const Run& first = *group.valid.front();
  const std::vector<LinkRecord> links = links_under(result, group.first->conditions);
  const std::size_t per_client = result.scenario.per_client(first.links.size());
  for (std::size_t i = 1; i < per_client; ++i) {
    const double share =
        median_of(group, [&](const Run& run) { return share_of(run.links, i, per_client); });
    if (share < kLeastShare) continue;
    std::string text =
        fmt::format("{}{} carries {} of the bytes", first.links[i].name,
                    result.scenario.clients ? " of all clients" : "", percent(share));
    if (const Nanos extra = extra_round_trip(links, i); extra != 0ns) {
      const auto difference = static_cast<double>(extra.count());
      text +=
          fmt::format(", with a round trip that is {} ms {}", milliseconds(std::abs(difference)),
                      difference > 0 ? "longer" : "shorter");
    }
    parts.push_back(std::move(text));
  }
  return parts;
}

std::string tail_sentence(const Result& result, const RunGroup& group) {
  const Figure p99 = figure_of(*find_metric("p99"), group);
  if (p99.values.empty()) return "";
  std::vector<std::string> parts = link_parts(result, group);
  for (const KernelCounter& counter : tcp_counters()) parts.push_back(counter_text(group, counter));
  for (const KernelCounter& counter : mptcp_counters(group))
    parts.push_back(counter_text(group, counter));
  const double gap = median_of(group, [](const Run& run) {
    return run.outcome.last_byte.mean() - run.outcome.first_byte.mean();
  });
  if (gap >= 500)  // less is shown as 0.000
    parts.push_back(
        fmt::format("a reply takes {} ms from its first byte to its last", milliseconds(gap)));
  parts.push_back(host_text(group));
  std::erase(parts, "");
  parts.insert(parts.begin(), fmt::format("p99 {} ms", milliseconds(p99.value)));
  return fmt::format("{}{}.", name_of_group(group), fmt::join(parts, "; "));
}

bool links_change(const RunGroup& group) {
  return !group.valid.empty() && !group.valid.front()->outcome.segments.empty();
}

}  // namespace

std::vector<std::string> limit_sentences(const Result& result,
                                         const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  if (result.capacities.empty()) return sentences;
  for (const RunGroup& group : groups) {
    if (group.valid.empty() || group.first->rate_rps || group.first->op == "sync" ||
        links_change(group) || group.valid.front()->links.empty())
      continue;
    const std::string text = result.scenario.backend == "veth" ? cpu_limit_sentence(group)
                                                               : limit_sentence(result, group);
    if (!text.empty()) sentences.push_back(name_of_group(group) + text);
  }
  return sentences;
}

std::vector<std::string> tail_sentences(const Result& result, const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  if (result.capacities.empty()) return sentences;
  for (const RunGroup& group : groups) {
    const bool compared = std::any_of(groups.begin(), groups.end(), [&](const RunGroup& other) {
      return &other != &group && same_cell(other, group) && !other.valid.empty();
    });
    if (!compared || group.valid.empty() || group.first->op == "sync" || links_change(group))
      continue;
    std::string text = tail_sentence(result, group);
    if (!text.empty()) sentences.push_back(std::move(text));
  }
  return sentences;
}

}  // namespace mpb
