// The limits beyond which a run is no result, each with its reason. docs/MEASUREMENT.md has how
// often each is wrong.
#pragma once

#include "sys/clock.hh"

namespace mpb {

// Of a CPU, by a load thread, the store or the emulator. What needs more is a bottleneck in one
// moment or another of the window. The kernel takes 5 % from a real-time thread in any case, and
// the emulator itself rests for 2 %, so that a limit above 93 % would never be reached.
inline constexpr double kMostCpuPct = 85;

}  // namespace mpb
