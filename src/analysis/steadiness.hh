// Whether a measurement was steady. A rate that still falls when the window closes depends on
// --warmup and --duration more than on the protocol, and a longer window may reverse the answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hh"
#include "stats/trend.hh"

namespace mpb {

// Throughput that changes by more than this over the window is not steady.
constexpr double kSteadyMargin = 0.02;

// The steadiness of one group's throughput.
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

// True also if the steadiness is unknown.
bool is_steady(const RunGroup& group);

// Whether the latency of an open loop had settled before the window, according to its pilot runs;
// true without any. The throughput of an open loop is the offered rate, and so always steady.
bool has_settled_latency(const Result& result, const RunGroup& group);

// "-38 %"; "-" if it is unknown.
std::string trend_text(const RunGroup& group);

// "GET 4k with tcp is not stationary: ... No verdict; --warmup 4s would suffice.", one for each
// group that is not steady.
std::vector<std::string> unsteady_sentences(const Result& result,
                                            const std::vector<RunGroup>& groups);
// The warm-up of each cell for which pilot runs determined it, and what they found.
std::vector<std::string> warmup_sentences(const Result& result);

// The sentence of one group, without the final period; "" if it is steady.
std::string unsteady_sentence(const Result& result, const RunGroup& group);

}  // namespace mpb
