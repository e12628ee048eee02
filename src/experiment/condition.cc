#include "experiment/condition.hh"

#include <fmt/format.h>

#include "emu/link_fields.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

const LinkField* find_link_field(const std::string& name) {
  for (const LinkField& field : link_fields()) {
    if (name == field.name) return &field;
  }
  return nullptr;
}

}  // namespace

std::string usual_form(const std::string& variable, const std::string& value) {
  try {
    if (const auto property = link_property(variable)) {
      const LinkField& field = *find_link_field(property->name);
      LinkModel model;
      field.read(model, value);
      return field.text(model);
    }
    const LoadField& field = *find_load_field(variable);
    LoadParameters parameters;
    field.read(parameters, value);
    return field.text(parameters);
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", variable, error.what()));
  }
}

void apply(const Settings& conditions, Scenario& scenario, LoadParameters& load) {
  for (const auto& [name, value] : conditions) {
    const std::optional<LinkProperty> property = link_property(name);
    if (!property) {
      find_load_field(name)->read(load, value);
      continue;
    }
    const LinkField& field = *find_link_field(property->name);
    for (LinkSpec& link : scenario.links) {
      if (!property->is_of(link.name)) continue;
      field.read(link.up, value);
      field.read(link.down, value);
    }
  }
}

}  // namespace mpb
