#include "load/pacer.hh"

#include <cmath>
#include <limits>
#include <random>

namespace mpb {

namespace {

// A store needs many seconds for this number of requests; drawing them takes a fraction of one.
constexpr double kManyRequests = 1e7;

// Adapts Random to the distributions of <random>.
struct Generator {
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() { return random.next(); }
  Random& random;
};

}  // namespace

Pacer::Pacer(Arrivals arrivals, double rate_per_second, Nanos start, std::uint64_t seed, int thread,
             int threads)
    : arrivals_(arrivals),
      gap_(1e9 * threads / rate_per_second),
      offset_(gap_ * thread / threads),
      start_(start),
      random_(seed, 0x9ace + thread) {
  if (arrivals_ == Arrivals::kPoisson) {
    offset_ = 0;  // the process is memoryless, so its first gap is a random phase
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
  // A sum in floating point, which does not round each gap. After an hour it is exact to 2^-11 ns.
  offset_ -= gap_ * std::log1p(-random_.uniform());
  next_ = start_ + Nanos{std::llround(offset_)};
}

// The sum of n exponential gaps has a gamma distribution with shape n.
void Pacer::advance_by(std::uint64_t requests) {
  taken_ += requests - 1;
  if (arrivals_ == Arrivals::kPoisson) {
    Generator generator{random_};
    offset_ += gap_ * std::gamma_distribution<>(static_cast<double>(requests - 1))(generator);
  }
  advance();
}

std::uint64_t Pacer::skip_until(Nanos end) {
  const std::uint64_t before = taken_;
  // If there are too many requests to take one by one, most are skipped at once. Ten standard
  // deviations are left, so that every skipped request is due before the end.
  const auto due = [&] { return static_cast<double>((end - next_).count()) / gap_; };
  while (due() > kManyRequests)
    advance_by(static_cast<std::uint64_t>(due() - 10 * std::sqrt(due())));
  while (next_ < end) advance();
  return taken_ - before;
}

}  // namespace mpb
