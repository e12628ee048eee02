// The virtual clock of User Mode Linux (time-travel=inf-cpu): computing takes no time, idle time is
// skipped, and a run that begins at the same phase of every timer repeats to the nanosecond. Other
// virtual clocks do not count, such as that of a virtual machine that counts instructions: their
// runs always differ.
#pragma once

#include <string_view>

#include "sys/clock.hh"

namespace mpb {

// Whether this kernel has such a clock, according to sysfs.
bool in_virtual_time();
bool is_virtual_clock(std::string_view clocksource);

// In virtual time each step of a run begins at a multiple of this interval: the world, its
// emulator, its store, the fill and the load. Each failed system call costs a microsecond, so
// earlier programs would otherwise shift the phase of all timers.
inline constexpr Nanos kVirtualGrid = 100ms;

// The first multiple of `grid` that is not before `earliest`.
constexpr Nanos next_multiple(Nanos earliest, Nanos grid) {
  return (earliest + grid - Nanos{1}) / grid * grid;
}

// Sleeps until a step may begin, and returns that time. In virtual time this is a multiple of
// kVirtualGrid at least half an interval from now, so that other work has ended; otherwise now.
Nanos begin_aligned();

}  // namespace mpb
