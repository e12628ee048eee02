// The entries of github-action-benchmark's custom formats. They need one file for metrics for which
// bigger is better, and another one for the others.
#pragma once

#include <string>

#include "analysis/analysis.hh"

namespace mpb {

std::string custom_entries(const Analysis& analysis, bool bigger_is_better);

}  // namespace mpb
