#include "scenario/topology.hh"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "emu/control.hh"
#include "emu/link.hh"
#include "scenario/netem_words.hh"
#include "stats/random.hh"
#include "sys/process.hh"

namespace mpb {

namespace {

using Words = std::vector<std::string>;

class Plan {
 public:
  explicit Plan(const Scenario& scenario) : scenario_(scenario) {}

  // The client that has this link.
  Place client(std::size_t link) const { return scenario_.client_of(link); }

  void command(const Place& where, Words argv) {
    steps.push_back({Step::Kind::kCommand, where, std::move(argv)});
  }
  void sysctl(const Place& where, const std::string& setting) {
    steps.push_back({Step::Kind::kSysctl, where, {"sysctl", "-w", setting}});
  }
  void sysctl_if_present(const Place& where, const std::string& setting) {
    steps.push_back({Step::Kind::kSysctlIfPresent, where, {"sysctl", "-w", setting}});
  }
  void tun(const Place& where, const std::string& name) {
    steps.push_back({Step::Kind::kTun, where, {"ip", "tuntap", "add", "dev", name, "mode", "tun"}});
  }

  std::vector<Step> steps;

 private:
  const Scenario& scenario_;
};

constexpr int kRouterHost = 254;  // the last byte of the router's addresses

void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

std::string table_of(std::size_t link) { return std::to_string(100 + link + 1); }

// "ip", and "-6" for IPv6.
Words ip_words(Family family, const Words& more) {
  Words words{"ip"};
  if (family == Family::kV6) words.emplace_back("-6");
  append(words, more);
  return words;
}

// Addresses of IPv6 are used at once, without looking for duplicates on the link.
Words address_words(Family family, Words words) {
  if (family == Family::kV6) words.emplace_back("nodad");
  return ip_words(family, words);
}

std::string whole_subnet(int side, std::size_t link, Family family) {
  return subnet(side, link, 0, family) + (family == Family::kV4 ? "/24" : "/64");
}

// Each new device gets these settings. The links then carry no packets of the kernel's own, such as
// router solicitations.
void allow_ipv6(Plan& plan, const Place& where) {
  plan.sysctl(where, "net.ipv6.conf.default.disable_ipv6=0");
  plan.sysctl(where, "net.ipv6.conf.default.accept_ra=0");
  plan.sysctl(where, "net.ipv6.conf.default.router_solicitations=0");
  plan.sysctl(where, "net.ipv6.conf.default.addr_gen_mode=1");  // no link-local address
  if (where.role == Role::kRouter) plan.sysctl(where, "net.ipv6.conf.all.forwarding=1");
}

void guards(Plan& plan, const Place& where, const WorldOptions& options) {
  // These come before any device exists, because a new device copies the values of "default".
  // A subflow's packets arrive on another link than the route back, so rp_filter would drop them.
  plan.sysctl(where, "net.ipv4.conf.all.rp_filter=0");
  plan.sysctl(where, "net.ipv4.conf.default.rp_filter=0");
  if (has_ipv6(options)) {
    allow_ipv6(plan, where);
  } else {
    // IPv6 would send its own announcements over the links.
    plan.sysctl_if_present(where, "net.ipv6.conf.default.disable_ipv6=1");
  }
  if (where.role == Role::kRouter) {
    plan.sysctl(where, "net.ipv4.ip_forward=1");
  } else {
    // A connection must not inherit the metrics of an earlier one.
    plan.sysctl(where, "net.ipv4.tcp_no_metrics_save=1");
    // Two lost SYNs would switch MPTCP off for an hour (Linux 6.12).
    plan.sysctl_if_present(where, "net.mptcp.blackhole_timeout=0");
    if (!options.congestion.empty())
      plan.sysctl(where, "net.ipv4.tcp_congestion_control=" + options.congestion);
  }
  plan.command(where, {"ip", "link", "set", "dev", "lo", "up"});
}

std::string address_of(const Place& where, std::size_t link) {
  return where.role == Role::kClient ? client_address(link) : server_address(link);
}

void route_to_peer(Plan& plan, const Place& where, const std::string& name, std::size_t link) {
  const Role peer = where.role == Role::kClient ? Role::kServer : Role::kClient;
  plan.command(where, {"ip", "route", "add", address_of(peer, link), "dev", name, "src",
                       address_of(where, link)});
}

// The routes that the kernel removes when the client's interface goes down. The address stays, and
// the kernel restores the routes that belong to it.
void client_routes(Plan& plan, Backend backend, const std::string& name, std::size_t link,
                   Family family) {
  if (backend != Backend::kNetem) {
    if (backend == Backend::kTun && family == Family::kV4)
      route_to_peer(plan, plan.client(link), name, link);
    plan.command(plan.client(link), ip_words(family, {"route", "add", "default", "dev", name,
                                                      "table", table_of(link)}));
    return;
  }
  const std::string router = subnet(0, link, kRouterHost, family);
  plan.command(plan.client(link), ip_words(family, {"route", "add", whole_subnet(1, link, family),
                                                    "via", router, "dev", name}));
  plan.command(plan.client(link), ip_words(family, {"route", "add", "default", "via", router, "dev",
                                                    name, "table", table_of(link)}));
}

// The words "dev" and "name" before a device are necessary: without them, ip(8) reads a link called
// "a" as the word "address".
void peer_address(Plan& plan, const Place& where, const std::string& name, std::size_t link,
                  Family family = Family::kV4) {
  const int side = where.role == Role::kClient ? 0 : 1;
  plan.command(where,
               address_words(family, {"address", "add", subnet(side, link, 1, family), "peer",
                                      subnet(1 - side, link, 1, family), "dev", name}));
}

std::string mtu_of(const LinkSpec& spec) { return std::to_string(spec.up.mtu.count); }

// Offloads keep the kernel's defaults, because there is no netem that would count a bundle of
// packets as one.
void direct_link(Plan& plan, const LinkSpec& spec, std::size_t link) {
  const std::string& name = spec.name;
  plan.command(plan.client(link), {"ip", "link", "add", "name", name, "type", "veth", "peer",
                                   "name", name, "netns", "@" + to_text(Role::kServer)});
  for (const Place& where : {plan.client(link), Place(Role::kServer)}) {
    peer_address(plan, where, name, link);
    plan.command(where, {"ip", "link", "set", "dev", name, "mtu", mtu_of(spec), "up"});
  }
}

void tun_link(Plan& plan, const LinkSpec& spec, std::size_t link) {
  const std::string& name = spec.name;
  for (const Place& where : {plan.client(link), Place(Role::kServer)}) {
    plan.tun(where, name);
    // Without "peer", because mptcpd(8) takes the address of the peer for that of the interface.
    plan.command(where, {"ip", "address", "add", address_of(where, link) + "/32", "dev", name});
    // A TUN drops silently when its reader is late, and the default queue of 500 packets lasts only
    // 60 ms at 100 Mbit/s. Only the emulated queue may overflow. If this one does, the run is
    // invalid.
    plan.command(where, {"ip", "link", "set", "dev", name, "mtu", mtu_of(spec), "txqueuelen",
                         "10000", "up"});
  }
}

std::string mac_of(int side, std::size_t link, int host) {
  return fmt::format("02:00:00:{:02x}:{:02x}:{:02x}", side, link + 1, host);
}

// A static entry instead of ARP: if netem lost an ARP reply, the link would stall for a second.
void neighbour(Plan& plan, const Place& where, const std::string& device, int side,
               std::size_t link, int peer, Family family = Family::kV4) {
  plan.command(where, ip_words(family, {"neighbour", "add", subnet(side, link, peer, family),
                                        "lladdr", mac_of(side, link, peer), "dev", device}));
}

void veth_pair(Plan& plan, const Place& where, const LinkSpec& spec, const std::string& router_name,
               int side, std::size_t link) {
  const std::string& name = spec.name;
  plan.command(Role::kRouter,
               {"ip", "link", "add", "name", router_name, "address",
                mac_of(side, link, kRouterHost), "type", "veth", "peer", "name", name, "address",
                mac_of(side, link, 1), "netns", "@" + to_text(where)});
  for (const auto& [place, device, host, peer] :
       {std::tuple{where, name, 1, kRouterHost},
        std::tuple{Place(Role::kRouter), router_name, kRouterHost, 1}}) {
    // netem counts and drops skbs, and with segmentation offload an skb contains up to 45 packets.
    plan.command(place, {"ethtool", "-K", device, "tso", "off", "gso", "off", "gro", "off"});
    plan.command(place, {"ip", "address", "add", subnet(side, link, host) + "/24", "dev", device});
    plan.command(place, {"ip", "link", "set", "dev", device, "mtu", mtu_of(spec), "txqueuelen",
                         "10000", "up"});
    neighbour(plan, place, device, side, link, peer);
  }
}

// One direction of a link. `change` is 0 for its creation, or the number of an event (from 1) that
// changes it.
struct NetemDirection {
  std::string link;
  Direction direction;
  std::optional<Seed> run_seed;
  std::size_t change = 0;
};

// `line` selects the inner qdisc; see netem_loss_words().
void netem(Plan& plan, const NetemDirection& end, bool line, const LinkModel& model) {
  Words words{"tc", "qdisc", end.change == 0 ? "add" : "change", "dev",
              end.link + (end.direction == Direction::kUp ? "-s" : "-c")};
  append(words, line ? Words{"parent", "1:1", "handle", "2:"} : Words{"root", "handle", "1:"});
  words.push_back("netem");
  append(words, line ? netem_line_words(model) : netem_loss_words(model));
  if (end.run_seed) {
    const std::uint64_t key = link_seed(*end.run_seed, end.link, end.direction).value;
    append(words,
           {"seed", std::to_string(mix64(key + (2 * end.change + (line ? 2 : 1)) * kGolden64))});
  }
  plan.command(Role::kRouter, std::move(words));
}

// Packets that leave the router on `line` pass an ifb, whose fq holds each flow back, before they
// come to netem. Not where they enter the router: there they still belong to the socket of their
// sender, which would be held back itself, as by a pacing network card.
void cap_flows(Plan& plan, const std::string& line, const std::string& cap,
               const LinkModel& model) {
  if (model.flow_rate.count == 0) return;
  plan.command(Role::kRouter, {"ip", "link", "add", "name", cap, "type", "ifb"});
  plan.command(Role::kRouter, {"ip", "link", "set", "dev", cap, "up"});
  Words words{"tc", "qdisc", "add", "dev", cap, "root", "fq"};
  append(words, flow_cap_words(model));
  plan.command(Role::kRouter, std::move(words));
  plan.command(Role::kRouter, {"tc", "qdisc", "add", "dev", line, "clsact"});
  plan.command(Role::kRouter, {"tc", "filter", "add", "dev", line, "egress", "matchall", "action",
                               "mirred", "egress", "redirect", "dev", cap});
}

void routes_of_netem(Plan& plan, const std::string& name, std::size_t link, Family family) {
  client_routes(plan, Backend::kNetem, name, link, family);
  plan.command(Role::kServer,
               ip_words(family, {"route", "add", whole_subnet(0, link, family), "via",
                                 subnet(1, link, kRouterHost, family), "dev", name}));
  // A packet leaves the router on the link on which it arrived, although the store's address
  // belongs to the first link.
  plan.command(Role::kRouter,
               ip_words(family, {"route", "add", "default", "via", server_address(link, family),
                                 "dev", name + "-s", "table", table_of(link)}));
  plan.command(Role::kRouter,
               ip_words(family, {"rule", "add", "iif", name + "-c", "lookup", table_of(link)}));
}

// Gives a link IPv6 addresses in addition. The kernel would not add the routes to the peers of
// addresses while the devices are down, so they come last.
void add_ipv6(Plan& plan, Backend backend, const std::string& name, std::size_t link) {
  constexpr Family kV6 = Family::kV6;
  if (backend != Backend::kNetem) {
    for (const Place& where : {plan.client(link), Place(Role::kServer)})
      peer_address(plan, where, name, link, kV6);
    client_routes(plan, backend, name, link, kV6);
    return;
  }
  for (const auto& [where, device, side, host] : {std::tuple{plan.client(link), name, 0, 1},
                                                  {Role::kRouter, name + "-c", 0, kRouterHost},
                                                  {Role::kServer, name, 1, 1},
                                                  {Role::kRouter, name + "-s", 1, kRouterHost}}) {
    plan.command(where, address_words(kV6, {"address", "add", subnet(side, link, host, kV6) + "/64",
                                            "dev", device}));
    neighbour(plan, where, device, side, link, host == 1 ? kRouterHost : 1, kV6);
  }
  routes_of_netem(plan, name, link, kV6);
}

void netem_link(Plan& plan, const LinkSpec& spec, std::size_t link, std::optional<Seed> seed) {
  const std::string to_client = spec.name + "-c";
  const std::string to_server = spec.name + "-s";
  veth_pair(plan, plan.client(link), spec, to_client, 0, link);
  veth_pair(plan, Role::kServer, spec, to_server, 1, link);
  routes_of_netem(plan, spec.name, link, Family::kV4);
  for (const auto& [direction, model] :
       {std::pair{Direction::kUp, spec.up}, std::pair{Direction::kDown, spec.down}}) {
    const NetemDirection end{spec.name, direction, seed};
    for (const bool line : {false, true}) netem(plan, end, line, model);
  }
  cap_flows(plan, to_server, up_cap_of(spec.name), spec.up);
  cap_flows(plan, to_client, down_cap_of(spec.name), spec.down);
}

// Changes only the qdiscs that differ, because tc(8) applies a command even without a difference.
void change_netem(Plan& plan, const LinkSpec& before, const LinkSpec& after,
                  std::optional<Seed> seed, std::size_t change) {
  for (const auto& [direction, from, to] :
       {std::tuple{Direction::kUp, before.up, after.up},
        std::tuple{Direction::kDown, before.down, after.down}}) {
    const NetemDirection end{after.name, direction, seed, change};
    if (netem_loss_words(from) != netem_loss_words(to)) netem(plan, end, false, to);
    if (netem_line_words(from) != netem_line_words(to)) netem(plan, end, true, to);
  }
}

void rule_from(Plan& plan, std::size_t link, int host, Family family) {
  plan.command(plan.client(link),
               ip_words(family, {"rule", "add", "from", subnet(0, link, host, family), "lookup",
                                 table_of(link)}));
}

// Another address of the client on a link.
void further_address(Plan& plan, Backend backend, const std::string& name, std::size_t link,
                     int host, Family family) {
  const std::string address = subnet(0, link, host, family);
  const std::string alone = address + (family == Family::kV4 ? "/32" : "/128");
  Words words{"address", "add", alone, "dev", name};
  // Otherwise IPv6 could prefer it to the first address as the source of a connection.
  if (family == Family::kV6) append(words, {"preferred_lft", "0"});
  plan.command(plan.client(link), address_words(family, words));
  rule_from(plan, link, host, family);
  if (backend == Backend::kNetem) {
    plan.command(Role::kRouter, ip_words(family, {"neighbour", "add", address, "lladdr",
                                                  mac_of(0, link, 1), "dev", name + "-c"}));
  } else {
    plan.command(Role::kServer, ip_words(family, {"route", "add", address, "dev", name}));
  }
}

void set_up_mptcp(Plan& plan, const WorldOptions& options) {
  std::vector<Place> ends;
  for (const Place& place : places_of(options.backend, options.scenario)) {
    const bool by_mptcpd =
        place.role == Role::kClient && options.path_manager == PathManager::kMptcpd;
    if (place.role != Role::kRouter && !by_mptcpd) ends.push_back(place);
  }
  for (const Place& where : ends) {
    const EndSettings its = end_settings(options, options.scenario, where);
    plan.command(where, {"ip", "mptcp", "limits", "set", "subflows", std::to_string(its.subflows),
                         "add_addr_accepted", std::to_string(its.add_addr_accepted)});
  }
  for (const Place& where : ends) {
    for (const Endpoint& endpoint : end_settings(options, options.scenario, where).endpoints) {
      Words words{"ip", "mptcp", "endpoint", "add", endpoint.address, "dev", endpoint.device};
      words.insert(words.end(), endpoint.flags.rbegin(), endpoint.flags.rend());
      plan.command(where, std::move(words));
    }
  }
  // Otherwise the client would also join the server's first address from its other links.
  if (options.endpoints == Endpoints::kMaintainers)
    plan.sysctl(Role::kServer, "net.mptcp.allow_join_initial_addr_port=0");
}

}  // namespace

std::string to_text(Backend backend) {
  return backend == Backend::kTun ? "tun" : backend == Backend::kNetem ? "netem" : "veth";
}

std::string to_text(const Step& step) {
  if (step.kind == Step::Kind::kEmulator)
    return fmt::format("[emulator] {} {}", step.argv[0], step.argv[1]);
  std::vector<std::string> argv = step.argv;
  for (std::string& word : argv) {
    if (word.front() == '@') word.erase(0, 1);
  }
  return fmt::format("[{}] {}", to_text(step.where), command_text(argv));
}

std::vector<Place> places_of(Backend backend, const Scenario& scenario) {
  std::vector<Place> places;
  for (int client = 1; client <= scenario.clients; ++client)
    places.emplace_back(Role::kClient, client);
  places.emplace_back(Role::kServer);
  if (backend == Backend::kNetem) places.emplace_back(Role::kRouter);
  return places;
}

std::vector<Step> topology(const WorldOptions& options) {
  const Scenario& scenario = options.scenario;
  const Backend backend = options.backend;
  Plan plan(scenario);
  const std::vector<Place> places = places_of(backend, scenario);
  for (const Place& where : places) guards(plan, where, options);
  for (std::size_t link = 0; link < scenario.links.size(); ++link) {
    const std::string& name = scenario.links[link].name;
    if (backend == Backend::kNetem) {
      netem_link(plan, scenario.links[link], link, netem_seed(options));
    } else {
      (backend == Backend::kTun ? tun_link : direct_link)(plan, scenario.links[link], link);
      client_routes(plan, backend, name, link, Family::kV4);
      if (backend == Backend::kTun) route_to_peer(plan, Role::kServer, name, link);
    }
    if (has_ipv6(options)) add_ipv6(plan, backend, name, link);
    for (const Family family : families_of(options)) {
      rule_from(plan, link, 1, family);
      for (int host = 2; host <= options.subflows_per_link; ++host)
        further_address(plan, backend, name, link, host, family);
    }
  }
  if (options.mptcp) set_up_mptcp(plan, options);
  for (const Place& where : places) {  // last, so that these settings take precedence
    if (const auto found = scenario.sysctls.find(where.role); found != scenario.sysctls.end()) {
      for (const auto& [name, value] : found->second) plan.sysctl(where, name + "=" + value);
    }
    for (const auto& [name, value] : options.sysctls) plan.sysctl(where, name + "=" + value);
  }
  return std::move(plan.steps);
}

LinkState link_before(const Scenario& scenario, std::size_t event, std::size_t link) {
  LinkState state{scenario.links[link]};
  for (std::size_t i = 0; i < event; ++i) {
    if (scenario.events[i].link == link) state = changed(std::move(state), scenario.events[i]);
  }
  return state;
}

std::optional<Seed> netem_seed(const WorldOptions& options) {
  if (!options.seeds_netem) return std::nullopt;
  return Seed{options.seed};
}

std::vector<Step> event_steps(const Scenario& scenario, std::size_t event, Backend backend,
                              std::optional<Seed> netem_seed) {
  const std::size_t link = scenario.events[event].link;
  const LinkState before = link_before(scenario, event, link);
  const LinkState after = changed(before, scenario.events[event]);
  const std::string& name = after.spec.name;
  Plan plan(scenario);
  if (backend == Backend::kNetem) {
    change_netem(plan, before.spec, after.spec, netem_seed, event + 1);
  } else if (before.spec != after.spec) {
    plan.steps.push_back(
        {Step::Kind::kEmulator, plan.client(link), {"set", link_to_json(after.spec)}});
  }
  if (before.unplugged != after.unplugged) {
    plan.command(plan.client(link),
                 {"ip", "link", "set", "dev", name, after.unplugged ? "down" : "up"});
    if (!after.unplugged) {
      if (backend == Backend::kNetem)
        neighbour(plan, plan.client(link), name, 0, link, kRouterHost);
      client_routes(plan, backend, name, link, Family::kV4);
    }
  }
  return std::move(plan.steps);
}

}  // namespace mpb
