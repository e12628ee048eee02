// Why a figure has no verdict although it has values: asked here by tables, comparisons and gates,
// so that none of them gives a verdict that another refuses.
#pragma once

#include <string>

#include "analysis/group.hh"

namespace mpb {

// A sentence without its full stop about the runs of `group`, and of `base` where the figure is a
// ratio (null otherwise); "" where nothing speaks against a verdict. `latency`: whether the figure
// is the latency of requests.
//
// - More than a fifth of the runs are not valid. Whatever made them invalid (a busy host, a failed
//   join) depends on the protocol and its load, so the others are no fair sample.
// - Throughput, or the latency of an open loop, still changed when the window closed.
// - The emulator had real-time priority in some of the runs only.
// - The window is shorter than bbr's interval of 10 s, and holds its PROBE_RTT for one protocol
//   more than for the other.
std::string why_withheld(const Result& result, const RunGroup& group, const RunGroup* base,
                         bool latency);

}  // namespace mpb
