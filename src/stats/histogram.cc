// The layout of the buckets.
//
// The problem: latencies range from 1 us to a minute, tails matter, and percentiles of percentiles
// are meaningless. So the distribution itself must be kept, in a form that can be merged, at a cost
// of a few nanoseconds per request. Sorted samples are exact but grow with the run. t-digests and
// KLL sketches are small, but merging them depends on the order, and their error is not bounded for
// each value. Linear buckets waste either memory or precision.
//
// Log-linear buckets (the idea of HdrHistogram) have one property that the others lack: the
// relative error is a constant of the layout. Each power of two [2^e, 2^(e+1)) is divided into 1024
// equal buckets, so the bucket of a value v is at most v/1024 wide, and its middle at most v/2048
// away. The index needs two shifts:
//
//   value  < 2048    index = value                        (width 1: exact)
//   value >= 2048    shift = bits(value) - 11
//                    index = shift * 1024 + (value >> shift)
//                    (value >> shift has the leading 11 bits: 1024..2047)
//
// The index is continuous: 2047 has index 2047, and 2048 has index 1 * 1024 + 1024 = 2048. 36 bits
// (68 s) need 27,648 buckets, 216 KiB. A run fills one or two thousand of them, most of them
// adjacent and with small counts, so packed deltas, as in a result file, need a hundredth of that.
// Allocating blocks of counters on first use would save little, because a few outliers use most
// powers of two. The layout is part of the result format (sub_bucket_bits = 10), so a change needs
// a new schema.
#include "stats/histogram.hh"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace mpb {

namespace {

constexpr std::uint32_t kSubBuckets = 1u << Histogram::kSubBucketBits;
constexpr int kLimitBits = 36;
constexpr std::uint32_t kOverflow = (kLimitBits - Histogram::kSubBucketBits + 1) * kSubBuckets;

__extension__ using Wide = unsigned __int128;

// LEB128: seven bits per byte, the lowest first. The eighth bit is set in all bytes but the last.
void put(std::vector<std::uint8_t>& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

std::uint64_t take(const std::uint8_t*& at) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    value |= std::uint64_t{*at & 0x7fu} << shift;
    if ((*at++ & 0x80) == 0) return value;
  }
}

}  // namespace

// Visits the non-empty buckets in order, until a visit returns false.
template <class Visit>
void Histogram::each_bucket(Visit visit) const {
  if (count_ == 0) return;
  if (!counts_.empty()) {
    for (std::uint32_t i = index_of(min_); i < counts_.size(); ++i) {
      if (counts_[i] != 0 && !visit(i, counts_[i])) return;
    }
    return;
  }
  std::uint32_t index = 0;
  for (const std::uint8_t *at = packed_.data(), *const end = at + packed_.size(); at != end;) {
    index += static_cast<std::uint32_t>(take(at));
    if (!visit(index, take(at))) return;
  }
}

Histogram Histogram::from_buckets(std::span<const Bucket> buckets, Nanos min, Nanos max,
                                  std::uint64_t sum) {
  Histogram h;
  if (buckets.empty()) return h;
  if (min < Nanos{0} || min > max || buckets.front().index != index_of(min) ||
      buckets.back().index != index_of(max))
    throw std::invalid_argument("has a minimum or maximum outside its buckets");
  Wide least = 0, most = 0;  // the bounds of the sum of the values
  std::int64_t previous = -1;
  for (const Bucket& bucket : buckets) {
    if (bucket.index > kOverflow || bucket.index <= previous || bucket.count == 0)
      throw std::invalid_argument("has buckets out of order");
    if (bucket.count > kMostCount - h.count_)
      throw std::invalid_argument("counts more values than a run can have");
    h.count_ += bucket.count;
    least += Wide{bucket.count} *
             static_cast<std::uint64_t>(std::max(lower_bound(bucket.index), min).count());
    most += Wide{bucket.count} *
            static_cast<std::uint64_t>(std::min(upper_bound(bucket.index), max).count());
    put(h.packed_, bucket.index - static_cast<std::uint64_t>(std::max<std::int64_t>(previous, 0)));
    put(h.packed_, bucket.count);
    previous = bucket.index;
  }
  if (sum < least || sum > most)
    throw std::invalid_argument("has a sum that its values cannot have");
  h.packed_.shrink_to_fit();
  h.min_ = min;
  h.max_ = max;
  h.sum_ = sum;
  return h;
}

void Histogram::reserve() {
  if (!counts_.empty()) return;
  std::vector<std::uint64_t> counts(kOverflow + 1);
  each_bucket([&counts](std::uint32_t index, std::uint64_t count) {
    counts[index] = count;
    return true;
  });
  counts_ = std::move(counts);
  packed_ = {};
}

void Histogram::record(Nanos value, std::uint64_t count) {
  if (count == 0) return;
  if (counts_.empty()) reserve();
  value = std::max(value, Nanos{0});
  counts_[index_of(value)] += count;
  count_ += count;
  sum_ += static_cast<std::uint64_t>(value.count()) * count;  // overflows after 584 years
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram& other) {
  if (other.count_ == 0) return;
  reserve();
  other.each_bucket([this](std::uint32_t index, std::uint64_t count) {
    counts_[index] += count;
    return true;
  });
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  packed_ = {};
  count_ = sum_ = 0;
  min_ = Nanos::max();
  max_ = Nanos{0};
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

Nanos Histogram::quantile(double q) const {
  if (count_ == 0) return Nanos{0};
  const auto rank =
      static_cast<std::uint64_t>(std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_)));
  // The extremes are known exactly, so they need not be the middle of a bucket.
  if (rank <= 1) return min_;
  if (rank >= count_) return max_;
  std::uint64_t seen = 0;
  Nanos found = max_;
  each_bucket([&](std::uint32_t index, std::uint64_t count) {
    seen += count;
    if (seen < rank) return true;
    if (index < kOverflow)
      found = std::clamp(lower_bound(index) + (upper_bound(index) - lower_bound(index)) / 2, min_,
                         max_);
    return false;
  });
  return found;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  each_bucket([&filled](std::uint32_t index, std::uint64_t count) {
    filled.push_back({index, count});
    return true;
  });
  return filled;
}

std::uint64_t Histogram::overflow() const {
  if (max() <= kLimit) return 0;
  return buckets().back().count;
}

bool Histogram::operator==(const Histogram& other) const {
  return count_ == other.count_ && sum_ == other.sum_ && min() == other.min() &&
         max_ == other.max_ && buckets() == other.buckets();
}

std::uint32_t Histogram::index_of(Nanos value) {
  const auto v = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
  const int shift = static_cast<int>(std::bit_width(v)) - (kSubBucketBits + 1);
  if (shift <= 0) return static_cast<std::uint32_t>(v);
  if (value > kLimit) return kOverflow;
  return static_cast<std::uint32_t>(shift) * kSubBuckets + static_cast<std::uint32_t>(v >> shift);
}

Nanos Histogram::lower_bound(std::uint32_t index) {
  if (index < 2 * kSubBuckets) return Nanos{index};
  const std::uint32_t shift = index / kSubBuckets - 1;
  return Nanos{std::int64_t{index - shift * kSubBuckets} << shift};
}

Nanos Histogram::upper_bound(std::uint32_t index) {
  return index >= kOverflow ? Nanos::max() : lower_bound(index + 1) - Nanos{1};
}

}  // namespace mpb
