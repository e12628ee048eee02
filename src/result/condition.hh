// Conditions: the circumstances under which all contestants of a cell run (--grid).
//
// A condition has one value for each variable of the grid, such as link2.delay = 20ms and
// connections = 50. It is a part of the cell, like the operation, the value size and the rate.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result/parameters.hh"

namespace mpb {

inline constexpr std::size_t kMostConditions = 500;
inline constexpr std::string_view kEveryLink = "link*";

// "link2.delay" in its parts.
struct LinkProperty {
  std::string link;  // its name, or kEveryLink
  std::string name;  // "delay"

  bool is_of(const std::string& name_of_link) const {
    return link == kEveryLink || link == name_of_link;
  }
};
// Nothing for a parameter of the load, such as "connections".
std::optional<LinkProperty> link_property(const std::string& variable);

// Every combination of the values, the last variable varying fastest. Without a grid this is one
// condition without settings.
std::vector<Settings> conditions_of(const std::vector<Variable>& grid);

// ", link2.delay 20ms, connections 50", which follows the text of a cell; "" without settings.
std::string conditions_text(const Settings& conditions);

// Whether a name or value has only characters that those of conditions need.
bool is_plain_condition(std::string_view text);

// Whether both belong to the same cell. Runs, pilot runs and explanations have these members.
template <class A, class B>
bool same_cell(const A& a, const B& b) {
  return a.op == b.op && a.values == b.values && a.rate_rps == b.rate_rps &&
         a.conditions == b.conditions;
}

}  // namespace mpb
