#include "cmd/bench_variants.hh"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "cmd/option_text.hh"
#include "experiment/grid.hh"
#include "result/variant.hh"
#include "scenario/setup.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

// "NAME=VALUE" in two parts.
std::pair<std::string, std::string> setting_of(const std::string& word, const char* form) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == word.size())
    throw BadInput(fmt::format("\"{}\" is not a setting; write {}", word, form));
  return {word.substr(0, equals), word.substr(equals + 1)};
}

// "NAME=V1,V2".
Variable variable_of(const std::string& word, const char* form) {
  const auto [name, list] = setting_of(word, form);
  Variable variable{name, {}};
  std::istringstream values(list);
  for (std::string value; std::getline(values, value, ',');) add_once(variable.values, value);
  return variable;
}

// One congestion control is that of all runs, several compete.
void take_congestion(const BenchOptions& o, ExperimentOptions& e) {
  Variable congestion{"congestion", {}};
  for (const std::string& name : o.controls) {
    if (name.empty()) throw BadInput("--congestion: a name is empty; write cubic,bbr");
    add_once(congestion.values, name);
  }
  if (congestion.values.size() == 1) e.congestion = congestion.values.front();
  if (congestion.values.size() > 1) e.vary.push_back(std::move(congestion));
}

// Figures of different versions of IP get different names, even if only one of them runs.
void take_ip(const BenchOptions& o, ExperimentOptions& e) {
  if (o.ips.empty()) return;
  Variable ip{"ip", {}};
  for (const std::string& version : o.ips) add_once(ip.values, version);
  option("--ip", [&] {
    check_variable(ip);
    return 0;
  });
  e.vary.push_back(std::move(ip));
}

// Whether a run would have a value of the variable other than the standard one.
bool has_effect(const Variable& variable, const std::vector<Contestant>& contestants) {
  const std::string_view standard = find_setting(variable.name)->standard;
  return std::all_of(variable.values.begin(), variable.values.end(),
                     [&](const std::string& value) { return value == standard; }) ||
         std::any_of(contestants.begin(), contestants.end(), [&](const Contestant& its) {
           return !setting(its.variant, variable.name).empty();
         });
}

// Those of the workload file compete with the plain set-up.
void take_named_variants(ExperimentOptions& e) {
  if (e.workload.variants.empty()) return;
  Variable named{"variant", {"plain"}};
  for (const auto& [name, settings] : e.workload.variants) {
    const std::string place = fmt::format("--workload: /variants/{}", name);
    option(place.c_str(), [&, &settings = settings] {
      check_named_variant(settings);
      return 0;
    });
    named.values.push_back(name);
  }
  e.variants = e.workload.variants;
  e.vary.push_back(std::move(named));
}

}  // namespace

void take_variants(const BenchOptions& o, ExperimentOptions& e) {
  take_congestion(o, e);
  take_ip(o, e);
  std::size_t combinations = 1;
  for (const std::string& word : o.variables) {
    Variable variable = option("--vary", [&] {
      Variable its = variable_of(word, "NAME=V1,V2 such as endpoints=subflow,signal");
      check_variable(its);
      return its;
    });
    if (!values(e.vary, variable.name).empty() ||
        (variable.name == "congestion" && !o.controls.empty()))
      throw BadInput(fmt::format("--vary: {} is given twice; list all values once", variable.name));
    e.vary.push_back(std::move(variable));
  }
  take_named_variants(e);
  for (const Variable& variable : e.vary) combinations *= variable.values.size();
  if (e.vary.size() > kMostVariables || combinations > kMostVariants)
    throw BadInput(
        fmt::format("--vary: {} combinations of {} settings are too many; at most {} of {}",
                    combinations, e.vary.size(), kMostVariants, kMostVariables));
  if (!e.vary.empty() && needs_probes(e)) {
    throw BadInput(fmt::format(
        "--{}: does not vary with {}, which finds the rates for one set-up; start one experiment "
        "for each",
        !o.variables.empty()           ? "vary"
        : !e.workload.variants.empty() ? "workload"
        : !o.ips.empty()               ? "ip"
                                       : "congestion",
        e.slo ? "--slo" : "--rate auto"));
  }
  const std::vector<Contestant> contestants = contestants_of(names_of(e.protos), e);
  for (const Variable& variable : e.vary) {
    if (!has_effect(variable, contestants))
      throw BadInput(
          fmt::format("--vary: {} concerns none of the protocols {}; add mptcp to --proto",
                      variable.name, fmt::join(names_of(e.protos), ", ")));
  }
  std::vector<std::string> names;
  for (const Contestant& its : contestants)
    names.push_back(contestant_name(its.proto, its.variant));
  if (!e.base.empty() &&
      std::none_of(contestants.begin(), contestants.end(), [&](const Contestant& its) {
        return contestant_name(its.proto, its.variant) == e.base ||
               plain_name(its.proto, its.variant) == e.base;
      }))
    throw BadInput(
        fmt::format("--base: \"{}\" does not run; choose from {}", e.base, fmt::join(names, ", ")));
}

void take_sysctls(const BenchOptions& o, ExperimentOptions& e) {
  for (const std::string& word : o.settings) {
    const auto [name, value] = option(
        "--sysctl", [&] { return setting_of(word, "KEY=VALUE such as net.mptcp.enabled=1"); });
    option("--sysctl", [&, &name = name, &value = value] {
      if (!name.starts_with("net."))
        throw BadInput(fmt::format(
            "\"{}\" belongs to the whole host; a namespace has settings of net. only", name));
      check_variable({name, {value}});
      return 0;
    });
    e.sysctls[name] = value;
  }
}

void take_grid(const BenchOptions& o, ExperimentOptions& e) {
  if (o.conditions.empty()) return;
  option("--grid", [&] {
    std::vector<Variable> grid;
    for (const std::string& word : o.conditions)
      grid.push_back(variable_of(word, "NAME=V1,V2 such as link2.delay=5ms,20ms"));
    e.grid = checked_grid(grid, e);
  });
}

}  // namespace mpb
