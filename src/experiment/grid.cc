#include "experiment/grid.hh"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "emu/link_fields.hh"
#include "experiment/condition.hh"
#include "scenario/traces.hh"
#include "sys/error.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

constexpr const char* kOfTheLoad[] = {"connections", "pipeline"};

bool is_replica(const ExperimentOptions& options) {
  return options.workload.kind == WorkloadKind::kReplicaSync;
}

// The names of all variables that these options can have.
std::vector<std::string> variable_names(const ExperimentOptions& options) {
  std::vector<std::string> names;
  if (!is_replica(options)) names.assign(std::begin(kOfTheLoad), std::end(kOfTheLoad));
  if (options.target) return names;
  std::vector<std::string> links;
  for (const LinkSpec& link : options.scenario.links) links.push_back(link.name);
  links.emplace_back(kEveryLink);
  for (const std::string& link : links) {
    for (const std::string& field : link_grid_names())
      names.push_back(fmt::format("{}.{}", link, field));
  }
  return names;
}

// The variables in words, for a name that is near none of them.
std::string choices_text(const ExperimentOptions& options) {
  std::string text = is_replica(options) ? "" : "connections or pipeline";
  if (options.target) return text;
  std::vector<std::string> links;
  for (const LinkSpec& link : options.scenario.links) links.push_back(link.name);
  return fmt::format("{}{}LINK.PROPERTY, where LINK is {} or {} for all, and PROPERTY is {}", text,
                     text.empty() ? "" : ", or ", fmt::join(links, ", "), kEveryLink,
                     fmt::join(link_grid_names(), ", "));
}

void check_name(const std::string& name, const ExperimentOptions& options) {
  const std::vector<std::string> names = variable_names(options);
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  if (options.target && link_property(name)) {
    throw BadInput(fmt::format(
        "{}: with --target the links are not ours to change; vary connections or pipeline", name));
  }
  if (is_replica(options) && std::count(std::begin(kOfTheLoad), std::end(kOfTheLoad), name) > 0) {
    throw BadInput(
        fmt::format("{}: a replica copies over one connection; vary a property of a link", name));
  }
  const std::string near = nearest(name, names.data(), names.data() + names.size());
  throw BadInput(fmt::format("\"{}\" cannot vary; {}", name,
                             near.empty() ? fmt::format("choose from {}", choices_text(options))
                                          : fmt::format("did you mean \"{}\"?", near)));
}

// A property that changes during a run does not have the value of the condition.
void check_events(const std::string& name, const LinkProperty& property, const Scenario& scenario) {
  for (const LinkEvent& event : scenario.events) {
    if (!property.is_of(scenario.links[event.link].name)) continue;
    for (const LinkField* field : event.changes) {
      if (property.name != field->name) continue;
      throw BadInput(fmt::format(
          "{}: the scenario {} changes it during a run (at {}: {}); vary another property, or "
          "leave this event out of the scenario",
          name, scenario.name, to_text(event.at), to_text(event, scenario)));
    }
  }
}

// Two variables that set the same property of the same link would override each other.
void check_only_once(const std::vector<Variable>& grid, const ExperimentOptions& options) {
  std::set<std::string> seen;
  for (const Variable& variable : grid) {
    const auto property = link_property(variable.name);
    std::vector<std::string> set{variable.name};
    if (property) {
      set.clear();
      for (const LinkSpec& link : options.scenario.links) {
        if (property->is_of(link.name)) set.push_back(link.name + "." + property->name);
      }
    }
    for (const std::string& name : set) {
      if (!seen.insert(name).second)
        throw BadInput(fmt::format("{} is given twice; list all values once", name));
    }
  }
}

void check_number(const std::vector<Variable>& grid) {
  double conditions = 1;
  for (const Variable& variable : grid) conditions *= static_cast<double>(variable.values.size());
  if (grid.size() <= kMostVariables && conditions <= static_cast<double>(kMostConditions)) return;
  throw BadInput(fmt::format("{} conditions of {} variables are too many; at most {} of {}",
                             fixed(conditions, 0), grid.size(), kMostConditions, kMostVariables));
}

}  // namespace

std::vector<Variable> checked_grid(const std::vector<Variable>& grid,
                                   const ExperimentOptions& options) {
  if (grid.empty()) return {};
  if (needs_probes(options)) {
    throw BadInput(fmt::format(
        "does not go with {}, which finds the rates under one condition; start one experiment for "
        "each",
        options.slo ? "--slo" : "--rate auto"));
  }
  std::vector<Variable> checked;
  for (const Variable& variable : grid) {
    check_name(variable.name, options);
    if (const auto property = link_property(variable.name))
      check_events(variable.name, *property, options.scenario);
    Variable& its = checked.emplace_back(Variable{variable.name, {}});
    for (const std::string& value : variable.values) {
      const std::string text = usual_form(variable.name, value);
      if (std::find(its.values.begin(), its.values.end(), text) == its.values.end())
        its.values.push_back(text);
    }
  }
  check_only_once(checked, options);
  check_number(checked);
  for (const Settings& conditions : conditions_of(checked)) {
    ExperimentOptions own = options;
    apply(conditions, own.scenario, own.workload);
    try {
      check_traces(own.scenario.links, own.scenario.name);
      check_parameters(own.workload);
    } catch (const BadInput& error) {
      throw BadInput(fmt::format("{}: {}", conditions_text(conditions).substr(2), error.what()));
    }
  }
  return checked;
}

void check_backend(const ExperimentOptions& options) {
  if (options.target || options.backend != Backend::kVeth) return;
  const auto is_emulated = [&](const std::string& name, const std::string& value) {
    ExperimentOptions own = options;
    apply({{name, value}}, own.scenario, own.workload);
    return !has_plain_links(own.scenario);
  };
  for (const Variable& variable : options.grid) {
    if (std::none_of(variable.values.begin(), variable.values.end(),
                     [&](const std::string& value) { return is_emulated(variable.name, value); }))
      continue;
    throw BadInput(fmt::format(
        "--grid: {}: client and server of {} are joined directly, without a link that can be "
        "shaped; add --links netem or --links tun",
        variable.name, options.scenario.name));
  }
}

std::vector<ExperimentOptions> under_each_condition(const ExperimentOptions& options) {
  std::vector<ExperimentOptions> all;
  for (const Settings& conditions : conditions_of(options.grid)) {
    ExperimentOptions& own = all.emplace_back(options);
    apply(conditions, own.scenario, own.workload);
  }
  return all;
}

}  // namespace mpb
