// The change of a rate during the measurement: of one run over its window, and of several runs
// their median change with its exact interval. Pure arithmetic; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "stats/summary.hh"

namespace mpb {

// The rise of the rate from the beginning of the window to its end, as a fraction of its mean
// (-0.1: a tenth less), from the slope of the least squares. A robust line would ignore a transient
// in the first quarter; change_of() ignores the effect of a stall in a single run. At least two
// slices, of equal length; 0 if all are empty.
double trend(const std::vector<double>& slices);

// The change of several runs, from their trends.
struct Change {
  double value = 0;                  // Hodges-Lehmann
  std::optional<Interval> interval;  // exact signed-rank; nothing below kFewestForInterval runs
};
Change change_of(const std::vector<double>& trends);  // at least one trend

// Whether the change is certainly larger than the margin, because the interval lies beyond it. Few
// or noisy runs cannot show that.
bool is_beyond(const Change& change, double margin);

// MSER-5 (K. P. White, "An effective truncation heuristic for bias reduction in simulation output",
// Simulation 69, 1997): the number of values at the beginning that belong to the transient. It
// forms means of five values, and chooses how many of them to leave out so that the standard error
// of the mean of the others is smallest. Nothing if that is in the second half, because the run has
// then not settled, and for fewer than 50 values, which are not enough.
std::optional<std::size_t> mser5(const std::vector<double>& values);

// The number of values at the beginning that belong to the transient: that of mser5(), or, where
// the record has not settled by that, as many tenths of it, one at least, as make the rest change
// by no more than a quarter of the margin. MSER-5 knows no margin: it also rejects a record that
// falls by a thousandth, like those of links without loss. Nothing if half of the record is not
// enough.
std::optional<std::size_t> transient_of(const std::vector<double>& values, double margin);

// The number of slices at the beginning that have to be left out, so that the rest changes by no
// more than the margin: 0 to half of them; nothing if that is not enough. `profile` belongs to the
// typical run.
std::optional<std::size_t> unsettled_slices(const std::vector<double>& profile, double margin);

}  // namespace mpb
