// Writes the result file: the measurements, and the figures that follow from them.
#pragma once

#include <string>

#include "analysis/analysis.hh"
#include "sys/file.hh"

namespace mpb {

// Indented for people, with one line for each array of numbers. It holds the JSON of only one run
// at a time, because an experiment writes all its runs again after each of them.
void write_json(const Analysis& analysis, const Sink& sink);
std::string to_json(const Analysis& analysis);

}  // namespace mpb
