#include "scenario/setup.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>

#include "emu/trace.hh"
#include "scenario/clients.hh"
#include "sys/error.hh"
#include "sys/kernel.hh"

namespace mpb {

namespace {

constexpr int kMostFurther =
    8;  // subflows of a connection, and accepted addresses, before Linux 7.2

// By PathManager.
const std::array<std::string, 2> kPathManagers{"kernel", "mptcpd"};

// By StoreMptcp, without kBest.
const std::array<std::string, 3> kStoreMptcp{"native", "mptcpize", "mptcpify"};

const std::array<std::string, 3> kIps{"v4", "v6", "dual"};

// The index of the word among the choices. `noun` is "endpoints: unknown mode" in the message.
std::size_t choice_of(const std::string& word, std::span<const std::string> choices,
                      std::string_view noun) {
  const auto found = std::find(choices.begin(), choices.end(), word);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  const std::string near = nearest(word, choices.data(), choices.data() + choices.size());
  throw BadInput(fmt::format("{} \"{}\"; {}", noun, word,
                             near.empty() ? fmt::format("choose from {}", fmt::join(choices, ", "))
                                          : fmt::format("did you mean \"{}\"?", near)));
}

Endpoints parse_endpoints(const std::string& word) {
  return static_cast<Endpoints>(choice_of(word, kEndpointsNames, "endpoints: unknown mode"));
}

PathManager parse_path_manager(const std::string& word) {
  if (word == "sspi" || word == "userspace") {
    throw BadInput(fmt::format(
        "path-manager: {} opens no further subflow; write mptcpd, which runs its path manager "
        "addr_adv",
        word == "sspi" ? "mptcpd's path manager sspi" : "the kernel's userspace path manager"));
  }
  return static_cast<PathManager>(choice_of(word, kPathManagers, "path-manager: unknown name"));
}

StoreMptcp parse_store_mptcp(const std::string& word) {
  return static_cast<StoreMptcp>(1 + choice_of(word, kStoreMptcp, "store-mptcp: unknown way"));
}

std::string parse_ip(const std::string& word) {
  return kIps[choice_of(word, kIps, "ip: unknown version")];
}

int parse_subflows(const std::string& word) {
  int count = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (error != std::errc{} || end != word.data() + word.size() || count < 1 ||
      count > kMostSubflows) {
    throw BadInput(
        fmt::format("subflows-per-link: \"{}\" is not a number from 1 to {}", word, kMostSubflows));
  }
  return count;
}

// The endpoints of the links from number `first` on. Only a scenario with one client has them.
std::vector<Endpoint> endpoints_from(const Setup& setup, const Scenario& scenario, Role end,
                                     std::size_t first, const std::set<std::string>& flags) {
  std::vector<Endpoint> all;
  const int side = end == Role::kClient ? 0 : 1;
  for (std::size_t link = first; link < scenario.links.size(); ++link) {
    Endpoint& its = all.emplace_back(
        Endpoint{subnet(side, link, 1, family_of(setup, link)), scenario.links[link].name, flags});
    // The flag is only needed at one end, because the MP_JOIN that carries it binds both ends.
    if (scenario.backups.count(link) > 0) its.flags.insert("backup");
  }
  return all;
}

// A connection begins at the client's first address, so that one has no endpoint.
std::vector<Endpoint> client_endpoints(const Setup& setup, const Scenario& scenario, int client) {
  const bool backup = setup.endpoints == Endpoints::kBackup;
  const std::size_t first = scenario.first_link_of(client);
  std::vector<Endpoint> all;
  for (std::size_t link = first; link < first + scenario.links_per_client(); ++link) {
    for (int host = link == first ? 2 : 1; host <= setup.subflows_per_link; ++host) {
      Endpoint& its = all.emplace_back(Endpoint{
          subnet(0, link, host, family_of(setup, link)), scenario.links[link].name, {"subflow"}});
      if ((backup && link > first) || scenario.backups.count(link) > 0) its.flags.insert("backup");
    }
  }
  return all;
}

}  // namespace

Family family_of(const Setup& setup, std::size_t link) {
  return uses_ipv6(setup.ip, link) ? Family::kV6 : Family::kV4;
}

std::vector<Family> families_of(const Setup& setup) {
  if (has_ipv6(setup)) return {Family::kV4, Family::kV6};
  return {Family::kV4};
}

bool has_ipv6(const Setup& setup) { return setup.ip != kIps.front(); }

EndSettings end_settings(const Setup& setup, const Scenario& scenario, const Place& end) {
  const bool client = end.role == Role::kClient;
  const int further = static_cast<int>(scenario.links_per_client()) - 1;
  const auto from = [&](std::size_t first, const std::set<std::string>& flags) {
    return endpoints_from(setup, scenario, end.role, first, flags);
  };
  if (client && setup.path_manager == PathManager::kMptcpd)
    return {further, 0, from(0, {"subflow"})};
  switch (setup.endpoints) {
    case Endpoints::kSubflow:
    case Endpoints::kBackup:
      // With "signal" endpoints on the server in addition, each further link would get two
      // subflows.
      return {subflows_of(setup, scenario.links_per_client()) - 1, 0,
              client ? client_endpoints(setup, scenario, end.client) : std::vector<Endpoint>{}};
    case Endpoints::kSignal:
      return {further, further, client ? std::vector<Endpoint>{} : from(1, {"signal"})};
    case Endpoints::kMaintainers: {
      const int limit = std::max(2, further);  // 2 is the kernel's default of `subflows`
      return {limit, client ? limit : 0, from(0, {client ? "subflow" : "signal"})};
    }
    case Endpoints::kFullmesh:
      return {kMostFurther, kMostFurther,
              client ? from(0, {"subflow", "fullmesh"}) : from(1, {"signal"})};
    case Endpoints::kLaminar:
      return {kMostFurther, kMostFurther, client ? from(0, {"laminar"}) : from(1, {"signal"})};
    case Endpoints::kNone:
      break;
  }
  return {};
}

int subflows_of(const Setup& setup, std::size_t links) {
  const int all = static_cast<int>(links);
  switch (setup.endpoints) {
    case Endpoints::kFullmesh:
      return all * all;
    case Endpoints::kNone:
      return 1;
    default:
      return all * setup.subflows_per_link;
  }
}

LinkCapacity capacity_of(const LinkSpec& link, Nanos window) {
  const auto rate = [window](const LinkModel& model) {
    if (model.trace.data) return range_of(*model.trace.data, window, model.mtu).mean_bps;
    return static_cast<double>(model.rate.count);
  };
  return {.name = link.name,
          .up_bps = rate(link.up),
          .down_bps = rate(link.down),
          .mtu_bytes = static_cast<double>(link.up.mtu.count),
          .up_flow_bps = static_cast<double>(link.up.flow_rate.count),
          .down_flow_bps = static_cast<double>(link.down.flow_rate.count)};
}

std::optional<std::size_t> link_of_client(const std::string& address, const Scenario& scenario) {
  for (std::size_t link = 0; link < scenario.links.size(); ++link) {
    const std::string v4 = subnet(0, link, 0);
    if (address.starts_with(v4.substr(0, v4.rfind('.') + 1)) ||
        address.starts_with("[" + subnet(0, link, 0, Family::kV6)))
      return link;
  }
  return std::nullopt;
}

int most_subflows() { return kernel_at_least(7, 2) ? kMostSubflows : 1 + kMostFurther; }

namespace {

void check_ip(const Setup& setup, const Scenario& scenario) {
  if (!has_ipv6(setup)) return;
  for (const LinkEvent& event : scenario.events) {
    if (event.state != LinkEvent::State::kUnplugged) continue;
    throw BadInput(fmt::format(
        "ip {}: \"{}\" would remove the IPv6 addresses of that interface; use v4, or a scenario "
        "without \"unplugged\"",
        setup.ip, to_text(event, scenario)));
  }
  if (setup.path_manager == PathManager::kMptcpd) {
    throw BadInput(fmt::format(
        "ip {}: mptcpd would make endpoints of the client's IPv4 addresses too; use v4, or "
        "path-manager=kernel",
        setup.ip));
  }
  if (setup.ip == "v6") return;
  if (scenario.links.size() == 1)
    throw BadInput("ip dual: a single link has one version of IP; use v4 or v6");
  if (setup.endpoints != Endpoints::kSignal && setup.endpoints != Endpoints::kMaintainers &&
      setup.endpoints != Endpoints::kLaminar && setup.endpoints != Endpoints::kNone) {
    throw BadInput(fmt::format(
        "ip dual: with the endpoints {} a client does not learn the server's address of the other "
        "version of IP; add --vary endpoints=signal, in which the server announces it",
        to_text(setup.endpoints)));
  }
}

// mptcpd runs for one client only, and IPv6 has been tested with one client only.
void check_several_clients(const Setup& setup, const Scenario& scenario) {
  if (scenario.clients == 1) return;
  const auto refuse = [&](const std::string& setting, const std::string& remedy) {
    throw BadInput(fmt::format("{} goes with one client, but the scenario {} has {}; {}", setting,
                               scenario.name, scenario.clients, remedy));
  };
  if (has_ipv6(setup)) refuse(fmt::format("ip {}", setup.ip), "use v4");
  if (setup.path_manager == PathManager::kMptcpd)
    refuse("path-manager=mptcpd", "use path-manager=kernel");
  if (!suits_several_clients(setup.endpoints)) {
    refuse(fmt::format("the mode of endpoints {}", to_text(setup.endpoints)),
           "use subflow, backup or none, in which the clients alone know their links");
  }
}

}  // namespace

void check_setup(const Setup& setup, const Scenario& scenario) {
  check_several_clients(setup, scenario);
  check_ip(setup, scenario);
  const std::size_t links = scenario.links_per_client();
  if (setup.path_manager == PathManager::kMptcpd &&
      (setup.endpoints != Endpoints::kSubflow || setup.subflows_per_link > 1 ||
       !scenario.backups.empty())) {
    throw BadInput(
        "path-manager=mptcpd makes one endpoint of each of the client's addresses, so it goes with "
        "endpoints=subflow, one subflow per link and no backup link");
  }
  const bool by_client =
      setup.endpoints == Endpoints::kSubflow || setup.endpoints == Endpoints::kBackup;
  if (setup.subflows_per_link > 1 && !by_client) {
    throw BadInput(
        "subflows-per-link goes with the endpoints subflow and backup, in which the client opens "
        "all subflows");
  }
  if (const int subflows = subflows_of(setup, links); subflows > most_subflows()) {
    throw BadInput(fmt::format(
        "{} subflows are too many: with this kernel a connection has at most {}; use fewer links{}",
        subflows, most_subflows(), by_client ? ", or a smaller subflows-per-link" : ""));
  }
}

void check_variable(const Variable& variable) {
  if (find_setting(variable.name) == nullptr || !is_plain_setting(variable.name) ||
      variable.name == "variant") {
    std::vector<std::string> names;
    for (const SettingKind& kind : setting_kinds()) {
      if (kind.name != "variant")
        names.push_back(kind.name == "net." ? "net.mptcp.NAME" : std::string(kind.name));
    }
    const std::string near = nearest(variable.name, names.data(), names.data() + names.size());
    throw BadInput(fmt::format(
        "\"{}\" cannot vary; {}", variable.name,
        near.empty() ? fmt::format("choose from {} or any other sysctl", fmt::join(names, ", "))
                     : fmt::format("did you mean \"{}\"?", near)));
  }
  for (const std::string& value : variable.values) {
    if (!is_plain_setting(value))
      throw BadInput(fmt::format("{}: \"{}\" is not a value", variable.name, value));
    if (variable.name == "endpoints") parse_endpoints(value);
    if (variable.name == "ip") parse_ip(value);
    if (variable.name == "subflows-per-link") parse_subflows(value);
    if (variable.name == "path-manager") parse_path_manager(value);
    if (variable.name == "store-mptcp") parse_store_mptcp(value);
  }
}

void check_named_variant(const Settings& settings) {
  for (const auto& [name, value] : settings) {
    check_variable({name, {value}});
    if (find_setting(name)->concerns == Concerns::kEveryProtocol && !name.starts_with("net.mptcp."))
      throw BadInput(fmt::format("{} concerns TCP too; compare its values with --vary", name));
  }
}

void apply(const Settings& variant, WorldParameters& world, Setup& setup) {
  for (const auto& [name, value] : variant) {
    if (name == "congestion") {
      world.congestion = value;
    } else if (name == "endpoints") {
      setup.endpoints = parse_endpoints(value);
    } else if (name == "subflows-per-link") {
      setup.subflows_per_link = parse_subflows(value);
    } else if (name == "path-manager") {
      setup.path_manager = parse_path_manager(value);
    } else if (name == "store-mptcp") {
      setup.store_mptcp = parse_store_mptcp(value);
    } else if (name == "variant") {
      // A copy, because apply() may change the world.
      const std::map<std::string, Settings> variants = world.variants;
      if (const auto found = variants.find(value); found != variants.end())
        apply(found->second, world, setup);
    } else if (name == "ip") {
      setup.ip = parse_ip(value);
    } else {
      world.sysctls[name == "scheduler" ? "net.mptcp.scheduler" : name] = value;
    }
  }
}

}  // namespace mpb
