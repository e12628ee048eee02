// The lists of a page, as HTML, which need no JavaScript.
#pragma once

#include <string>

#include "analysis/analysis.hh"

namespace mpb {

// HTML; "" without an entry.
std::string tail_list(const Analysis& analysis);
std::string evidence_list(const Analysis& analysis);
std::string invalid_list(const Analysis& analysis);
std::string remark_list(const Analysis& analysis);
std::string environment_list(const Analysis& analysis);
std::string command_list(const Analysis& analysis);

}  // namespace mpb
