// The lists of a page, as HTML, which need no JavaScript.
#pragma once

#include <string>

#include "analysis/analysis.hh"

namespace mpb {

// The setup of the result, as plain text in one line.
std::string about(const Analysis& analysis);

// HTML; "" without an entry.
std::string tail_list(const Analysis& analysis);
std::string invalid_list(const Analysis& analysis);
std::string remark_list(const Analysis& analysis);
std::string environment_list(const Analysis& analysis);
std::string command_list(const Analysis& analysis);

}  // namespace mpb
