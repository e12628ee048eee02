// A result as its document: what was measured, and what report computes from it.
#pragma once

#include <string>

#include "report/analysis.hh"

namespace mpb {

// Indented for people, one line an array of numbers.
std::string to_json(const Analysis& analysis);

}  // namespace mpb
