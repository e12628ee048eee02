#include "sys/virtual_time.hh"

#include <cerrno>

#include "sys/file.hh"

namespace mpb {

bool is_virtual_clock(std::string_view clocksource) {
  return clocksource.starts_with("time-travel-clock");
}

bool in_virtual_time() {
  static const bool is_virtual = is_virtual_clock(
      first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  return is_virtual;
}

Nanos begin_aligned() {
  if (!in_virtual_time()) return now();
  const Nanos begin = next_multiple(now() + kVirtualGrid / 2, kVirtualGrid);
  const timespec wake = to_timespec(begin);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nullptr) == EINTR) continue;
  return begin;
}

}  // namespace mpb
