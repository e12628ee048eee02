// Random numbers: SplitMix64 (Steele, Lea, Flood 2014). Eight bytes of state, a nanosecond a
// number, the same on every machine, and usable as a hash of a counter. Each thread owns its own,
// seeded from the run's seed and the thread's number.
#pragma once

#include <cstdint>

namespace mpb {

constexpr std::uint64_t kGolden64 = 0x9e3779b97f4a7c15;

// Its finaliser: scatters any 64 bits.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0)
      : state_(mix64(seed + kGolden64) ^ mix64(stream * 0xd1342543de82ef95 + 1)) {}

  std::uint64_t next() { return mix64(state_ += kGolden64); }

  // In [0, bound), bound at most 2^32 or so: the bias of the multiplication is bound / 2^64.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((Wide{next()} * bound) >> 64);
  }

  // In [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  __extension__ using Wide = unsigned __int128;
  std::uint64_t state_;
};

}  // namespace mpb
