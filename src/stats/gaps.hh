// The times during which a loop, or a store, that shows a sign of life every few milliseconds
// showed none. Not thread-safe: whoever watches owns it.
#pragma once

#include <algorithm>

#include "sys/clock.hh"

namespace mpb {

// Shorter gaps are waits for events, which take 5 ms at most, and late wake-ups.
inline constexpr Nanos kLeastGap = 10ms;

struct Gaps {
  Nanos longest{};
  Nanos sum{};  // of those longer than kLeastGap

  void add(Nanos gap) {
    longest = std::max(longest, gap);
    if (gap > kLeastGap) sum += gap;
  }
};

}  // namespace mpb
