// How connections are divided among several ways to the store: pure arithmetic.
#pragma once

#include <vector>

namespace mpb {

// `total` in proportion to the weights, which are positive: each part rounded down, and what is
// left over to the largest remainders. Where there are enough, every part is at least one. Equal
// weights give the first parts one more.
std::vector<int> split_by(const std::vector<double>& weights, int total);

// Which part each of all comes from, so that any run of neighbours has about the whole's
// proportions: {2, 1} is 0, 1, 0.
std::vector<int> in_turns(const std::vector<int>& parts);

}  // namespace mpb
