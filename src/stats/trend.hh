// Whether a rate stayed what it was while it was measured: of one run the change over its window,
// and of several runs the median change with its exact interval. Pure arithmetic; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "stats/summary.hh"

namespace mpb {

// By how much the rate rose from the window's beginning to its end, as a fraction of its mean
// (-0.1: a tenth less): the slope of the least squares. Not of a robust line, which would pass over
// a transient in the first quarter; what a single stall does to one run is for change_of() to pass
// over. Of two slices of equal length at least; 0 when all are empty.
double trend(const std::vector<double>& slices);

// Of the trends of several runs.
struct Change {
  double value = 0;                  // Hodges-Lehmann
  std::optional<Interval> interval;  // exact signed-rank; nothing below kFewestForInterval runs
};
Change change_of(const std::vector<double>& trends);  // of one at least

// Whether the change is certainly larger than the margin: the interval lies beyond it. What few or
// noisy runs cannot show is not claimed.
bool is_beyond(const Change& change, double margin);

// MSER-5 (K. P. White, "An effective truncation heuristic for bias reduction in simulation output",
// Simulation 69, 1997): how many values at the beginning belong to the transient. Of the means of
// five values each it leaves out as many as make the standard error of the mean of the others
// least. Nothing where that is in the second half, which means that it has not settled, and below
// 50 values, which tell nothing.
std::optional<std::size_t> mser5(const std::vector<double>& values);

// How many slices at the beginning have to be left out for the rest not to change by more than the
// margin: 0 to half of them, nothing where that is not enough. `profile` is the typical run's.
std::optional<std::size_t> unsettled_slices(const std::vector<double>& profile, double margin);

}  // namespace mpb
