// The difference of two clocks, from questions and answers over a network.
//
// One side reads its clock, asks, and reads its clock again when the answer arrives. The answer is
// the time on the other clock, read at some moment in between. The difference is therefore known up
// to half of the round trip, whatever the two ways have in common, and the shortest round trip
// knows it best. Pure; callable from any thread.
#pragma once

#include <optional>
#include <vector>

#include "sys/clock.hh"

namespace mpb {

// A question and its answer: `asked` and `answered` on our clock, `other` on the other one.
struct ClockSample {
  Nanos asked{};
  Nanos other{};
  Nanos answered{};
};

// The clock of another host, at a time near now: its CLOCK_MONOTONIC minus ours, within +- `bound`.
struct ClockOffset {
  Nanos offset{0};
  Nanos bound{0};

  bool operator==(const ClockOffset&) const = default;
};

// By the shortest round trip. Nothing without a sample; samples whose answer came before their
// question are ignored.
std::optional<ClockOffset> clock_offset(const std::vector<ClockSample>& samples);

}  // namespace mpb
