// A scenario in the kernel: network namespaces, links and MPTCP endpoints.
//
// Every run gets a new world, which disappears with this object: no part of it has a name outside
// the process tree. A Sandbox must exist first. Called from one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "result/result.hh"
#include "scenario/topology.hh"
#include "world/links.hh"
#include "world/mptcpd.hh"
#include "world/spaces.hh"

namespace mpb {

class Batch;

class World {
 public:
  // Throws CannotRun if the host lacks something (netem, TUN, a congestion control), otherwise
  // RunFailed with the message of the tool.
  explicit World(const WorldOptions& options);
  ~World();
  World(const World&) = delete;  // links_ refers to spaces_
  World& operator=(const World&) = delete;

  // Its hosts: the clients first.
  const std::vector<Place>& places() const { return spaces_.places(); }
  Place client_of(std::size_t link) const { return options_.scenario.client_of(link); }
  int netns(const Place& place) const { return spaces_.fd(place); }

  // Executes the scenario's event number `event` (from 0). The event has taken effect when this
  // returns, after a millisecond or so. Call it once for each event, in their order. Throws
  // RunFailed.
  void apply(std::size_t event);

  // The traffic of every link so far, for each direction; and the sums of both directions.
  std::vector<LinkSample> sample() { return links_->sample(); }
  std::vector<LinkTraffic> traffic();

  // The emulator: see Links.
  void reset_lateness() { links_->reset_lateness(); }
  void start_traces(Nanos at) { links_->start_traces(at); }
  std::optional<Snapshot> emulator_snapshot() { return links_->snapshot(); }
  std::optional<CaptureRecord> end_capture() { return links_->end_capture(); }
  const Child* emulator_process() const { return links_->process(); }
  std::vector<std::string> emulator_command() const { return links_->command(); }
  std::string broken() { return links_->broken(); }

  // Clauses about packets that were not lost by a link: by a device, its qdisc, or the emulator
  // itself. The devices of a link that was ever unplugged are left out, because they lose packets
  // in these ways.
  std::vector<std::string> stray_losses();

  // Clauses about settings that are not, or no longer, those of the options.
  std::vector<std::string> wrong_settings();

  // The command of mptcpd(8); empty if it does not run.
  std::vector<std::string> path_manager_command() const;

  // By host ("client", "client2"), as read back: routes, rules, qdiscs, offloads, MPTCP limits and
  // endpoints, and sysctls.
  std::map<std::string, NamespaceRecord> namespaces() const;

 private:
  Batch& batch_for(const Step& step);

  WorldOptions options_;
  std::optional<Seed> netem_seed_;
  Spaces spaces_;
  std::unique_ptr<Links> links_;
  std::optional<Mptcpd> mptcpd_;
  // The tools that the events need.
  std::vector<std::pair<Place, std::unique_ptr<Batch>>> batches_;
  std::set<std::string> ever_unplugged_;
};

}  // namespace mpb
