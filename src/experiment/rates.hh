// Which rates to offer: pure arithmetic over what has been measured, in round numbers.
#pragma once

#include <optional>
#include <vector>

#include "analysis/slo.hh"

namespace mpb {

// To two significant digits, or a half more where they begin with 1: 2,417 is 2,400 and 1,240 is
// 1,250. Neighbours lie 1 to 5 % apart.
double round_rate(double rate);

// The rates of a sweep, ascending, from what protocols get through at most in a closed loop: around
// the smallest and around the greatest of them 30, 60, 80, 95 and 110 %, without those that nearly
// coincide, and between them as many as make eight. So each protocol's bend is on the curve, and
// the last rate is more than any gets through.
std::vector<double> sweep_rates(double smallest, double greatest);

// To three significant digits: for a search, whose answer need not be a rate that was offered.
double search_rate(double rate);

// The next rate that a search tries; none when it has ended. `capacity` is what got through in a
// closed loop, `least` the lowest rate at which a run can tell. It begins at half the capacity and
// halves the rate until a run holds, then halves the ratio to more than the capacity until a run
// does not. From then on each run is made near the threshold that all runs so far make likely: in
// turn 1.54 spreads above and below it, where a logistic regression learns most of its threshold
// and its spread together (D-optimal design; Abdelbasit and Plackett 1983).
std::optional<double> next_rate(const SloTrials& its, double capacity, double least);

}  // namespace mpb
