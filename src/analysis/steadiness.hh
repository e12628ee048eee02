// Whether what was measured was steady: a rate that still falls when the window closes says more
// about --warmup and --duration than about the protocol, and a longer window may turn the answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hh"
#include "stats/comparison.hh"
#include "stats/trend.hh"

namespace mpb {

// What changes over the window by more than the margin of the verdicts is not steady: throughput,
// and the median latency of an open loop.
struct Steadiness {
  Change change;                       // over the window, the median of the runs
  bool steady = true;                  // not certainly changing; few runs are never certain
  std::optional<Nanos> settles_after;  // of an unsteady one: since the window opened; nothing where
                                       // it has not settled by the middle of the window
};

// Nothing where no valid run tells: of results that were written without slices, of a
// synchronisation, and of links that change, whose rate is meant to change.
std::optional<Steadiness> steadiness_of(const RunGroup& group);

// The same of the median latency of an open loop, whose throughput is what is offered and so shows
// no trend. Nothing where no valid run has its slices.
std::optional<Steadiness> latency_steadiness_of(const RunGroup& group);

// "-38 %"; "-" where it is not known.
std::string trend_text(const RunGroup& group);

// "GET 4k with tcp is not steady: ...; there is no verdict. --warmup 4s would do.", of every group
// that is not.
std::vector<std::string> unsteady_sentences(const Result& result,
                                            const std::vector<RunGroup>& groups);
// How long the warm-up of each cell is, and why, where pilot runs chose it.
std::vector<std::string> warmup_sentences(const Result& result);

std::string unsteady_sentence(const Result& result, const RunGroup& group);

// Of an open loop: why its latency has no verdict, by the trend of its runs, or where they have
// none by its pilot runs. "" where latency had settled.
std::string unsettled_latency_sentence(const Result& result, const RunGroup& group);

// "The trend of throughput is known to +-4.8 % at worst (GET 1k with tcp): ..." where the interval
// of a steady group's trend is wider than the margin; "" where none is.
std::string trend_precision_sentence(const std::vector<RunGroup>& groups);

}  // namespace mpb
