// The words and tables of a page, as HTML: all of it is there without JavaScript.
#pragma once

#include <string>

#include "report/analysis.hh"
#include "report/published.hh"

namespace mpb {

std::string answer(const Analysis& analysis);  // the result in a sentence, as plain text
std::string about(const Analysis& analysis);   // what was run, as plain text

// Each as HTML, "" when there is nothing to show.
std::string ratio_table(const Analysis& analysis);
std::string figure_table(const Analysis& analysis,
                         const Published* published);  // null where nobody has published any
std::string slo_table(const Analysis& analysis);
std::string event_table(const Analysis& analysis);
std::string why_table(const Analysis& analysis);
std::string trouble_list(const Analysis& analysis);
std::string environment_list(const Analysis& analysis);
std::string command_list(const Analysis& analysis);

}  // namespace mpb
