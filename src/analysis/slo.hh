// Whether a run satisfies a rule for the latency of an open loop, and the highest rate at which the
// rule holds, for each operation, value size and protocol of a search.
//
// Everything is computed from the runs in the result, so that an interrupted search can resume from
// its file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "result/result.hh"
#include "result/slo_rule.hh"
#include "stats/threshold.hh"

namespace mpb {

// A search ends after this number of runs in any case. If the threshold of a run varies by 5 %, the
// interval is then about +-5 %, for which some 20 runs near the threshold are enough. Half of that
// would take 90 runs.
constexpr int kMostSearchRuns = 24;

// It ends earlier if the interval reaches no further than this fraction from the threshold.
constexpr double kNarrowThreshold = 0.025;

// The number of requests that a run needs for the rule's percentile.
double samples_needed(const SloRule& rule);

// The latency of the rule, from the time when a request was due, in nanoseconds. Nothing if the run
// has too few requests.
std::optional<double> slo_value(const SloRule& rule, const Run& run);

// Whether the run satisfies the rule. A run that is invalid, saturated or too short never does.
bool holds(const SloRule& rule, const Run& run);

// The runs of a search as trials of its threshold. An invalid run is not a trial of the protocol.
struct SloTrials {
  std::vector<Trial> trials;            // the valid runs
  std::optional<double> highest_held;   // the highest rate of a run that satisfied the rule
  std::optional<double> lowest_failed;  // the lowest rate of a run that did not
  // The lowest rate at which, and above which, none of at least two runs was valid: the machine's
  // limit.
  std::optional<double> never_valid;
  std::optional<Threshold> threshold;  // once a run satisfied the rule and another did not
  int runs = 0;                        // including invalid ones
};
SloTrials trials_of(const SloRule& rule, const std::vector<const Run*>& runs);

// Whether the search makes no further run: the interval is narrow, or all runs were made.
bool is_exhausted(const SloTrials& its);

struct SloAnswer {
  std::string op, values, proto;
  // The rate at which one run in two satisfies the rule. Absent unless a run satisfied it and
  // another did not: then the rate is above `held_rps` or below `failed_rps`, as far as these are
  // known.
  std::optional<Estimate> rate;
  std::optional<double> held_rps;         // the highest rate of a run that satisfied the rule
  std::optional<double> failed_rps;       // the lowest rate of a valid run that did not
  std::optional<double> never_valid_rps;  // no run at this rate or above was valid
  std::string base;                       // another protocol with a threshold; otherwise empty
  std::optional<Estimate> ratio;          // to the threshold of `base`
  // Of the ratio, wide enough that the intervals of all ratios of the result are right together
  // (Bonferroni).
  std::optional<Interval> joint;
  std::string withheld;  // why the two are not compared, as a clause; otherwise ""
  bool ended = false;    // the search will make no further run
  int runs = 0, valid_runs = 0;
};

// In the order of the table, one for each cell and protocol that the search has begun. Empty if the
// result is not a search.
std::vector<SloAnswer> slo_answers(const Result& result);

// Whether the thresholds differ by more than the margin of throughput: the joint interval of the
// ratio lies beyond it. Never if the comparison is withheld.
bool differs_from_base(const SloAnswer& answer);

}  // namespace mpb
