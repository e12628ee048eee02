// Whether a run holds a rule for the latency of an open loop, and what the runs of a search say
// about the rate up to which the rule holds, for each operation, value size and protocol.
//
// Everything is computed from the runs that stand in the result, so a search that was interrupted
// goes on from its file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "result/result.hh"
#include "result/slo_rule.hh"
#include "stats/threshold.hh"

namespace mpb {

// A search ends with so many runs, whatever they say. Where the threshold of a run varies by 5 %,
// they bring the interval to +-5 %, which takes some 20 runs near it; half of that would take 90.
constexpr int kMostSearchRuns = 24;

// It ends earlier where the interval reaches no further than so much from the threshold.
constexpr double kNarrowThreshold = 0.025;

// How many requests a run needs to tell.
double samples_needed(const SloRule& rule);

// Of the latency from when a request was due, in nanoseconds; nothing where the run has too few
// requests to tell.
std::optional<double> slo_value(const SloRule& rule, const Run& run);

// A run that is invalid, or saturated, or cannot tell never holds a rule.
bool holds(const SloRule& rule, const Run& run);

// The runs of a search as trials of its threshold. An invalid run says nothing of the protocol.
struct SloTrials {
  std::vector<Trial> trials;            // the valid runs
  std::optional<double> highest_held;   // of those that held
  std::optional<double> lowest_failed;  // of those that did not
  std::optional<double> never_valid;    // the lowest rate at which, and above which, no run was
                                        // valid, of two at least: the machine ends there
  std::optional<Threshold> threshold;   // once a run held and another did not
  int runs = 0;                         // the invalid ones too
};
SloTrials trials_of(const SloRule& rule, const std::vector<const Run*>& runs);

// Whether further runs are not worth their time: the interval is narrow, or the runs are used up.
bool is_exhausted(const SloTrials& its);

struct SloAnswer {
  std::string op, values, proto;
  // The rate at which one run in two holds the rule; absent unless a run held it and another did
  // not. Then it is above `held_rps`, or below `failed_rps`, as far as those are known.
  std::optional<Estimate> rate;
  std::optional<double> held_rps;         // the highest at which a run held
  std::optional<double> failed_rps;       // the lowest at which a valid run did not
  std::optional<double> never_valid_rps;  // no run at it or above was valid
  std::string base;                       // another protocol with a threshold; otherwise empty
  std::optional<Estimate> ratio;          // to the threshold of `base`
  std::optional<Interval> joint;          // of the ratio, so wide that the intervals of all ratios
                                          // of the result hold together (Bonferroni)
  std::string withheld;                   // why the two are not compared, as a clause; or empty
  bool ended = false;                     // the search will make no further run
  int runs = 0, valid_runs = 0;
};

// In the table's order; one for everything that a search has begun with. None when the result is of
// no search.
std::vector<SloAnswer> slo_answers(const Result& result);

// Whether the thresholds differ by more than the margin of throughput: the joint interval of the
// ratio lies beyond it. Never where the comparison is withheld.
bool differs_from_base(const SloAnswer& answer);

}  // namespace mpb
