#include "stats/clock_offset.hh"

namespace mpb {

std::optional<ClockOffset> clock_offset(const std::vector<ClockSample>& samples) {
  std::optional<ClockOffset> best;
  for (const ClockSample& sample : samples) {
    const Nanos round_trip = sample.answered - sample.asked;
    if (round_trip < Nanos{0}) continue;
    // Rounded up: the other clock was read at `asked` at the earliest and at `answered` at the
    // latest, and both must be within the bound.
    const Nanos bound = (round_trip + Nanos{1}) / 2;
    if (best && best->bound <= bound) continue;
    best = ClockOffset{sample.other - sample.asked - round_trip / 2, bound};
  }
  return best;
}

}  // namespace mpb
