#include "result/variant.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "result/protocol.hh"

namespace mpb {

namespace {

constexpr std::string_view kSysctl = "net.";
constexpr std::string_view kMptcpSysctl = "net.mptcp.";

bool concerns_every_protocol(const SettingKind& kind, const std::string& name) {
  return kind.concerns == Concerns::kEveryProtocol && !name.starts_with(kMptcpSysctl);
}

bool concerns(const std::string& setting, const Protocol& its) {
  const SettingKind& kind = *find_setting(setting);
  if (concerns_every_protocol(kind, setting)) return true;
  const bool mptcp = its.client_is_mptcp || its.store_is_mptcp;
  if (kind.concerns != Concerns::kMptcpOnAllLinks) return mptcp;
  return its.client_is_mptcp && its.uses_all_links;
}

bool is_shared(const std::string& setting) {
  const SettingKind* kind = find_setting(setting);
  return kind != nullptr && concerns_every_protocol(*kind, setting);
}

// "signal", "scheduler=roundrobin", "stale_loss_cnt=8".
std::string part_of_name(const std::string& setting, const std::string& value) {
  const SettingKind* kind = find_setting(setting);
  if (kind != nullptr && kind->value_is_name) return value;
  std::string_view name = setting;
  for (const std::string_view prefix : {kMptcpSysctl, std::string_view("net.ipv4.")}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  std::string text = fmt::format("{}={}", name, value);
  std::replace(text.begin(), text.end(), ' ', ',');  // a rule of a gate consists of words
  return text;
}

// Every combination of the values of these variables, the last one varying fastest.
std::vector<Settings> combinations(const std::vector<Variable>& variables) {
  std::vector<Settings> all{{}};
  for (const Variable& variable : variables) {
    std::vector<Settings> longer;
    for (const Settings& settings : all) {
      for (const std::string& value : variable.values) {
        longer.push_back(settings);
        if (value != find_setting(variable.name)->standard)
          longer.back().emplace_back(variable.name, value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

void choose_bases(std::vector<Contestant>& all, const std::string& base) {
  const auto name = [](const Contestant& its) { return contestant_name(its.proto, its.variant); };
  for (Contestant& its : all) {
    const std::string protos_base = base_of(its.proto);
    // The first contestant of a protocol in the same world is the first variant of it.
    const auto first = [&](const std::string& proto) {
      return std::find_if(all.begin(), all.end(), [&](const Contestant& other) {
        return other.proto == proto && other.world == its.world;
      });
    };
    auto chosen = all.end();
    if (protos_base + std::string(kAgain) == its.proto) {
      chosen = std::find_if(all.begin(), all.end(), [&](const Contestant& other) {
        return other.proto == protos_base && other.variant == its.variant;
      });
    } else if (!base.empty()) {
      chosen = std::find_if(all.begin(), all.end(),
                            [&](const Contestant& other) { return name(other) == base; });
      if (chosen == all.end()) {
        chosen = std::find_if(all.begin(), all.end(), [&](const Contestant& other) {
          return other.world == its.world && plain_name(other.proto, other.variant) == base;
        });
      }
    } else if (&*first(its.proto) != &its) {
      chosen = first(its.proto);
    } else {
      chosen = first(protos_base);
    }
    if (chosen != all.end() && &*chosen != &its) its.base = name(*chosen);
  }
}

}  // namespace

const std::vector<SettingKind>& setting_kinds() {
  static const std::vector<SettingKind> kinds{
      {"congestion", "", Concerns::kEveryProtocol, true},
      {"ip", "v4", Concerns::kEveryProtocol, true},
      {"endpoints", "subflow", Concerns::kMptcpOnAllLinks, true},
      {"subflows-per-link", "1", Concerns::kMptcpOnAllLinks, false},
      {"path-manager", "kernel", Concerns::kMptcpOnAllLinks, true},
      {"scheduler", "default", Concerns::kMptcpAtEitherEnd, false},
      {"store-mptcp", "", Concerns::kMptcpAtEitherEnd, true},
      {"variant", "plain", Concerns::kMptcpOnAllLinks, true},
      {kSysctl, "", Concerns::kEveryProtocol, false},
  };
  return kinds;
}

const SettingKind* find_setting(std::string_view name) {
  const std::vector<SettingKind>& kinds = setting_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [name](const SettingKind& kind) {
    return kind.name == kSysctl ? name.starts_with(kSysctl) && name.size() > kSysctl.size()
                                : name == kind.name;
  });
  return found == kinds.end() ? nullptr : &*found;
}

bool is_plain_setting(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-' || c == ' ';
         });
}

bool uses_ipv6(std::string_view ip, std::size_t link) {
  return ip == "v6" || (ip == "dual" && link == 0);
}

std::string setting(const Settings& variant, std::string_view name) {
  for (const auto& [its, value] : variant) {
    if (its == name) return value;
  }
  return "";
}

std::vector<std::string> values(const std::vector<Variable>& vary, std::string_view name) {
  for (const Variable& variable : vary) {
    if (variable.name == name) return variable.values;
  }
  return {};
}

std::string contestant_name(const std::string& proto, const Settings& variant) {
  std::string name = proto;
  for (const auto& [setting, value] : variant) name += "+" + part_of_name(setting, value);
  return name;
}

std::string plain_name(const std::string& proto, const Settings& variant) {
  Settings own = variant;
  std::erase_if(own, [](const auto& setting) { return is_shared(setting.first); });
  return contestant_name(proto, own);
}

Settings shared_settings(const Settings& variant) {
  Settings shared = variant;
  std::erase_if(shared, [](const auto& setting) { return !is_shared(setting.first); });
  return shared;
}

std::vector<Contestant> contestants_of(const std::vector<std::string>& protos,
                                       const PlanParameters& plan) {
  std::vector<Variable> shared, own;
  for (const Variable& variable : plan.vary)
    (is_shared(variable.name) ? shared : own).push_back(variable);
  std::vector<Contestant> all;
  std::size_t world = 0;
  for (const Settings& common : combinations(shared)) {
    for (const std::string& proto : protos) {
      std::vector<Settings> seen;
      for (Settings variant : combinations(own)) {
        std::erase_if(variant, [&](const auto& setting) {
          return !is_proto(proto) || !concerns(setting.first, protocol(proto));
        });
        variant.insert(variant.begin(), common.begin(), common.end());
        if (std::find(seen.begin(), seen.end(), variant) != seen.end()) continue;
        seen.push_back(variant);
        all.push_back({proto, variant, "", world});
        if (plan.again) all.push_back({proto + std::string(kAgain), variant, "", world});
      }
    }
    ++world;
  }
  choose_bases(all, plan.base);
  return all;
}

}  // namespace mpb
