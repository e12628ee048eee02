#include "load/keyspace.hh"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace mpb {

namespace {

std::size_t offset_of(std::uint64_t key) {
  return mix64(key + 0x9e3779b97f4a7c15) % ValueBlock::kSize;
}

// log1p(x)/x and expm1(x)/x, with their limits at 0. They make the formulas below valid for
// exponent 1 too.
double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }
double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }

}  // namespace

void write_key_digits(std::uint64_t key, char* digits) {
  for (int i = kKeyDigits - 1; i >= 0; --i, key /= 10)
    digits[i] = static_cast<char>('0' + key % 10);
}

ValueBlock::ValueBlock() : bytes_(kSize) {
  Random random(0xb10c);  // fixed, because different processes fill the store and read it
  for (std::size_t i = 0; i < kSize; i += sizeof(std::uint64_t)) {
    const std::uint64_t word = random.next();
    std::memcpy(&bytes_[i], &word, sizeof word);
  }
}

int ValueBlock::slices(std::uint64_t key, std::size_t from, std::size_t length, iovec* out,
                       int capacity, std::size_t& described) const {
  std::size_t at = (offset_of(key) + from) % kSize;
  int used = 0;
  described = 0;
  while (length > 0 && used < capacity) {
    const std::size_t piece = std::min(length, kSize - at);
    out[used++] = {const_cast<char*>(&bytes_[at]), piece};
    described += piece;
    length -= piece;
    at = 0;
  }
  return used;
}

bool ValueBlock::matches(std::uint64_t key, std::string_view part, std::size_t from) const {
  std::size_t at = (offset_of(key) + from) % kSize;
  while (!part.empty()) {
    const std::size_t piece = std::min(part.size(), kSize - at);
    if (std::memcmp(&bytes_[at], part.data(), piece) != 0) return false;
    part.remove_prefix(piece);
    at = 0;
  }
  return true;
}

KeyPicker::KeyPicker(Keys keys, std::uint64_t keyspace, int index, int threads)
    : keys_(keys),
      keyspace_(keyspace),
      cursor_(keyspace * static_cast<std::uint64_t>(index) / static_cast<std::uint64_t>(threads)) {
  if (keys_.order != KeyOrder::kZipf) return;
  integral_first_ = h_integral(1.5) - 1;
  integral_last_ = h_integral(static_cast<double>(keyspace_) + 0.5);
  shortcut_ = 2 - h_integral_inverse(h_integral(2.5) - h(2));
}

std::uint64_t KeyPicker::next(Random& random) {
  switch (keys_.order) {
    case KeyOrder::kUniform:
      return random.below(keyspace_);
    case KeyOrder::kZipf:
      return zipf(random);
    case KeyOrder::kSequential:
      break;
  }
  const std::uint64_t key = cursor_;
  if (++cursor_ == keyspace_) cursor_ = 0;
  return key;
}

// Rejection-inversion (Hörmann and Derflinger 1996): exact for every exponent and keyspace, without
// a table, with about 1.1 draws per number. The method that YCSB made common (Gray et al. 1994) is
// an approximation that misses the second-ranked key by several per cent, and it needs a sum over
// the keyspace.
std::uint64_t KeyPicker::zipf(Random& random) const {
  while (true) {
    const double u = integral_last_ + random.uniform() * (integral_first_ - integral_last_);
    const double x = h_integral_inverse(u);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(keyspace_));
    if (rank - x <= shortcut_ || u >= h_integral(rank + 0.5) - h(rank))
      return static_cast<std::uint64_t>(rank) - 1;
  }
}

double KeyPicker::h(double x) const { return std::exp(-keys_.exponent * std::log(x)); }

double KeyPicker::h_integral(double x) const {
  const double log_x = std::log(x);
  return expm1_over((1 - keys_.exponent) * log_x) * log_x;
}

double KeyPicker::h_integral_inverse(double x) const {
  const double t = std::max(-1.0, x * (1 - keys_.exponent));
  return std::exp(log1p_over(t) * x);
}

}  // namespace mpb
