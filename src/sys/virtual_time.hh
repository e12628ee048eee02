// The virtual clock of User Mode Linux (time-travel=inf-cpu): computing takes no time, idling is
// leapt over, and a run repeats to the nanosecond where it begins at the same phase of every timer.
// Other virtual clocks, as of a virtual machine that counts instructions, are none of this: their
// runs differ whatever is done.
#pragma once

#include <string_view>

#include "sys/clock.hh"

namespace mpb {

// Whether this kernel's clock is such a one. It says so itself, in sysfs.
bool in_virtual_time();
bool is_virtual_clock(std::string_view clocksource);

// Whatever ran before leaves a phase behind, by the microsecond that each failed system call costs.
// So in virtual time each step of a run begins at a multiple of this: the world, its emulator, its
// store, the fill and the load. How long the programs before it took is then forgotten.
inline constexpr Nanos kVirtualGrid = 100ms;

// The next multiple of `grid` that is not before `earliest`.
constexpr Nanos next_multiple(Nanos earliest, Nanos grid) {
  return (earliest + grid - Nanos{1}) / grid * grid;
}

// When to begin: in virtual time a multiple of kVirtualGrid, at least half of it from now, so that
// what others do meanwhile has ended; otherwise now. Sleeps until then.
Nanos begin_aligned();

}  // namespace mpb
