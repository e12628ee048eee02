// The contestants of a block: each protocol, in each variant of the settings that compete.
//
// A variant is named after the settings that differ from the standard: "mptcp",
// "mptcp+signal", "mptcp+stale_loss_cnt=8". A setting that does not concern a protocol is left out,
// so TCP runs once, however many MPTCP schedulers compete.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "result/parameters.hh"

namespace mpb {

// The protocols that a setting has an effect on.
enum class Concerns {
  kEveryProtocol,
  kMptcpAtEitherEnd,
  kMptcpOnAllLinks,
};

struct SettingKind {
  std::string_view name;      // "endpoints"; "net." for every sysctl
  std::string_view standard;  // the value that a name leaves out; "" if every value is named
  Concerns concerns;
  bool value_is_name;  // "mptcp+signal" rather than "mptcp+endpoints=signal"
};

// The kinds of settings that can vary, sysctls last. "variant" stands for the settings of a named
// variant of the workload file.
const std::vector<SettingKind>& setting_kinds();

// Null for an unknown name.
const SettingKind* find_setting(std::string_view name);

// The bounds of a plan: more than anyone can read, and few enough for every table.
inline constexpr std::size_t kMostVariables = 8;
inline constexpr std::size_t kMostVariants = 100;  // the combinations of all values

// Whether a name or value has only characters that names of figures and sysctls need.
bool is_plain_setting(std::string_view text);

struct Contestant {
  std::string proto;  // "mptcp", "mptcp-again"
  Settings variant;   // without standard values
  std::string base;   // the name of the contestant that its ratios compare it with; "" for none
  std::size_t world;  // counts the combinations of the settings that concern every protocol
};

// The value of a setting; "" if the variant does not have it.
std::string setting(const Settings& variant, std::string_view name);

// Whether connections use IPv6 over a link (from 0), for a value of the setting "ip". "dual" means
// IPv6 on the first link and IPv4 on all others.
bool uses_ipv6(std::string_view ip, std::size_t link);

// The values of a variable; none if it does not vary.
std::vector<std::string> values(const std::vector<Variable>& vary, std::string_view name);

// "mptcp+bbr+signal".
std::string contestant_name(const std::string& proto, const Settings& variant);

// The same without the settings that concern every protocol, which a rule need not repeat.
std::string plain_name(const std::string& proto, const Settings& variant);

// The settings that concern every protocol.
Settings shared_settings(const Settings& variant);

// All contestants of a block. The order of `protos` is kept, and the last setting varies fastest.
//
// A variant is compared with the first one of its protocol, and the first ones with TCP, in both
// cases with equal settings of the kind that concerns every protocol. "X-again" is compared with X.
// With plan.base, all others are compared with that contestant.
std::vector<Contestant> contestants_of(const std::vector<std::string>& protos,
                                       const PlanParameters& plan);

}  // namespace mpb
