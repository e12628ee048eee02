// The sentence below the tables about --until-ci.
#pragma once

#include <string>

#include "experiment/plan.hh"

namespace mpb {

// How close the result is to --until-ci, as a line; "" without that option.
std::string until_text(const ExperimentOptions& options, const Result& result);

}  // namespace mpb
