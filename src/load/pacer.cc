#include "load/pacer.hh"

#include <cmath>

namespace mpb {

Pacer::Pacer(Arrivals arrivals, double rate_per_second, Nanos start, std::uint64_t seed, int thread,
             int threads)
    : arrivals_(arrivals),
      gap_(1e9 * threads / rate_per_second),
      offset_(gap_ * thread / threads),
      start_(start),
      random_(seed, 0x9ace + thread) {
  if (arrivals_ == Arrivals::kPoisson) {
    offset_ = 0;  // memoryless: the first gap is a phase already
    advance();
  } else {
    next_ = start_ + Nanos{std::llround(offset_)};
  }
}

void Pacer::advance() {
  ++taken_;
  if (arrivals_ == Arrivals::kConstant) {
    next_ = start_ + Nanos{std::llround(offset_ + static_cast<double>(taken_) * gap_)};
    return;
  }
  // Summed in floating point: after an hour the sum is exact to 2^-11 ns, and no gap is rounded on
  // its own.
  offset_ -= gap_ * std::log1p(-random_.uniform());
  next_ = start_ + Nanos{std::llround(offset_)};
}

std::uint64_t Pacer::skip_until(Nanos end) {
  std::uint64_t skipped = 0;
  for (; next_ < end; advance()) ++skipped;
  return skipped;
}

}  // namespace mpb
