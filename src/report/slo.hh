// Whether a run holds a rule for the latency of an open loop, and what the runs of a search have
// found out: the highest rate that holds it, for each operation, value size and protocol.
//
// Everything is computed from the runs that stand in the result, so a search that was interrupted
// goes on from its file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "result/result.hh"
#include "result/slo_rule.hh"

namespace mpb {

// A search ends with so many runs, found or not.
constexpr int kMostSearchRuns = 16;

// How many requests a run needs to tell.
double samples_needed(const SloRule& rule);

// Of the latency from when a request was due, in nanoseconds; nothing where the run has too few
// requests to tell.
std::optional<double> slo_value(const SloRule& rule, const Run& run);

// A run that is invalid, or saturated, or cannot tell never holds a rule.
bool holds(const SloRule& rule, const Run& run);

// What the runs of a search say so far. A rate holds the rule when no run at it failed, and fails
// with its first valid run that does, or with its second invalid one: one may have been the
// machine's fault.
struct SloBracket {
  std::optional<double> held;      // the highest that held, below every one that failed
  int times = 0;                   // how many runs held it there: 2 confirm it
  std::optional<double> value_ns;  // the worst of them
  std::optional<double> failed;    // the lowest that failed
  bool failed_invalid = false;     // not by its latency: no run at it was valid
  std::optional<double> retry;     // one whose only run is invalid
  int runs = 0;
};
SloBracket bracket_of(const SloRule& rule, const std::vector<const Run*>& runs);

struct SloAnswer {
  std::string op, values, proto;
  std::optional<double> rate_rps;      // the highest that holds; absent when none did
  std::optional<double> value_ns;      // there, of the worse run
  std::optional<double> fails_at_rps;  // the lowest that does not; absent when none was found
  bool fails_invalid = false;          // because no run at it was valid
  bool confirmed = false;              // a second run held it too
  int runs = 0;                        // that the search took
};

// In the table's order; one for everything that a search has begun with. None when the result is of
// no search.
std::vector<SloAnswer> slo_answers(const Result& result);

// Why an answer is not confirmed: "the search has not ended" or "not confirmed within 16 runs".
std::string why_unconfirmed(const SloAnswer& answer);

}  // namespace mpb
