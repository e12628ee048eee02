#include "tools/lab_watch.hh"

#include <fmt/format.h>

#include <algorithm>

#include "experiment/readings.hh"
#include "net/sock_diag.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

constexpr int kIdleShare = 20;  // the pause after a sample is at least this multiple of its time

// Keeps the counters without a change too, because their names show which ones this kernel has.
Counters change_of(const Counters& before, Counters after) {
  for (auto& [name, value] : after) {
    const auto was = before.find(name);
    if (was != before.end()) value -= was->second;
  }
  return after;
}

}  // namespace

LabWatch::LabWatch(World& world, const WorldOptions& options) : world_(world) {
  proof_.scenario = options.scenario.name;
  proof_.backend = to_text(options.backend);
  for (std::size_t i = 0; i < options.scenario.links.size(); ++i) {
    proof_.links.push_back({.name = options.scenario.links[i].name});
    const std::string v4 = client_address(i, Family::kV4);
    // A socket of IPv6, as Java opens it, has a mapped address.
    for (const std::string& text :
         {v4, fmt::format("[::ffff:{}]", v4), fmt::format("[{}]", client_address(i, Family::kV6))})
      link_of_[text] = i;
  }
  begin_ = now();
  due_ = begin_ + kLabTick;
  traffic_before_ = world_.traffic();
  before_ = read_counters();
}

std::map<std::string, Counters> LabWatch::read_counters() const {
  std::map<std::string, Counters> all;
  for (const Place& place : world_.places())
    all[to_text(place)] = inside_netns(world_.netns(place), protocol_counters);
  return all;
}

void LabWatch::on_time() {
  const Nanos start = now();
  if (start < due_ || !can_list_) return;
  try {
    sample();
  } catch (const CannotRun&) {
    can_list_ = false;  // the table says so
  }
  const Nanos end = now();
  due_ = end + std::max(kLabTick, kIdleShare * (end - start));
}

void LabWatch::sample() {
  std::vector<LinkUse> present(proof_.links.size());
  for (const Place& place : world_.places()) {
    if (place.role != Role::kClient) continue;
    for (const TcpSocket& socket : inside_netns(world_.netns(place), established_sockets)) {
      const auto link = link_of_.find(socket.local);
      if (link == link_of_.end()) continue;
      LinkUse& use = present[link->second];
      ++(socket.mptcp ? use.most_subflows : use.most_tcp);
    }
  }
  for (std::size_t i = 0; i < present.size(); ++i) {
    LinkUse& most = proof_.links[i];
    most.most_subflows = std::max(most.most_subflows, present[i].most_subflows);
    most.most_tcp = std::max(most.most_tcp, present[i].most_tcp);
  }
  ++proof_.samples;
}

LabProof LabWatch::proof() {
  LabProof proof = proof_;
  proof.duration = now() - begin_;
  for (const auto& [role, after] : read_counters())
    proof.counters[role] = change_of(before_.at(role), after);
  const std::vector<LinkTraffic> traffic = difference(traffic_before_, world_.traffic());
  for (std::size_t i = 0; i < traffic.size(); ++i) {
    proof.links[i].client_tx_bytes = traffic[i].client_tx_bytes;
    proof.links[i].client_rx_bytes = traffic[i].client_rx_bytes;
  }
  return proof;
}

}  // namespace mpb
