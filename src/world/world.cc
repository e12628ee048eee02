#include "world/world.hh"

#include <fcntl.h>

#include <algorithm>
#include <limits>
#include <set>
#include <sstream>
#include <tuple>

#include "net/counters.hh"
#include "net/tun.hh"
#include "result/environment.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/process.hh"
#include "world/batch.hh"
#include "world/emulator.hh"

namespace mpb {

namespace {

constexpr Nanos kToolTimeout = 10s;

const char* package_of(const std::string& program) {
  return program == "ethtool" ? "ethtool" : "iproute2";
}

// Runs one tool inside a namespace; ip(8) opens "@client" as a path, so it becomes that namespace's
// descriptor, inherited.
Captured run_tool(const NetNs& where, std::vector<std::string> argv,
                  const std::vector<std::pair<std::string, int>>& names) {
  Spawn what;
  what.netns_fd = where.fd();
  const std::string program = find_program(argv.front());
  if (program.empty())
    throw CannotRun(argv.front() + " is not installed; run: apt-get install " +
                    package_of(argv.front()));
  argv.front() = program;
  for (std::string& word : argv) {
    for (const auto& [name, fd] : names) {
      if (word != "@" + name) continue;
      word = "/proc/self/fd/" + std::to_string(fd);
      what.keep_fds.push_back(fd);
    }
  }
  what.argv = std::move(argv);
  return run_captured(what, kToolTimeout);
}

std::int64_t signed_of(std::uint64_t count) { return static_cast<std::int64_t>(count); }

std::string trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.pop_back();
  return text;
}

// /proc/sys/net belongs to the namespace of whoever opens it.
void write_sysctl(const std::string& setting, bool if_present) {
  const std::size_t equals = setting.find('=');
  const std::string name = setting.substr(0, equals);
  const std::string value = setting.substr(equals + 1);
  std::string path = "/proc/sys/" + name;
  std::replace(path.begin() + 10, path.end(), '.', '/');
  const Fd fd{open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!fd && errno == ENOENT && if_present) return;
  if (!fd && errno == ENOENT) throw CannotRun("this kernel has no setting " + name);
  if (fd && write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size()))
    return;
  const int error = errno;
  if (error == EROFS)
    throw CannotRun(
        "/proc/sys is read-only here, as in many containers; run with --privileged, or on the "
        "host");
  if (name == "net.ipv4.tcp_congestion_control") {
    const std::string allowed = first_line("/proc/sys/net/ipv4/tcp_allowed_congestion_control");
    if (error == ENOENT) {
      throw CannotRun("this kernel has no congestion control \"" + value + "\"; it has: " +
                      first_line("/proc/sys/net/ipv4/tcp_available_congestion_control"));
    }
    throw CannotRun("this host does not allow congestion control \"" + value +
                    "\" in namespaces (allowed: " + allowed +
                    "); run: sysctl -w net.ipv4.tcp_allowed_congestion_control=\"" + allowed + " " +
                    value + "\"");
  }
  if (name == "net.mptcp.scheduler" && error == ENOENT) {
    throw CannotRun("this kernel has no MPTCP scheduler \"" + value +
                    "\"; it has: " + first_line("/proc/sys/net/mptcp/available_schedulers"));
  }
  throw SysError("setting " + setting, error);
}

const DeviceCounters& device_of(const std::vector<DeviceCounters>& devices,
                                const std::string& name) {
  const auto found =
      std::find_if(devices.begin(), devices.end(),
                   [&](const DeviceCounters& device) { return device.name == name; });
  if (found == devices.end()) throw RunFailed("there is no device " + name + " any more");
  return *found;
}

// What one direction's two netems did not let through: the outer one counts what the inner one
// drops too.
struct NetemDrops {
  std::uint64_t lost = 0;
  std::uint64_t tail = 0;
};

NetemDrops netem_drops(const std::vector<QdiscCounters>& qdiscs, const DeviceCounters& device) {
  NetemDrops drops;
  for (const QdiscCounters& qdisc : qdiscs) {
    if (qdisc.device == device.index) (qdisc.root ? drops.lost : drops.tail) += qdisc.drops;
  }
  drops.lost -= drops.tail;
  return drops;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

World::World(const WorldOptions& options)
    : scenario_(options.scenario), backend_(options.backend), netem_seed_(netem_seed(options)) {
  for (const Role role : {Role::kClient, Role::kServer}) spaces_.push_back({role, NetNs()});
  if (backend_ == Backend::kNetem) spaces_.push_back({Role::kRouter, NetNs()});
  for (const Step& step : topology(options)) execute(step);
  for (std::size_t event = 0; event < scenario_.events.size(); ++event) {
    for (const Step& step : event_steps(scenario_, event, backend_, netem_seed_)) {
      if (step.kind == Step::Kind::kCommand) batch_for(step);
    }
  }
  if (backend_ == Backend::kTun) {
    // topology() names each link's client end, then its server end.
    emulator_ = std::make_unique<Emulator>(scenario_.links, tuns_, options.seed);
    emulator_->snapshot();  // its first answer: packets move
    return;
  }
  if (backend_ == Backend::kVeth) return;
  for_each_device(
      [this](const Space& space, const std::string& device) { check_offloads(space, device); });
}

void World::check_offloads(const Space& space, const std::string& device) const {
  // A driver may keep an offload on and ethtool still exit with 0: what it says afterwards is what
  // counts.
  std::istringstream lines(output_of(space.role, {"ethtool", "-k", device}));
  int off = 0;
  for (std::string line; std::getline(lines, line);) {
    for (const char* offload : {"tcp-segmentation-offload: ", "generic-segmentation-offload: ",
                                "generic-receive-offload: "}) {
      if (line.rfind(offload, 0) != 0) continue;
      if (line.rfind(std::string(offload) + "off", 0) != 0)
        throw CannotRun(device + " keeps " + line + ": netem would count bundles");
      ++off;
    }
  }
  if (off != 3)
    throw RunFailed("ethtool -k " + device + " does not tell whether its offloads are off");
}

World::~World() = default;
World::World(World&&) noexcept = default;

const NetNs& World::space(Role role) const {
  for (const Space& space : spaces_) {
    if (space.role == role) return space.netns;
  }
  throw BadInput("there is no " + to_text(role) + " namespace with the " + to_text(backend_) +
                 " backend");
}

int World::netns(Role role) const { return space(role).fd(); }

void World::execute(const Step& step) {
  const NetNs& where = space(step.where);
  switch (step.kind) {
    case Step::Kind::kSysctl:
    case Step::Kind::kSysctlIfPresent:
      inside_netns(where.fd(), [&] {
        write_sysctl(step.argv.back(), step.kind == Step::Kind::kSysctlIfPresent);
      });
      return;
    case Step::Kind::kTun:
      tuns_.push_back(inside_netns(where.fd(), [&] { return open_tun(step.argv[4]).fd; }));
      return;
    case Step::Kind::kEmulator:
      emulator_->set(step.argv[1]);
      return;
    case Step::Kind::kCommand:
      break;
  }
  std::vector<std::pair<std::string, int>> names;
  for (const Space& space : spaces_) names.emplace_back(to_text(space.role), space.netns.fd());
  const Captured ran = run_tool(where, step.argv, names);
  if (ran.status.ok()) return;
  if (step.argv[0] == "tc" && ran.err.find("qdisc kind is unknown") != std::string::npos) {
    throw CannotRun(
        "this kernel has no netem qdisc (tc: Specified qdisc kind is unknown); use --links tun, or "
        "a kernel with sch_netem");
  }
  throw RunFailed(to_text(step) + ": " + (ran.err.empty() ? ran.status.text() : trimmed(ran.err)));
}

std::string World::output_of(Role role, const std::vector<std::string>& argv) const {
  const Captured ran = run_tool(space(role), argv, {});
  return ran.status.ok() ? ran.out : "";
}

// The tool, in the namespace of the step. It is started before the first event, so that none has to
// wait for it.
Batch& World::batch_for(const Step& step) {
  for (const auto& [role, batch] : batches_) {
    if (role == step.where && batch->program() == step.argv[0]) return *batch;
  }
  batches_.emplace_back(step.where, std::make_unique<Batch>(step.argv[0], netns(step.where)));
  return *batches_.back().second;
}

void World::apply(std::size_t event) {
  const std::size_t link = scenario_.events[event].link;
  const LinkState before = link_before(scenario_, event, link);
  const LinkState after = changed(before, scenario_.events[event]);
  if (after.unplugged) ever_unplugged_.insert(after.spec.name);
  if (backend_ == Backend::kNetem) note_blackholes(before, after);
  const std::vector<Step> steps = event_steps(scenario_, event, backend_, netem_seed_);
  for (std::size_t i = 0; i < steps.size();) {
    if (steps[i].kind == Step::Kind::kEmulator) {
      execute(steps[i++]);
      continue;
    }
    // Neighbours for the same tool go together: one answer to wait for.
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

// netem counts what a blackhole takes as lost at random. So the counter is read just before one
// opens, and just before it closes.
void World::note_blackholes(const LinkState& before, const LinkState& after) {
  const auto [devices, qdiscs] = inside_netns(netns(Role::kRouter), [] {
    return std::pair{device_counters(), qdisc_counters()};
  });
  for (const auto& [device, was, is] :
       {std::tuple{after.spec.name + "-s", before.spec.up.blackhole, after.spec.up.blackhole},
        std::tuple{after.spec.name + "-c", before.spec.down.blackhole,
                   after.spec.down.blackhole}}) {
    if (was == is) continue;
    Blackholed& blackholed = blackholed_[device];
    const std::uint64_t lost = netem_drops(qdiscs, device_of(devices, device)).lost;
    if (is) {
      blackholed.lost_at_start = lost;
    } else {
      blackholed.before = blackholed.of(lost);
      blackholed.lost_at_start.reset();
    }
  }
}

// Of the direction whose qdiscs are on `device`, but for packets and bytes.
DirectionSample World::netem_sample(const std::vector<DeviceCounters>& devices,
                                    const std::vector<QdiscCounters>& qdiscs,
                                    const std::string& device) const {
  const DeviceCounters& counters = device_of(devices, device);
  const NetemDrops drops = netem_drops(qdiscs, counters);
  const auto blackholed = blackholed_.find(device);
  DirectionSample sample;
  sample.lost = signed_of(
      drops.lost - (blackholed == blackholed_.end() ? 0 : blackholed->second.of(drops.lost)));
  sample.dropped = signed_of(drops.tail);
  for (const QdiscCounters& qdisc : qdiscs) {
    if (qdisc.device == counters.index && qdisc.root)
      sample.queue_packets = signed_of(qdisc.waiting_packets);
  }
  return sample;
}

std::vector<LinkSample> World::sample() {
  std::vector<LinkSample> links;
  if (emulator_) {
    const auto direction = [](const DirectionSnapshot& from, std::uint64_t packets,
                              std::uint64_t bytes) {
      return DirectionSample{signed_of(packets), signed_of(bytes), signed_of(from.lost),
                             signed_of(from.tail_dropped), from.queue_packets};
    };
    for (const LinkSnapshot& link : emulator_->snapshot().links) {
      links.push_back({link.name, direction(link.up, link.up.packets, link.client_tx_bytes()),
                       direction(link.down, link.down.delivered, link.client_rx_bytes())});
    }
    return links;
  }
  if (backend_ == Backend::kVeth) {
    // Of bundles that segmentation offload makes, which have fewer headers than their packets.
    const std::vector<DeviceCounters> devices =
        inside_netns(netns(Role::kClient), [] { return device_counters(); });
    for (const LinkSpec& link : scenario_.links) {
      const DeviceCounters& device = device_of(devices, link.name);
      links.push_back({link.name,
                       {signed_of(device.tx_packets), signed_of(device.tx_bytes)},
                       {signed_of(device.rx_packets), signed_of(device.rx_bytes)}});
    }
    return links;
  }
  // All in the router, where the client's sending is our receiving, so that all figures are of one
  // moment.
  const auto [devices, qdiscs] = inside_netns(netns(Role::kRouter), [] {
    return std::pair{device_counters(), qdisc_counters()};
  });
  for (const LinkSpec& link : scenario_.links) {
    const DeviceCounters& to_client = device_of(devices, link.name + "-c");
    LinkSample sample{link.name, netem_sample(devices, qdiscs, link.name + "-s"),
                      netem_sample(devices, qdiscs, link.name + "-c")};
    sample.up.packets = signed_of(to_client.rx_packets);
    sample.up.bytes = signed_of(to_client.rx_bytes);
    sample.down.packets = signed_of(to_client.tx_packets);
    sample.down.bytes = signed_of(to_client.tx_bytes);
    links.push_back(std::move(sample));
  }
  return links;
}

std::vector<LinkTraffic> World::traffic() {
  std::vector<LinkTraffic> links;
  for (const LinkSample& link : sample()) {
    links.push_back({link.name, link.up.bytes, link.down.bytes, link.up.lost + link.down.lost,
                     link.up.dropped + link.down.dropped});
  }
  return links;
}

void World::reset_lateness() {
  if (emulator_) emulator_->reset_lateness();
}

std::optional<Snapshot> World::emulator_snapshot() {
  return emulator_ ? std::optional(emulator_->snapshot()) : std::nullopt;
}

std::string World::broken() {
  return emulator_ && !emulator_->alive() ? "the link emulator died" : "";
}

std::vector<std::string> World::stray_losses() {
  std::vector<std::string> clauses;
  for (const Space& space : spaces_) {
    // The client's end, and the router's, which sends into it.
    std::set<std::string> unplugged;
    for (const std::string& name : ever_unplugged_) {
      if (space.role == Role::kClient) unplugged.insert(name);
      if (space.role == Role::kRouter) unplugged.insert(name + "-c");
    }
    const auto [devices, qdiscs] = inside_netns(space.netns.fd(), [] {
      return std::pair{device_counters(), qdisc_counters()};
    });
    for (const DeviceCounters& device : devices) {
      if (device.name == "lo" || unplugged.count(device.name) > 0) continue;
      std::uint64_t dropped = device.tx_dropped + device.rx_dropped;
      // The router's qdiscs are the links.
      for (const QdiscCounters& qdisc : qdiscs) {
        if (space.role != Role::kRouter && qdisc.device == device.index && qdisc.root)
          dropped += qdisc.drops;
      }
      if (dropped == 0) continue;
      clauses.push_back(std::to_string(dropped) + " packets were dropped by the " +
                        to_text(space.role) + "'s device " + device.name + ", not by the link");
    }
  }
  if (!emulator_ || !emulator_->alive()) return clauses;
  std::uint64_t lost = 0;
  for (const LinkSnapshot& link : emulator_->snapshot().links) {
    for (const DirectionSnapshot& direction : {link.up, link.down})
      lost += direction.overflowed + direction.write_errors;
    if (ever_unplugged_.count(link.name) > 0) lost -= link.down.write_errors;
  }
  if (lost > 0)
    clauses.push_back(std::to_string(lost) + " packets were lost in the emulator, not by the link");
  return clauses;
}

const Child* World::emulator_process() const { return emulator_ ? &emulator_->process() : nullptr; }

std::vector<std::string> World::emulator_command() const {
  return emulator_ ? emulator_->command() : std::vector<std::string>{};
}

std::map<std::string, NamespaceRecord> World::namespaces() const {
  std::map<std::string, NamespaceRecord> all;
  for (const Space& space : spaces_) {
    const auto lines = [&](const std::vector<std::string>& command) {
      return lines_of(output_of(space.role, command));
    };
    NamespaceRecord& its = all[to_text(space.role)];
    its.addresses = lines({"ip", "-br", "address"});
    its.routes = lines({"ip", "route", "show", "table", "all"});
    its.rules = lines({"ip", "rule"});
    its.qdiscs = lines({"tc", "qdisc", "show"});
    if (space.role == Role::kRouter) continue;
    its.mptcp_limits = trimmed(output_of(space.role, {"ip", "mptcp", "limits", "show"}));
    its.mptcp_endpoints = lines({"ip", "mptcp", "endpoint", "show"});
    its.sysctls = inside_netns(space.netns.fd(), network_sysctls);
  }
  if (backend_ != Backend::kTun && !find_program("ethtool").empty()) {
    for_each_device([&](const Space& space, const std::string& device) {
      all[to_text(space.role)].offloads[device] =
          lines_of(output_of(space.role, {"ethtool", "-k", device}));
    });
  }
  return all;
}

std::string why_not(Backend backend) {
  try {
    const NetNs netns;
    if (backend == Backend::kTun) {
      inside_netns(netns.fd(), [] { open_tun("probe"); });
      return "";
    }
    if (backend == Backend::kVeth) {
      const Captured made = run_tool(
          netns, {"ip", "link", "add", "name", "probe", "type", "veth", "peer", "name", "probe2"},
          {});
      return made.status.ok() ? "" : trimmed(made.err);
    }
    if (find_program("ethtool").empty())
      return "ethtool is not installed; run: apt-get install ethtool";
    const Captured ran =
        run_tool(netns, {"tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"}, {});
    if (ran.status.ok()) return "";
    if (ran.err.find("kind is unknown") != std::string::npos) {
      return "this kernel has no netem qdisc (tc: Specified qdisc kind is unknown); boot one with "
             "CONFIG_NET_SCH_NETEM";
    }
    return trimmed(ran.err);
  } catch (const std::exception& error) {
    return error.what();
  }
}

bool netem_takes_seeds() {
  const std::string seed = std::to_string(std::numeric_limits<std::int64_t>::max());
  try {
    const NetNs netns;
    // An older tc(8) refuses the word; an older kernel ignores the number and does not give it
    // back.
    run_tool(netns, {"tc", "qdisc", "add", "dev", "lo", "root", "netem", "seed", seed}, {});
    const Captured shown = run_tool(netns, {"tc", "qdisc", "show", "dev", "lo"}, {});
    return shown.out.find("seed " + seed) != std::string::npos;
  } catch (const std::exception&) {
    return false;  // no tc(8), or no namespaces: why_not() has the reason
  }
}

BackendChoice choose_backend(const std::string& word, const Scenario& scenario, bool probe) {
  if (word != "auto") {
    const Backend backend = word == "netem" ? Backend::kNetem : Backend::kTun;
    const std::string why = probe ? why_not(backend) : "";
    if (!why.empty()) throw CannotRun("--links " + word + ": " + why);
    return {backend, "asked for with --links " + word,
            probe && backend == Backend::kNetem && netem_takes_seeds()};
  }
  if (has_plain_links(scenario) && scenario.links.size() == 1 &&
      !scenario.sysctls.contains(Role::kRouter)) {
    const std::string no_veth = why_not(Backend::kVeth);
    if (no_veth.empty()) return {Backend::kVeth, "no link has anything to emulate"};
    throw CannotRun("client and server cannot be joined here without emulated links: " + no_veth +
                    "; --links tun puts the emulator between them, whose CPU time counts too");
  }
  const std::string no_netem = why_not(Backend::kNetem);
  if (no_netem.empty()) return {Backend::kNetem, "the kernel has it", netem_takes_seeds()};
  const std::string no_tun = why_not(Backend::kTun);
  if (no_tun.empty()) return {Backend::kTun, no_netem};
  throw CannotRun("no links can be made here: " + no_netem + "; and " + no_tun);
}

}  // namespace mpb
