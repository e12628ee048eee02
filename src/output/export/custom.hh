// The entries of github-action-benchmark's custom formats. Their readers take one file for metrics
// of which more is better, and another for those of which less is better.
#pragma once

#include <string>

#include "analysis/analysis.hh"

namespace mpb {

std::string custom_entries(const Analysis& analysis, bool bigger_is_better);

}  // namespace mpb
