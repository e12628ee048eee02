#include "world/proof.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "net/mptcp_pm.hh"
#include "sys/file.hh"
#include "sys/kernel.hh"
#include "world/veth_ends.hh"

namespace mpb {

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string text_of(std::vector<Endpoint> endpoints) {
  if (endpoints.empty()) return "none";
  std::vector<std::string> texts;
  for (const Endpoint& its : endpoints)
    texts.push_back(
        fmt::format("{} dev {} {}", its.address, its.device, fmt::join(its.flags, " ")));
  std::sort(texts.begin(), texts.end());
  return fmt::format("{}", fmt::join(texts, ", "));
}

void check_mptcp(const WorldOptions& options, const Spaces& spaces, const Place& end,
                 std::vector<std::string>& wrong) {
  const EndSettings wanted = end_settings(options, options.scenario, end);
  const auto compare = [&](const char* what, const std::string& is, const std::string& should_be) {
    if (is != should_be)
      wrong.push_back(
          fmt::format("the {}'s {} are {} instead of {}", to_text(end), what, is, should_be));
  };
  compare("MPTCP endpoints",
          text_of(endpoints_from_text(spaces.output_lines(end, {"ip", "mptcp", "endpoint"}))),
          text_of(wanted.endpoints));
  // mptcpd(8) sets the limits of its namespace itself. Limits that are too low show as missing
  // subflows.
  if (end.role == Role::kClient && options.path_manager == PathManager::kMptcpd) return;
  std::map<std::string, std::string> limits =
      limits_from_text(spaces.output_of(end, {"ip", "mptcp", "limits"}));
  const auto text = [](const std::string& subflows, const std::string& accepted) {
    return fmt::format("subflows {} add_addr_accepted {}", subflows, accepted);
  };
  compare("MPTCP limits", text(limits["subflows"], limits["add_addr_accepted"]),
          text(std::to_string(wanted.subflows), std::to_string(wanted.add_addr_accepted)));
}

void check_mtus(const WorldOptions& options, const Spaces& spaces, const Place& place,
                std::vector<std::string>& wrong) {
  const std::vector<DeviceCounters> devices = spaces.counters(place).devices;
  for (const VethEnd& end : veth_ends(place, options.scenario)) {
    const std::int64_t mtu = device_of(devices, end.device).mtu;
    const std::int64_t wanted = end.link.up.mtu.count;
    if (mtu == wanted) continue;
    wrong.push_back(fmt::format("the MTU of the {}'s {} is {} bytes instead of {}", to_text(place),
                                end.device, mtu, wanted));
  }
}

}  // namespace

std::vector<Endpoint> endpoints_from_text(const std::vector<std::string>& lines) {
  std::vector<Endpoint> endpoints;
  for (const std::string& line : lines) {
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) continue;
    Endpoint& its = endpoints.emplace_back(Endpoint{words[0], "", {}});
    for (std::size_t i = 1; i < words.size(); ++i) {
      const bool has_value =
          words[i] == "id" || words[i] == "dev" || words[i] == "port" || words[i] == "rawflags";
      if (has_value && i + 1 < words.size()) {
        if (words[i] == "dev") its.device = words[i + 1];
        // An older ip(8) shows flags that it does not know as a number.
        const auto flags =
            words[i] == "rawflags" ? std::strtoul(words[i + 1].c_str(), nullptr, 16) : 0;
        if ((flags & kLaminarFlag) != 0) its.flags.insert("laminar");
        if ((flags & kImplicitFlag) != 0) its.flags.insert("implicit");
        ++i;
      } else {
        its.flags.insert(words[i]);
      }
    }
  }
  // The kernel made these itself, for the address from which it joined an announced one.
  std::erase_if(endpoints, [](const Endpoint& its) { return its.flags.contains("implicit"); });
  return endpoints;
}

std::map<std::string, std::string> limits_from_text(const std::string& line) {
  std::map<std::string, std::string> limits;
  const std::vector<std::string> words = words_of(line);
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) limits[words[i]] = words[i + 1];
  return limits;
}

std::vector<std::string> wrong_settings(const WorldOptions& options, const Spaces& spaces) {
  std::vector<std::string> wrong;
  for (const Place& place : spaces.places()) {
    if (options.mptcp && place.role != Role::kRouter) check_mptcp(options, spaces, place, wrong);
  }
  for (const Place& place : spaces.places()) {
    check_mtus(options, spaces, place, wrong);
    for (const auto& [name, value] : options.sysctls) {
      const std::string path = sysctl_path(name);
      const std::string line = inside_netns(spaces.fd(place), [&] { return first_line(path); });
      // The kernel separates several numbers by tabs.
      const std::string is = fmt::format("{}", fmt::join(words_of(line), " "));
      if (is != value)
        wrong.push_back(
            fmt::format("{} of the {} is {} instead of {}", name, to_text(place), is, value));
    }
  }
  return wrong;
}

}  // namespace mpb
