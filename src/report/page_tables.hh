// The words and tables of a page, as HTML: all of it is there without JavaScript.
#pragma once

#include <string>

#include "report/published.hh"
#include "report/result.hh"

namespace mpb {

std::string answer(const Result& result);  // the result in a sentence, as plain text
std::string about(const Result& result);   // what was run, as plain text

// Each as HTML, "" when there is nothing to show.
std::string ratio_table(const Result& result);
std::string figure_table(const Result& result, const Published* published);  // null where nobody has published any
std::string slo_table(const Result& result);
std::string event_table(const Result& result);
std::string why_table(const Result& result);
std::string trouble_list(const Result& result);
std::string environment_list(const Result& result);
std::string command_list(const Result& result);

}  // namespace mpb
