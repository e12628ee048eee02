#include "result/condition.hh"

#include <fmt/format.h>

#include <algorithm>

namespace mpb {

std::optional<LinkProperty> link_property(const std::string& variable) {
  const std::size_t dot = variable.find('.');
  if (dot == std::string::npos) return std::nullopt;
  return LinkProperty{variable.substr(0, dot), variable.substr(dot + 1)};
}

std::vector<Settings> conditions_of(const std::vector<Variable>& grid) {
  std::vector<Settings> all{{}};
  for (const Variable& variable : grid) {
    std::vector<Settings> longer;
    for (const Settings& conditions : all) {
      for (const std::string& value : variable.values) {
        longer.push_back(conditions);
        longer.back().emplace_back(variable.name, value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::string conditions_text(const Settings& conditions) {
  std::string text;
  for (const auto& [name, value] : conditions) text += fmt::format(", {} {}", name, value);
  return text;
}

bool is_plain_condition(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789.*%-";
  return !text.empty() && text.size() <= kLongest &&
         text.find_first_not_of(kPlain) == std::string_view::npos;
}

}  // namespace mpb
