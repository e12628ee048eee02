// The division of connections among several ways to the store, or several hosts. Pure arithmetic.
#pragma once

#include <vector>

namespace mpb {

// Part `index` of a total that is divided evenly; the first parts get the remainder.
constexpr int even_share(int total, int index, int parts) {
  return total / parts + (index < total % parts ? 1 : 0);
}

// Divides `total` in proportion to the weights, which are positive. Each part is rounded down, and
// the rest goes to the largest remainders; if these are equal, to the first parts. If `total` is
// large enough, every part is at least one.
std::vector<int> split_by(const std::vector<double>& weights, int total);

// The part of each connection, in an order in which every range has about the proportions of the
// whole: {2, 1} is 0, 1, 0.
std::vector<int> in_turns(const std::vector<int>& parts);

}  // namespace mpb
