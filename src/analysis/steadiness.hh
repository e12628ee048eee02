// Whether what was measured was steady: a rate that still falls when the window closes says more
// about --warmup and --duration than about the protocol, and a longer window may turn the answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hh"
#include "stats/trend.hh"

namespace mpb {

// More than this much change of throughput over the window is not steady.
constexpr double kSteadyMargin = 0.02;

// Of one group's throughput.
struct Steadiness {
  Change change;                       // over the window, the median of the runs
  bool steady = true;                  // not certainly changing; few runs are never certain
  std::optional<Nanos> settles_after;  // of an unsteady one: since the window opened; nothing where
                                       // it has not settled by the middle of the window
};

// Nothing where no valid run tells: of results that were written without slices, of a
// synchronisation, and of links that change, whose rate is meant to change.
std::optional<Steadiness> steadiness_of(const RunGroup& group);

bool is_steady(const RunGroup& group);  // or does not tell

// Of an open loop, whose throughput is what is offered: whether latency had settled before the
// window, as far as a pilot run tells.
bool has_settled_latency(const Result& result, const RunGroup& group);

// "-38 %"; "-" where it is not known.
std::string trend_text(const RunGroup& group);

// "GET 4k with tcp is not steady: ...; there is no verdict. --warmup 4s would do.", of every group
// that is not.
std::vector<std::string> unsteady_sentences(const Result& result,
                                            const std::vector<RunGroup>& groups);
// How long the warm-up of each cell is, and why, where pilot runs chose it.
std::vector<std::string> warmup_sentences(const Result& result);

std::string unsteady_sentence(const Result& result, const RunGroup& group);

}  // namespace mpb
