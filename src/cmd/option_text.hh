// Steps of reading the text of an option: an error that names the option, and a list whose equal
// values count once.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sys/error.hh"

namespace mpb {

// Adds the name of the option to the BadInput of a parser.
template <class Parse>
auto option(const char* name, Parse parse) {
  try {
    return parse();
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", name, error.what()));
  }
}

// Equal values of a matrix count once. Otherwise equal cells would look like one cell with twice
// the runs.
template <class Value>
void add_once(std::vector<Value>& values, Value value) {
  if (std::find(values.begin(), values.end(), value) == values.end())
    values.push_back(std::move(value));
}

}  // namespace mpb
