// A result as its document: what was measured, and what report computes from it.
#pragma once

#include <string>

#include "analysis/analysis.hh"
#include "sys/file.hh"

namespace mpb {

// Indented for people, one line an array of numbers. Needs memory for one run at a time: an
// experiment writes all its runs again after each of them.
void write_json(const Analysis& analysis, const Sink& sink);
std::string to_json(const Analysis& analysis);

}  // namespace mpb
