// Why a figure has no verdict although it has values. Tables, comparisons and gates all use this
// function, so that none of them gives a verdict that another refuses.
#pragma once

#include <string>

#include "analysis/group.hh"

namespace mpb {

// A sentence without its final period about the runs of `group`, and of `base` if the figure is a
// ratio (null otherwise); "" if there is no objection to a verdict. `latency` is whether the figure
// is the latency of requests. The objections are:
//
// - More than a fifth of the runs are invalid. The cause (a busy host, a failed join) depends on
// the
//   protocol and its load, so the others are not a fair sample.
// - Throughput, or the latency of an open loop, still changed when the window closed.
// - The emulator had real-time priority only in some of the runs.
// - The window is shorter than bbr's interval of 10 s, and contains its PROBE_RTT more often for
//   one protocol than for the other.
std::string why_withheld(const Result& result, const RunGroup& group, const RunGroup* base,
                         bool latency);

}  // namespace mpb
