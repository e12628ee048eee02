#include "analysis/causes.hh"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

#include "analysis/explain.hh"
#include "analysis/figures.hh"
#include "analysis/text.hh"
#include "sys/error.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

// Of 1000 requests ten lie beyond p99: what happens less often than once is no reason for it.
constexpr double kLeastCount = 1;

std::string name_of_group(const RunGroup& group) {
  return cell_of(*group.first, true) + ", " + contestant(*group.first) + ": ";
}

// How full a link was in its fuller direction; 0 where it has no rate.
double use_of_link(const Run& run, const LinkCapacity& link, std::size_t index) {
  if (index >= run.links.size() || run.outcome.duration <= Nanos{0}) return 0;
  const auto use = [&run](std::int64_t bytes, double bps) {
    return bps > 0 ? static_cast<double>(bytes) * 8 / seconds(run.outcome.duration) / bps : 0;
  };
  return std::max(use(run.links[index].client_tx_bytes, link.up_bps),
                  use(run.links[index].client_rx_bytes, link.down_bps));
}

// Of one CPU, and whose it is. Nothing where no run knows, as in virtual time.
std::optional<std::pair<double, std::string>> busiest_process(const RunGroup& group) {
  const bool known = std::any_of(group.valid.begin(), group.valid.end(), [](const Run* run) {
    return !run->outcome.cpu_pct.empty() || run->store_pct || run->emulator_pct;
  });
  if (!known) return std::nullopt;
  const double load = median_of(group, [](const Run& run) {
    const std::vector<double>& threads = run.outcome.cpu_pct;
    return threads.empty() ? 0 : *std::max_element(threads.begin(), threads.end());
  });
  const double store = median_of(group, [](const Run& run) {
    return run.store_thread_pct.value_or(run.store_pct.value_or(0));
  });
  const double emulator =
      median_of(group, [](const Run& run) { return run.emulator_pct.value_or(0); });
  return std::max({std::pair{load, std::string("a load thread")},
                   {store, "the store"},
                   {emulator, "the link emulator"}});
}

// There and back in nanoseconds, as the scenario has it; below 0 where it cannot be read.
double round_trip_of(const LinkRecord& link) {
  double sum = 0;
  for (const auto& direction : {link.up, link.down}) {
    for (const auto& [name, text] : direction) {
      if (name != "delay") continue;
      try {
        sum += static_cast<double>(parse_duration(text).count());
      } catch (const BadInput&) {
        return -1;
      }
    }
  }
  return sum;
}

std::string limit_sentence(const Result& result, const RunGroup& group) {
  std::string uses;
  for (std::size_t i = 0; i < result.capacities.size(); ++i) {
    const LinkCapacity& link = result.capacities[i];
    const double use = median_of(group, [&](const Run& run) { return use_of_link(run, link, i); });
    if (use >= kFullLink) return "";
    if (link.up_bps > 0 || link.down_bps > 0)
      uses += (uses.empty() ? "" : ", ") + link.name + " " + percent(use);
  }
  const std::string links = uses.empty() ? "no link has a rate" : "no link is full (" + uses + ")";
  const auto busiest = busiest_process(group);
  const std::string host = ": this host may be what limits, and not the links.";
  if (busiest && busiest->first > kBusyPct)
    return links + ", and " + busiest->second + " used " + fixed(busiest->first, 0) +
           " % of a CPU" + host;
  const double cpus = std::max(1, result.environment.cpus);
  const double system =
      median_of(group, [&](const Run& run) { return run.system_pct.value_or(0) / cpus; });
  if (system > kBusyHostPct)
    return links + ", and this host's CPUs were busy for " + fixed(system, 0) + " % of the time" +
           host;
  const double half = median_of(group, [](const Run& run) {
    return static_cast<double>(run.outcome.last_byte.quantile(0.5).count());
  });
  const double mean = median_of(group, [](const Run& run) { return run.outcome.last_byte.mean(); });
  std::string text =
      links + (busiest ? " and no process is busy; " : "; ") +
      std::to_string(std::int64_t{group.first->connections} * group.first->pipeline) +
      " requests at a time wait " + milliseconds(mean) + " ms each on average (median " +
      milliseconds(half) + " ms";
  const std::vector<LinkRecord>& of = result.scenario.links;
  if (const double trip = of.empty() ? 0 : round_trip_of(of.front()); trip > 0)
    text += ", of which " + of.front().name + "'s delay is " + milliseconds(trip) + " ms";
  return text + ").";
}

// Where links are not emulated. "" where nobody's CPU time is known.
std::string cpu_limit_sentence(const RunGroup& group) {
  const auto busiest = busiest_process(group);
  if (!busiest) return "";
  return "no link is emulated, so this host is what limits: " + busiest->second + " used " +
         fixed(busiest->first, 0) + " % of a CPU, the most of all.";
}

// A thousand requests, at one end.
double per_thousand(const RunGroup& group, const std::string& end, const std::string& name) {
  return median_of(group, [&](const Run& run) {
    const auto counters = run.kernel.find(end);
    if (counters == run.kernel.end() || run.outcome.requests == 0) return 0.0;
    const auto found = counters->second.find(name);
    return found == counters->second.end() ? 0.0
                                           : 1000 * static_cast<double>(found->second) /
                                                 static_cast<double>(run.outcome.requests);
  });
}

std::string count_text(double count) {
  return count == 0 ? "0" : fixed(count, count < 1 ? 2 : count < 10 ? 1 : 0);
}

// "RetransSegs 18/17"; nothing where it moved less than `least` times at either end.
std::string counter_text(const RunGroup& group, const std::string& prefix, const std::string& name,
                         double least) {
  const double client = per_thousand(group, "client", prefix + name);
  const double server = per_thousand(group, "server", prefix + name);
  if (client + server == 0 || std::max(client, server) < least) return "";
  return name + " " + count_text(client) + "/" + count_text(server);
}

// The counters of MPTCP that moved in any of the runs, in the order of their names. None is about
// making connections, which all stand when the window opens, nor about windows that subflows share,
// as they always do.
std::set<std::string> moved_counters(const RunGroup& group) {
  const std::string prefix = "MPTcpExt";
  std::set<std::string> names;
  for (const Run* run : group.valid) {
    for (const auto& [end, counters] : run->kernel) {
      for (const auto& [name, count] : counters) {
        if (name.rfind(prefix, 0) == 0 && count != 0 && !name.ends_with("WndShared"))
          names.insert(name.substr(prefix.size()));
      }
    }
  }
  return names;
}

// What the host itself adds to a request: the emulator's lateness there and back, at its p99, and
// the turns that load, store and emulator waited for a CPU.
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
  std::string text;
  if (group.valid.front()->emulator)
    text = "emulator late by at most about " + milliseconds(late) + " ms (p99, both ways)";
  if (waited >= 500)  // less is 0.000
    text += (text.empty() ? "" : ", ") + ("waited " + milliseconds(waited) + " ms for a CPU");
  return text.empty() ? "" : "hosts: " + text;
}

std::string tail_sentence(const Result& result, const RunGroup& group) {
  const Figure p99 = figure_of(*find_metric("p99"), group);
  if (p99.values.empty()) return "";
  std::vector<std::string> parts;
  const Run& first = *group.valid.front();
  const std::vector<LinkRecord>& links = result.scenario.links;
  for (std::size_t i = 1; i < first.links.size(); ++i) {
    const double share = median_of(group, [i](const Run& run) { return share_of(run.links, i); });
    if (share < 0.005) continue;
    std::string text = first.links[i].name + " carries " + percent(share);
    const double base = links.empty() ? -1 : round_trip_of(links.front());
    const double its = i < links.size() ? round_trip_of(links[i]) : -1;
    if (base >= 0 && its >= 0 && its != base) {
      text += " with " + milliseconds(std::abs(its - base)) + " ms " +
              (its > base ? "more" : "less") + " of a round trip";
    }
    parts.push_back(std::move(text));
  }
  for (const auto& [prefix, name, least] : {std::tuple{"Tcp", "RetransSegs", kLeastCount},
                                            {"TcpExt", "TCPLossProbes", kLeastCount},
                                            {"TcpExt", "TCPTimeouts", 0.0},
                                            {"TcpExt", "TCPFastRetrans", kLeastCount},
                                            {"TcpExt", "TCPLostRetransmit", kLeastCount}})
    parts.push_back(counter_text(group, prefix, name, least));
  for (const std::string& name : moved_counters(group)) {
    const bool grave = name.find("Fallback") != std::string::npos || name.starts_with("MPFail");
    parts.push_back(counter_text(group, "MPTcpExt", name, grave ? 0 : kLeastCount));
  }
  const double gap = median_of(group, [](const Run& run) {
    return run.outcome.last_byte.mean() - run.outcome.first_byte.mean();
  });
  if (gap >= 500) parts.push_back("reply " + milliseconds(gap) + " ms from first byte to last");
  parts.push_back(host_text(group));
  std::string text = name_of_group(group) + "p99 " + milliseconds(p99.value) + " ms";
  for (const std::string& part : parts) text += (part.empty() ? "" : "; ") + part;
  return text + ".";
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
