#include "analysis/evidence.hh"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace mpb {

namespace {

using Runs = std::vector<const Run*>;

constexpr const char* kWeaker =
    "Evidence: mptcp-bench built neither the network nor the store, and saw only this host, so the "
    "evidence is weaker than over links of its own.";
constexpr const char* kNotChecked =
    "These checks could not be made: packets lost outside the links, a subflow on every link, CPU "
    "use and gaps of the store, congestion control at the store's end, and links that changed in a "
    "run.";
constexpr const char* kNotCheckedAtRanks =
    "This host is that of rank 0. The other ranks did not look at interfaces, qdiscs, offloads, "
    "MPTCP endpoints, kernel counters, and the CPU time of other programs.";

template <class Is>
Runs runs_that(const Result& result, Is is) {
  Runs runs;
  for (const Run& run : result.runs) {
    if (is(run)) runs.push_back(&run);
  }
  return runs;
}

// "all 20 runs", "3 of 20 runs", "the run".
std::string part_of(std::size_t part, std::size_t all) {
  if (all == 1) return "the run";
  return part == all ? fmt::format("all {} runs", all) : fmt::format("{} of {} runs", part, all);
}

std::set<std::string> devices_of(const Run& run) {
  std::set<std::string> devices;
  for (const PathCount& path : run.outcome.paths) devices.insert(path.device);
  return devices;
}

void add_paths(const Result& result, std::vector<std::string>& sentences) {
  const Runs mptcp = runs_that(result, [](const Run& run) {
    return run.mptcp.connections > run.mptcp.fallbacks && !run.outcome.paths.empty();
  });
  Runs one_path, one_device;
  for (const Run* run : mptcp) {
    if (paths_of(*run) == 1) {
      one_path.push_back(run);
    } else if (run->hosts.empty() && devices_of(*run).size() == 1) {
      one_device.push_back(run);
    }
  }
  if (!one_path.empty()) {
    const PathCount& path = one_path.front()->outcome.paths.front();
    sentences.push_back(fmt::format("MPTCP had one path{} in {}: from {}{} to {}.",
                                    one_path.front()->hosts.empty() ? "" : " from each host",
                                    part_of(one_path.size(), mptcp.size()), path.local,
                                    path.device.empty() ? "" : " (" + path.device + ")",
                                    path.remote));
  }
  if (!one_device.empty()) {
    sentences.push_back(fmt::format(
        "All paths of MPTCP used the same interface of this host, {}, in {}.",
        *devices_of(*one_device.front()).begin(), part_of(one_device.size(), mptcp.size())));
  }
}

// Whether the store counted as many calls as we did. Requests without an answer may have reached it
// or not.
bool agrees(const Run& run) {
  const std::map<std::string, std::int64_t>& counted = run.target->store_calls;
  return std::all_of(run.outcome.calls.begin(), run.outcome.calls.end(), [&](const auto& its) {
    const auto found = counted.find(its.first);
    const std::int64_t at_store = found == counted.end() ? 0 : found->second;
    return its.second.answered <= at_store && at_store <= its.second.sent;
  });
}

void add_store_calls(const Runs& runs, std::vector<std::string>& sentences) {
  const auto has_calls = [](const Run* run) {
    return run->target->no_store_calls.empty() && !run->outcome.calls.empty();
  };
  const auto compared =
      static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), has_calls));
  const auto agreed = static_cast<std::size_t>(std::count_if(
      runs.begin(), runs.end(), [&](const Run* run) { return has_calls(run) && agrees(*run); }));
  if (compared > 0) {
    sentences.push_back(
        fmt::format("The store's own counts of GET and SET (INFO commandstats) {} ours in {}.",
                    agreed > 0 ? "agree with" : "differ from",
                    part_of(agreed > 0 ? agreed : compared, compared)));
  }
  std::map<std::string, std::size_t> reasons;
  for (const Run* run : runs) {
    if (!run->target->no_store_calls.empty()) ++reasons[run->target->no_store_calls];
  }
  for (const auto& [reason, count] : reasons) {
    sentences.push_back(
        fmt::format("The store's own counts (INFO commandstats) could not be compared with ours in "
                    "{}: {}.",
                    part_of(count, runs.size()), reason));
  }
}

void add_state(const Runs& runs, std::vector<std::string>& sentences) {
  const auto cached = static_cast<std::size_t>(std::count_if(
      runs.begin(), runs.end(), [](const Run* run) { return run->target->tcp_metrics > 0; }));
  if (cached > 0) {
    sentences.push_back(
        fmt::format("In {} this host knew TCP metrics of earlier connections to the store (ip "
                    "tcp_metrics), from which new ones take their first values.",
                    part_of(cached, runs.size())));
  }
  std::int64_t blackholes = 0;
  for (const Run* run : runs)
    blackholes = std::max(blackholes, run->target->blackholes.value_or(0));
  if (blackholes > 0) {
    sentences.push_back(
        fmt::format("This host has found an MPTCP blackhole {} since it was started "
                    "(MPTcpExtBlackhole); after each, it uses TCP for net.mptcp.blackhole_timeout "
                    "seconds or longer.",
                    blackholes == 1 ? "once" : fmt::format("{} times", blackholes)));
  }
}

void add_missing_facts(const Result& result, std::vector<std::string>& sentences) {
  const auto client = result.environment.namespaces.find("client");
  if (client == result.environment.namespaces.end()) return;
  std::vector<std::string> missing;
  if (!client->second.mptcp_endpoints) missing.emplace_back("MPTCP endpoints and limits (ip)");
  // Without an interface that was used, there is none to record.
  if (client->second.qdiscs.empty() && !client->second.offloads.empty())
    missing.emplace_back("qdiscs (tc)");
  if (missing.empty()) return;
  sentences.push_back(
      fmt::format("Not recorded, because the tools of iproute2 are missing or failed: {}.",
                  fmt::join(missing, ", ")));
}

}  // namespace

bool is_at_target(const Result& result) { return result.store.kind == "target"; }

std::vector<const Run*> runs_with_paths(const Result& result, const RunGroup& group) {
  const bool valid = !group.valid.empty();
  return runs_that(result, [&](const Run& run) {
    return belongs_to(run, group) && run.valid() == valid && !run.outcome.paths.empty();
  });
}

std::size_t paths_of(const Run& run) {
  std::map<std::string, std::size_t> of_hosts;
  for (const PathCount& its : run.outcome.paths) {
    if (its.subflows_start + its.subflows_end > 0 || its.bytes_sent + its.bytes_received > 0)
      ++of_hosts[its.host];
  }
  std::size_t most = 0;
  for (const auto& [host, count] : of_hosts) most = std::max(most, count);
  return most;
}

std::vector<std::string> evidence_sentences(const Result& result) {
  if (!is_at_target(result)) return {};
  std::vector<std::string> sentences{kWeaker, kNotChecked};
  if (!result.environment.ranks.empty()) sentences.emplace_back(kNotCheckedAtRanks);
  const Runs runs = runs_that(result, [](const Run& run) { return run.target.has_value(); });
  if (runs.empty()) return sentences;
  add_paths(result, sentences);
  add_store_calls(runs, sentences);
  add_state(runs, sentences);
  add_missing_facts(result, sentences);
  return sentences;
}

}  // namespace mpb
