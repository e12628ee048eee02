#include "scenario/setup.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "scenario/addresses.hh"
#include "sys/error.hh"
#include "sys/kernel.hh"

namespace mpb {

namespace {

constexpr int kMostFurther =
    8;  // subflows of a connection, and accepted addresses, before Linux 7.2

// By Endpoints.
const std::array<std::string, 7> kEndpoints{"subflow", "signal", "maintainers", "fullmesh",
                                            "laminar", "backup", "none"};

Endpoints parse_endpoints(const std::string& word) {
  const auto found = std::find(kEndpoints.begin(), kEndpoints.end(), word);
  if (found != kEndpoints.end()) return static_cast<Endpoints>(found - kEndpoints.begin());
  const std::string near = nearest(word, kEndpoints.data(), kEndpoints.data() + kEndpoints.size());
  throw BadInput(fmt::format("endpoints: unknown mode \"{}\"; {}", word,
                             near.empty()
                                 ? fmt::format("choose from {}", fmt::join(kEndpoints, ", "))
                                 : fmt::format("did you mean \"{}\"?", near)));
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

// The endpoints of the links from number `first` on.
std::vector<Endpoint> endpoints_from(const Scenario& scenario, Role end, std::size_t first,
                                     const std::set<std::string>& flags) {
  std::vector<Endpoint> all;
  for (std::size_t link = first; link < scenario.links.size(); ++link) {
    const bool client = end == Role::kClient;
    Endpoint& its = all.emplace_back(Endpoint{client ? client_address(link) : server_address(link),
                                              scenario.links[link].name, flags});
    // The flag is only needed at one end, because the MP_JOIN that carries it binds both ends.
    if (scenario.backups.count(link) > 0) its.flags.insert("backup");
  }
  return all;
}

// A connection begins at the first address, so that one has no endpoint.
std::vector<Endpoint> client_endpoints(const Setup& setup, const Scenario& scenario) {
  const bool backup = setup.endpoints == Endpoints::kBackup;
  std::vector<Endpoint> all;
  for (std::size_t link = 0; link < scenario.links.size(); ++link) {
    for (int host = link == 0 ? 2 : 1; host <= setup.subflows_per_link; ++host) {
      Endpoint& its =
          all.emplace_back(Endpoint{subnet(0, link, host), scenario.links[link].name, {"subflow"}});
      if ((backup && link > 0) || scenario.backups.count(link) > 0) its.flags.insert("backup");
    }
  }
  return all;
}

}  // namespace

EndSettings end_settings(const Setup& setup, const Scenario& scenario, Role end) {
  const bool client = end == Role::kClient;
  const int further = static_cast<int>(scenario.links.size()) - 1;
  const auto from = [&](std::size_t first, const std::set<std::string>& flags) {
    return endpoints_from(scenario, end, first, flags);
  };
  switch (setup.endpoints) {
    case Endpoints::kSubflow:
    case Endpoints::kBackup:
      // With "signal" endpoints on the server in addition, each further link would get two
      // subflows.
      return {subflows_of(setup, scenario.links.size()) - 1, 0,
              client ? client_endpoints(setup, scenario) : std::vector<Endpoint>{}};
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

int most_subflows() { return kernel_at_least(7, 2) ? kMostSubflows : 1 + kMostFurther; }

void check_setup(const Setup& setup, std::size_t links) {
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
  if (find_setting(variable.name) == nullptr || !is_plain_setting(variable.name)) {
    std::vector<std::string> names;
    for (const SettingKind& kind : setting_kinds())
      names.push_back(kind.name == "net." ? "net.mptcp.NAME" : std::string(kind.name));
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
    if (variable.name == "subflows-per-link") parse_subflows(value);
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
    } else {
      world.sysctls[name == "scheduler" ? "net.mptcp.scheduler" : name] = value;
    }
  }
}

}  // namespace mpb
