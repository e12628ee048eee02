// The rate up to which a rule holds, from runs at several rates of which some held it.
//
// Logistic regression on the logarithm of the rate: a run at rate r fails with probability
// 1 / (1 + exp(-(ln r - ln T) / s)). T is the threshold, at which one run in two holds, and s the
// spread, how much the threshold of a single run varies. Neither is known. T has a flat prior on a
// logarithmic scale, s one from kLeastSpread to kMostSpread, and what is known of T is its
// posterior with s integrated out, on a grid. So the interval covers that s is not known, and there
// is an answer where maximum likelihood has none: where every run below some rate held and every
// run above it failed. The median is nearly unbiased. Psychophysics finds thresholds from few
// answers of yes or no like this: Watson and Pelli 1983 (QUEST), King-Smith et al. 1994 (ZEST),
// Kontsevich and Tyler 1999 (psi).
//
// A run counts by whether it held, not by how much: a saturated run has no latency that could be
// put into a regression, and near saturation a curve of latency has any shape, of which the answer
// must not depend. Pure arithmetic, no random numbers; thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "stats/summary.hh"

namespace mpb {

struct Trial {
  double rate = 0;  // above 0
  bool held = false;
};

struct Estimate {
  double value = 0;
  Interval interval;  // kConfidence
};

struct Threshold {
  Estimate rate;
  double spread = 0;  // s: the geometric mean of its posterior

  // The posterior of ln T: chances[i] is that of at most lowest + (i + 1) * step.
  double lowest = 0, step = 0;
  std::vector<double> chances;
};

// Nothing unless a trial held and another did not.
std::optional<Threshold> threshold_of(const std::vector<Trial>& trials);

// How many times `base` a threshold is; of independent trials.
Estimate ratio_of(const Threshold& threshold, const Threshold& base,
                  double confidence = kConfidence);

}  // namespace mpb
