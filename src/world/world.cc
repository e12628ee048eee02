#include "world/world.hh"

#include <fmt/format.h>

#include "result/environment.hh"
#include "world/batch.hh"
#include "world/proof.hh"
#include "world/steps.hh"

namespace mpb {

namespace {

bool is_common(const Step& step) {
  return step.kind != Step::Kind::kTun && step.kind != Step::Kind::kEmulator;
}

}  // namespace

World::World(const WorldOptions& options)
    : options_(options),
      netem_seed_(netem_seed(options)),
      spaces_(options.backend, options.scenario),
      links_(make_links(options, spaces_)) {
  for (const Step& step : topology(options)) {
    if (is_common(step)) {
      execute(step, spaces_);
    } else {
      links_->perform(step);
    }
  }
  // The tools start now, so that no event has to wait for one.
  for (std::size_t event = 0; event < options_.scenario.events.size(); ++event) {
    for (const Step& step : event_steps(options_.scenario, event, options_.backend, netem_seed_)) {
      if (step.kind == Step::Kind::kCommand) batch_for(step);
    }
  }
  links_->start();
  if (options.mptcp && options.path_manager == PathManager::kMptcpd)
    mptcpd_.emplace(spaces_, end_settings(options, options.scenario, Role::kClient).endpoints);
}

World::~World() = default;

// The tool of the step, in the namespace of the step.
Batch& World::batch_for(const Step& step) {
  for (const auto& [place, batch] : batches_) {
    if (place == step.where && batch->program() == step.argv[0]) return *batch;
  }
  batches_.emplace_back(step.where, std::make_unique<Batch>(step.argv[0], netns(step.where)));
  return *batches_.back().second;
}

void World::apply(std::size_t event) {
  const std::size_t link = options_.scenario.events[event].link;
  const LinkState before = link_before(options_.scenario, event, link);
  const LinkState after = changed(before, options_.scenario.events[event]);
  if (after.unplugged) ever_unplugged_.insert(after.spec.name);
  links_->before_event(before, after);
  const std::vector<Step> steps =
      event_steps(options_.scenario, event, options_.backend, netem_seed_);
  for (std::size_t i = 0; i < steps.size();) {
    if (!is_common(steps[i])) {
      links_->perform(steps[i++]);
      continue;
    }
    // Successive commands for the same tool are sent together, and their answer is awaited once.
    Batch& batch = batch_for(steps[i]);
    std::vector<std::vector<std::string>> commands;
    for (; i < steps.size() && steps[i].kind == Step::Kind::kCommand &&
           &batch_for(steps[i]) == &batch;
         ++i) {
      commands.push_back(steps[i].argv);
    }
    batch.run(commands);
  }
}

std::vector<LinkTraffic> World::traffic() {
  std::vector<LinkTraffic> links;
  for (const LinkSample& link : sample()) {
    LinkTraffic& traffic = links.emplace_back(LinkTraffic{link.name,
                                                          link.up.bytes,
                                                          link.down.bytes,
                                                          link.up.lost + link.down.lost,
                                                          link.up.dropped + link.down.dropped,
                                                          {}});
    if (link.up.flow_dropped || link.down.flow_dropped) {
      traffic.flow_dropped_packets =
          link.up.flow_dropped.value_or(0) + link.down.flow_dropped.value_or(0);
    }
  }
  return links;
}

std::vector<std::string> World::stray_losses() {
  std::vector<std::string> clauses;
  for (const Place& place : spaces_.places()) {
    // The client's device, and the router's device that sends to it.
    std::set<std::string> unplugged;
    for (const std::string& name : ever_unplugged_) {
      if (place.role == Role::kClient) unplugged.insert(name);
      if (place.role == Role::kRouter) unplugged.insert(name + "-c");
    }
    const auto [devices, qdiscs] = spaces_.counters(place);
    for (const DeviceCounters& device : devices) {
      if (device.name == "lo" || unplugged.count(device.name) > 0) continue;
      std::uint64_t dropped = device.tx_dropped + device.rx_dropped;
      // The qdiscs of the router are the links, so their drops are not counted here.
      for (const QdiscCounters& qdisc : qdiscs) {
        if (place.role != Role::kRouter && qdisc.device == device.index && qdisc.root)
          dropped += qdisc.drops;
      }
      if (dropped == 0) continue;
      clauses.push_back(
          fmt::format("{} packets were dropped by the {}'s device {}, not by the link", dropped,
                      to_text(place), device.name));
    }
  }
  if (const std::uint64_t lost = links_->lost_by_emulator(ever_unplugged_); lost > 0)
    clauses.push_back(fmt::format("{} packets were lost in the emulator, not by the link", lost));
  return clauses;
}

std::vector<std::string> World::wrong_settings() {
  std::vector<std::string> wrong = mpb::wrong_settings(options_, spaces_);
  if (mptcpd_) {
    if (std::string text = mptcpd_->ended(); !text.empty()) wrong.push_back(std::move(text));
  }
  return wrong;
}

std::vector<std::string> World::path_manager_command() const {
  return mptcpd_ ? mptcpd_->command() : std::vector<std::string>{};
}

std::map<std::string, NamespaceRecord> World::namespaces() const {
  std::map<std::string, NamespaceRecord> records;
  for (const Place& place : spaces_.places()) {
    NamespaceRecord& record = records[to_text(place)];
    record.addresses = spaces_.output_lines(place, {"ip", "-br", "address"});
    record.routes = spaces_.output_lines(place, {"ip", "route", "show", "table", "all"});
    record.rules = spaces_.output_lines(place, {"ip", "rule"});
    record.qdiscs = spaces_.output_lines(place, {"tc", "qdisc", "show"});
    if (place.role == Role::kRouter) continue;
    record.mptcp_limits = spaces_.output_of(place, {"ip", "mptcp", "limits", "show"});
    record.mptcp_endpoints = spaces_.output_lines(place, {"ip", "mptcp", "endpoint", "show"});
    record.sysctls = inside_netns(netns(place), network_sysctls);
  }
  links_->record_offloads(records);
  return records;
}

}  // namespace mpb
