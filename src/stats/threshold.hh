// The highest rate at which runs satisfy a rule, estimated from runs at several rates.
//
// Logistic regression on the logarithm of the rate: a run at rate r violates the rule with
// probability 1 / (1 + exp(-(ln r - ln T) / s)). T is the threshold, at which every second run
// satisfies the rule, and s is the spread of the thresholds of single runs. Both are unknown. T has
// a flat prior on a logarithmic scale, and so has s, from kLeastSpread to kMostSpread. The estimate
// of T is its posterior with s integrated out, on a grid. So the interval includes the uncertainty
// of s, and there is an answer where maximum likelihood has none: if every run below some rate
// satisfied the rule, and every run above it did not. The median is nearly unbiased. Psychophysics
// finds thresholds from few yes-or-no answers in this way: Watson and Pelli 1983 (QUEST),
// King-Smith et al. 1994 (ZEST), Kontsevich and Tyler 1999 (psi).
//
// Only whether a run satisfied the rule counts, not by how much: a saturated run has no latency for
// a regression, and near saturation a latency curve can have any shape, on which the answer must
// not depend. Pure arithmetic without random numbers; thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "stats/summary.hh"

namespace mpb {

struct Trial {
  double rate = 0;    // above 0
  bool held = false;  // whether the run satisfied the rule
};

struct Estimate {
  double value = 0;
  Interval interval;  // kConfidence
};

struct Threshold {
  Estimate rate;
  double spread = 0;  // s: the geometric mean of its posterior

  // The posterior of ln T: chances[i] is the probability of at most lowest + (i + 1) * step.
  double lowest = 0, step = 0;
  std::vector<double> chances;
};

// Nothing unless at least one trial held and at least one did not.
std::optional<Threshold> threshold_of(const std::vector<Trial>& trials);

// The ratio of a threshold to `base`, from independent trials.
Estimate ratio_of(const Threshold& threshold, const Threshold& base,
                  double confidence = kConfidence);

}  // namespace mpb
