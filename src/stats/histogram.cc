// How the buckets lie.
//
// The problem: latencies span 1 us to a minute, tails matter, and percentiles of percentiles mean nothing, so the distribution itself must
// be kept, mergeable, at a cost of a few nanoseconds a request. Sorted samples are exact but grow with the run; t-digests and KLL sketches
// are small, but merging them depends on the order and their error is not stated per value; fixed linear buckets waste either memory or
// precision.
//
// Log-linear buckets (HdrHistogram's idea) have one property that the others lack: the relative error is a constant of the layout. Each
// power of two [2^e, 2^(e+1)) is cut into 1024 equal buckets, so a bucket of value v is at most v/1024 wide and its middle at most v/2048
// away. The index is two shifts:
//
//   value  < 2048       index = value                                     (width 1: exact)
//   value >= 2048       shift = bits(value) - 11,  index = shift * 1024 + (value >> shift)     (the leading 11 bits: 1024..2047)
//
// which is continuous: 2047 has index 2047 and 2048 has index 1 * 1024 + 1024 = 2048. 36 bits (68 s) need 27,648 buckets, 216 KiB, of which
// a run touches a few pages. The layout is part of the result format (sub_bucket_bits = 10): a change of it needs a new schema.
#include "stats/histogram.hh"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace mpb {

namespace {

constexpr std::uint32_t kSubBuckets = 1u << Histogram::kSubBucketBits;
constexpr int kLimitBits = 36;
constexpr std::uint32_t kOverflow = (kLimitBits - Histogram::kSubBucketBits + 1) * kSubBuckets;

}  // namespace

Histogram::Histogram() : counts_(kOverflow + 1) {}

Histogram Histogram::from_buckets(std::span<const Bucket> buckets, Nanos min, Nanos max, std::uint64_t sum) {
  Histogram h;
  for (const Bucket& bucket : buckets) {
    if (bucket.index > kOverflow || bucket.count == 0 || h.counts_[bucket.index] != 0)
      throw std::invalid_argument("not a histogram's buckets");
    h.counts_[bucket.index] = bucket.count;
    h.count_ += bucket.count;
  }
  if (h.count_ == 0) return h;
  if (h.counts_[index_of(min)] == 0 || h.counts_[index_of(max)] == 0)
    throw std::invalid_argument("a minimum or maximum outside the histogram's buckets");
  h.min_ = min;
  h.max_ = max;
  h.sum_ = sum;
  return h;
}

void Histogram::record(Nanos value, std::uint64_t count) {
  if (count == 0) return;
  value = std::max(value, Nanos{0});
  counts_[index_of(value)] += count;
  count_ += count;
  sum_ += static_cast<std::uint64_t>(value.count()) * count;  // 584 years of latency fit
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = sum_ = 0;
  min_ = Nanos::max();
  max_ = Nanos{0};
}

double Histogram::mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }

Nanos Histogram::quantile(double q) const {
  if (count_ == 0) return Nanos{0};
  const auto rank = static_cast<std::uint64_t>(std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_)));
  // The extremes are known exactly: no need to answer with the middle of a bucket.
  if (rank <= 1) return min_;
  if (rank >= count_) return max_;
  std::uint64_t seen = 0;
  for (std::uint32_t i = index_of(min_); i < kOverflow; ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::clamp(lower_bound(i) + (upper_bound(i) - lower_bound(i)) / 2, min_, max_);
  }
  return max_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::uint32_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != 0) filled.push_back({i, counts_[i]});
  }
  return filled;
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

Nanos Histogram::upper_bound(std::uint32_t index) { return index >= kOverflow ? Nanos::max() : lower_bound(index + 1) - Nanos{1}; }

}  // namespace mpb
