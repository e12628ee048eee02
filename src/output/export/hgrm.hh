// HdrHistogram's percentile files.
#pragma once

#include <string>

#include "stats/histogram.hh"

namespace mpb {

// In milliseconds, with five rows each time the distance to 100 % halves, like HdrHistogram's own
// files. `latency` has at least one value.
std::string hgrm_text(const Histogram& latency);

}  // namespace mpb
