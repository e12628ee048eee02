// Pieces of the JSON formats. They are composed by hand, with one entry a line: their readers want
// the shortest numbers that parse back to the same value, and a reviewer sees a change in one line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/figures.hh"

namespace mpb {

// In quotes, with control characters as escapes.
std::string json_string(std::string_view text);

// "name": value. The value is JSON already.
std::string json_member(const char* name, const std::string& value);

// {"a": 1, "b": 2} on one line.
std::string json_object(const std::vector<std::string>& members);

// Each entry on a line of its own, indented by `indent` and two more blanks; `{}` or `[]` without
// entries.
std::string json_lines(const std::vector<std::string>& entries, char open, char close,
                       const std::string& indent);

// Whether a figure has bounds for formats that draw a band: more than one value, or an interval.
bool has_bounds(const Figure& figure);

// The interval of the figure; without one, its smallest and its largest value.
Interval bounds_of(const Figure& figure);

}  // namespace mpb
