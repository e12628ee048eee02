// Whether a measurement was steady. A rate that still falls when the window closes depends on
// --warmup and --duration more than on the protocol, and a longer window may reverse the answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hh"
#include "stats/comparison.hh"
#include "stats/trend.hh"

namespace mpb {

// A quantity that changes over the window by more than the margin of the verdicts is not steady:
// the throughput, and the median latency of an open loop.
struct Steadiness {
  Change change;       // over the window, the median of the runs
  bool steady = true;  // unless a change is certain, which it never is with few runs
  // Since the window opened, if the throughput is not steady; nothing if it has not settled by the
  // middle of the window.
  std::optional<Nanos> settles_after;
};

// Nothing if no valid run has slices of its window. That is so for a synchronisation, and for links
// that change, whose rate is meant to change.
std::optional<Steadiness> steadiness_of(const RunGroup& group);

// The same for the median latency of an open loop, whose throughput is the offered rate and shows
// no trend. Nothing if no valid run has slices of its latency.
std::optional<Steadiness> latency_steadiness_of(const RunGroup& group);

// "-38 %"; "-" if it is unknown.
std::string trend_text(const RunGroup& group);

// "GET 4k with tcp is not stationary: ... No verdict; --warmup 4s would suffice.", one for each
// group that is not steady.
std::vector<std::string> unsteady_sentences(const Result& result,
                                            const std::vector<RunGroup>& groups);
// The warm-up of each cell whose pilot runs determined it, and the results of these runs.
std::vector<std::string> warmup_sentences(const Result& result);

// The sentence of one group, without the final period; "" if it is steady.
std::string unsteady_sentence(const Result& result, const RunGroup& group);

// Why the latency of an open loop has no verdict: by the trend of its runs, or by its pilot runs if
// the runs have no trend. "" if the latency had settled.
std::string unsettled_latency_sentence(const Result& result, const RunGroup& group);

// "The trend of throughput is known to +-4.8 % at worst (GET 1k with tcp): ..." if the interval of
// a steady group's trend is wider than the margin; "" if none is.
std::string trend_precision_sentence(const std::vector<RunGroup>& groups);

}  // namespace mpb
