// The capacity that the traces of links had during a run, to record it next to the traffic. Pure. A
// window opens at the start of the traces, so it is the same in every run.
#pragma once

#include <vector>

#include "emu/model.hh"
#include "result/result.hh"

namespace mpb {

// Of the window, to each of run.links, which have the order of `links`.
void record_capacity(const std::vector<LinkSpec>& links, Run& run);

// Adds the columns NAME.D.capacity_bytes for every direction with a trace.
void record_capacity_over_time(const std::vector<LinkSpec>& links, Timeline& timeline);

}  // namespace mpb
