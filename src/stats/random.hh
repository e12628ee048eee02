// Random numbers: SplitMix64 (Steele, Lea, Flood 2014). It has eight bytes of state, takes a
// nanosecond per number, gives the same numbers on every machine, and can hash a counter. Each
// thread has its own generator, seeded with the seed of the run and the number of the thread.
#pragma once

#include <cstdint>

namespace mpb {

constexpr std::uint64_t kGolden64 = 0x9e3779b97f4a7c15;

// The finaliser of SplitMix64, which scatters any 64 bits.
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

  // In [0, bound), for a bound up to about 2^32: the bias of the multiplication is bound / 2^64.
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
