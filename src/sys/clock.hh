// The time of the whole program: signed nanoseconds of CLOCK_MONOTONIC. Only the outermost loops
// call now(). Code that computes takes the time as an argument, so that a test can simulate a year
// in a millisecond.
#pragma once

#include <time.h>

#include <chrono>

namespace mpb {

using Nanos = std::chrono::nanoseconds;
using namespace std::chrono_literals;

inline Nanos now() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return Nanos{ts.tv_sec * 1'000'000'000LL + ts.tv_nsec};
}

inline timespec to_timespec(Nanos t) {
  return {t.count() / 1'000'000'000, t.count() % 1'000'000'000};
}

inline double seconds(Nanos t) { return static_cast<double>(t.count()) / 1e9; }

}  // namespace mpb
