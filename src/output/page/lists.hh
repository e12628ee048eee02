// The parts of a page that are no tables, as HTML: all of it is there without JavaScript.
#pragma once

#include <string>

#include "analysis/analysis.hh"

namespace mpb {

std::string about(const Analysis& analysis);  // what was run, as plain text

// Each as HTML, "" when there is nothing to show.
std::string tail_list(const Analysis& analysis);
std::string invalid_list(const Analysis& analysis);
std::string remark_list(const Analysis& analysis);
std::string environment_list(const Analysis& analysis);
std::string command_list(const Analysis& analysis);

}  // namespace mpb
