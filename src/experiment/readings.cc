#include "experiment/readings.hh"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>

#include "experiment/judge_host.hh"
#include "net/counters.hh"
#include "result/environment.hh"
#include "sys/interrupt.hh"

namespace mpb {

namespace {

// Long enough although the kernel counts idle time in ticks of 10 ms.
constexpr Nanos kLook = 1s;

ProcessUse use_of(const Child& process) {
  return {cpu_time(process.pid()), cpu_use(process.pidfd())};
}

// The segments that another connection sent do not belong to the load. Those that it received
// remain: TcpInSegs counts bundles of segments as one.
void remove_segments(const TcpCounts& other, std::map<std::string, std::int64_t>& counters) {
  counters["TcpOutSegs"] -= other.segments_out;
  counters["TcpRetransSegs"] -= other.segments_again;
}

}  // namespace

std::optional<CpuUse> busiest_thread(const ProcessUse& before, const ProcessUse& after) {
  std::optional<CpuUse> busiest;
  for (const auto& [thread, use] : after.threads) {
    const auto was = before.threads.find(thread);
    const CpuUse its = was == before.threads.end() ? use : use - was->second;
    if (!busiest || its.ran > busiest->ran) busiest = its;
  }
  return busiest;
}

HostReading read_host() { return {now(), host_cpu(), Nanos{stolen_time_ns()}}; }

void record_others(const HostReading& before, const HostReading& after, Run& run) {
  const Nanos between = after.at - before.at;
  run.steal_pct =
      cpu_percent(after.stolen - before.stolen, between * sysconf(_SC_NPROCESSORS_ONLN));
  if (before.cpu && after.cpu) run.nice_pct = cpu_percent((*after.cpu - *before.cpu).nice, between);
}

void record_cpu_without_load(const RunContext& context, Run& run) {
  context.observe("measuring the CPU use of other programs", 0, 0);
  const Nanos begin = now();
  const std::optional<HostCpu> before = host_cpu();
  if (!before) return;
  while (now() - begin < kLook) {
    stop_if_interrupted();
    std::this_thread::sleep_for(50ms);
  }
  const std::optional<HostCpu> after = host_cpu();
  // Because of the ticks, the result for an idle host may be negative.
  if (after)
    run.system_before_pct = std::max(0.0, cpu_percent((*after - *before).busy, now() - begin));
}

Reading take_reading(World& world, const Store& store, const CompetingFlow* flow) {
  Reading reading{.at = now(), .traffic = world.traffic(), .store = use_of(store.process())};
  if (const Child* emulator = world.emulator_process()) reading.emulator = use_of(*emulator);
  for (const Place& place : world.places()) {
    if (place.role == Role::kRouter) continue;
    reading.kernel[to_text(place)] = inside_netns(world.netns(place), protocol_counters);
  }
  if (flow != nullptr) {
    reading.flow = flow->read();
    remove_segments(reading.flow->client, reading.kernel.at(to_text(Role::kClient)));
    remove_segments(reading.flow->server, reading.kernel.at(to_text(Role::kServer)));
  }
  reading.softnet_drops = softnet_drops();
  reading.pressure = cpu_pressure();
  reading.host = read_host();
  reading.until = now();
  return reading;
}

std::vector<LinkTraffic> difference(const std::vector<LinkTraffic>& before,
                                    std::vector<LinkTraffic> after) {
  for (std::size_t i = 0; i < after.size(); ++i) {
    after[i].client_tx_bytes -= before[i].client_tx_bytes;
    after[i].client_rx_bytes -= before[i].client_rx_bytes;
    after[i].lost_packets -= before[i].lost_packets;
    if (after[i].dropped_packets) *after[i].dropped_packets -= *before[i].dropped_packets;
    if (after[i].flow_dropped_packets)
      *after[i].flow_dropped_packets -= *before[i].flow_dropped_packets;
  }
  return after;
}

std::map<std::string, std::int64_t> difference(const std::map<std::string, std::int64_t>& before,
                                               const std::map<std::string, std::int64_t>& after) {
  static const std::set<std::string> kRecorded{"TcpInSegs",
                                               "TcpOutSegs",
                                               "TcpRetransSegs",
                                               "TcpExtTCPTimeouts",
                                               "TcpExtTCPLossProbes",
                                               "TcpExtTCPFastRetrans",
                                               "TcpExtTCPLostRetransmit",
                                               "TcpExtTCPSpuriousRTOs",
                                               "TcpExtPruneCalled"};
  std::map<std::string, std::int64_t> grown;
  for (const auto& [name, value] : after) {
    const auto was = before.find(name);
    const std::int64_t by = value - (was == before.end() ? 0 : was->second);
    if (by != 0 && (name.rfind("MPTcpExt", 0) == 0 || kRecorded.count(name) > 0 ||
                    loss_counters().count(name) > 0))
      grown[name] = by;
  }
  return grown;
}

}  // namespace mpb
