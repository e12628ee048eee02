#include "experiment/target_watch.hh"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "experiment/host_facts.hh"
#include "experiment/judge_host.hh"
#include "net/interfaces.hh"
#include "net/socket.hh"

namespace mpb {

namespace {

constexpr const char* kBlackholes = "MPTcpExtBlackhole";
constexpr const char* kOpenedAsTcp = "MPTcpExtMPCapableSYNTXDisabled";

// Commands that no load sends: those of our own questions, and those with which stores, their
// replicas and monitors look after themselves. "client" is also the name of "client|setname".
bool is_housekeeping(const std::string& command) {
  static const std::set<std::string> kNames{"auth",  "client",   "cluster", "command", "config",
                                            "hello", "info",     "latency", "memory",  "ping",
                                            "psync", "replconf", "select",  "slowlog"};
  return kNames.contains(command.substr(0, command.find('|')));
}

DeviceCount difference_of(const DeviceCounters& before, const DeviceCounters& after) {
  const auto grown = [](std::uint64_t from, std::uint64_t to) {
    return static_cast<std::int64_t>(to - from);
  };
  return {after.name,
          grown(before.tx_bytes, after.tx_bytes),
          grown(before.rx_bytes, after.rx_bytes),
          grown(before.tx_dropped, after.tx_dropped),
          grown(before.rx_dropped, after.rx_dropped),
          0};
}

std::int64_t root_drops(const std::vector<QdiscCounters>& qdiscs, int device) {
  std::int64_t drops = 0;
  for (const QdiscCounters& qdisc : qdiscs) {
    if (qdisc.device == device && qdisc.root) drops += static_cast<std::int64_t>(qdisc.drops);
  }
  return drops;
}

}  // namespace

TargetWatch::Edge TargetWatch::read_edge() {
  return {protocol_counters(), device_counters(), qdisc_counters(), read_host()};
}

void TargetWatch::before_load() {
  tcp_metrics_ = cached_tcp_metrics(target_);
  kernel_ = protocol_counters();
  calls_ = target_calls(target_);
}

void TargetWatch::open() { opened_ = read_edge(); }

void TargetWatch::close() { closed_ = read_edge(); }

void TargetWatch::record(bool restarted, Run& run) const {
  TargetRecord& record = run.target.emplace();
  record.tcp_metrics = tcp_metrics_;
  name_devices(devices_by_address(), run);
  if (const std::map<std::string, std::int64_t> kernel = protocol_counters();
      kernel.contains(kBlackholes))
    record.blackholes = kernel.at(kBlackholes);
  if (opened_ && closed_) {
    record_others(opened_->host, closed_->host, run);
    record.kernel = difference(opened_->kernel, closed_->kernel);
    for (const std::string& name : devices_in_use(run)) {
      const auto is_it = [&](const DeviceCounters& device) { return device.name == name; };
      const auto before = std::find_if(opened_->devices.begin(), opened_->devices.end(), is_it);
      const auto after = std::find_if(closed_->devices.begin(), closed_->devices.end(), is_it);
      if (before == opened_->devices.end() || after == closed_->devices.end()) continue;
      DeviceCount& device = record.devices.emplace_back(difference_of(*before, *after));
      device.qdisc_dropped =
          root_drops(closed_->qdiscs, after->index) - root_drops(opened_->qdiscs, before->index);
    }
  }
  std::map<std::string, std::int64_t> since = difference(kernel_, protocol_counters());
  judge_blackholes(since, run);
  judge_tokens("client", since, run);
  if (run.outcome.calls.empty()) return;  // the load did not end
  const StoreCalls after = restarted ? StoreCalls{{}, "it was restarted"} : target_calls(target_);
  judge_store_calls(calls_, after, std::int64_t{run.connections} * run.pipeline, run);
}

void judge_store_calls(const StoreCalls& before, const StoreCalls& after, std::int64_t room,
                       Run& run) {
  TargetRecord& record = *run.target;
  for (const StoreCalls* edge : {&before, &after}) {
    if (record.no_store_calls.empty()) record.no_store_calls = edge->why_not;
  }
  if (!record.no_store_calls.empty()) return;
  std::map<std::string, std::int64_t> grown;
  for (const auto& [command, count] : before.calls) grown[command] -= count;
  for (const auto& [command, count] : after.calls) grown[command] += count;
  std::erase_if(grown, [](const auto& its) { return its.second == 0; });
  if (std::any_of(grown.begin(), grown.end(), [](const auto& its) { return its.second < 0; })) {
    record.no_store_calls = "its counts were reset during the run";
    return;
  }
  record.store_calls = grown;
  std::int64_t foreign = 0;
  for (const auto& [command, count] : run.outcome.calls) {
    const std::int64_t at_store = grown.contains(command) ? grown.at(command) : 0;
    if (at_store < count.answered) {
      run.invalid_reasons.push_back(fmt::format(
          "the store counted {} {} calls (INFO commandstats), although we got {} answers: they "
          "came from elsewhere, such as a proxy or another node of a cluster",
          at_store, command, count.answered));
    }
    foreign += std::max<std::int64_t>(at_store - count.sent, 0);
  }
  for (const auto& [command, count] : grown) {
    if (!run.outcome.calls.contains(command) && !is_housekeeping(command)) foreign += count;
  }
  if (foreign <= room) return;
  run.notes.push_back(
      fmt::format("other clients used the store: {} of its calls were not ours "
                  "(INFO commandstats, with the warm-up)",
                  foreign));
}

void name_devices(const std::map<std::string, std::string>& devices, Run& run) {
  for (PathCount& path : run.outcome.paths) {
    // The interfaces are those of this host, which is the first.
    if (!run.hosts.empty() && path.host != run.hosts.front().name) continue;
    const auto found = devices.find(path.local);
    if (found != devices.end()) path.device = found->second;
  }
}

std::vector<std::string> devices_in_use(const Run& run) {
  std::set<std::string> names;
  for (const PathCount& path : run.outcome.paths) names.insert(path.device);
  names.erase("");
  return {names.begin(), names.end()};
}

void judge_blackholes(const std::map<std::string, std::int64_t>& kernel, Run& run) {
  const auto count = [&kernel](const char* name) {
    const auto found = kernel.find(name);
    return found == kernel.end() ? 0 : found->second;
  };
  const std::int64_t opened_as_tcp = count(kOpenedAsTcp);
  if (run.mptcp.fallbacks == 0 || (count(kBlackholes) == 0 && opened_as_tcp == 0)) return;
  run.invalid_reasons.push_back(fmt::format(
      "this host found an MPTCP blackhole ({}), after which it opened {} connection{} as TCP ({}): "
      "a middlebox drops SYNs with MPTCP, or several were lost; it opens no MPTCP connections for "
      "net.mptcp.blackhole_timeout seconds or longer",
      kBlackholes, opened_as_tcp, opened_as_tcp == 1 ? "" : "s", kOpenedAsTcp));
}

}  // namespace mpb
