// The rates to offer, as round numbers: pure arithmetic on measurements.
#pragma once

#include <optional>
#include <vector>

#include "analysis/slo.hh"

namespace mpb {

// Rounds to two significant digits; numbers that begin with 1 to multiples of 5 in the third: 2,417
// becomes 2,400 and 1,240 becomes 1,250. Neighbours are 1 to 5 % apart.
double round_rate(double rate);

// The rates of a sweep, ascending, from the smallest and the greatest capacity of the protocols in
// a closed loop: 30, 60, 80, 95 and 110 % of both, without rates that nearly coincide, and further
// ones between them up to eight. The curve of every protocol thus includes its bend, and the last
// rate exceeds every capacity.
std::vector<double> sweep_rates(double smallest, double greatest);

// Rounds to three significant digits: for a search, whose answer need not be an offered rate.
double search_rate(double rate);

// The next rate of a search; nothing if it has ended. `capacity` is the throughput in a closed
// loop, `least` the lowest rate at which a run has enough requests. The search starts at half the
// capacity and halves the rate until a run satisfies the rule. Then it goes up, each time by the
// square root of the ratio to a rate beyond the capacity, until a run does not. After that, each
// run is made near the threshold that all runs so far make likely, by turns 1.54 spreads above and
// below it. There a logistic regression learns most about its threshold and its spread together
// (D-optimal design; Abdelbasit and Plackett 1983).
std::optional<double> next_rate(const SloTrials& trials, double capacity, double least);

}  // namespace mpb
