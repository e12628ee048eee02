// A log-linear histogram of durations: what a run keeps of a million latencies.
//
// Every value from 0 to kLimit lands in a bucket no wider than 1/1024 of the value, and below 2048 ns in a bucket of its own. So a
// quantile, which is the middle of its bucket, is within kRelativeError (1/2048 = 0.049 %) of the recorded value from 1 us to 68 s. Count,
// minimum, maximum and sum are exact. Values above kLimit share one last bucket: counted by overflow(), their largest kept exactly in
// max(). Negative values count as 0.
//
// Merging is adding: the histogram of two runs' requests is the same whichever way it came about. Pure arithmetic: reads no clock,
// allocates only when constructed. Not thread-safe: each thread records into its own, and whoever joins the threads merges.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sys/clock.hh"

namespace mpb {

class Histogram {
 public:
  static constexpr int kSubBucketBits = 10;
  static constexpr Nanos kLimit{(std::int64_t{1} << 36) - 1};  // 68.7 s
  static constexpr double kRelativeError = 1.0 / (2 << kSubBucketBits);

  // One non-empty bucket. Indices ascend with the values; the last index of all is the overflow bucket.
  struct Bucket {
    std::uint32_t index = 0;
    std::uint64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };

  Histogram();

  // The inverse of buckets(), min(), max() and sum(); throws std::invalid_argument when the buckets cannot have come from a histogram.
  static Histogram from_buckets(std::span<const Bucket> buckets, Nanos min, Nanos max, std::uint64_t sum);

  void record(Nanos value) { record(value, 1); }
  void record(Nanos value, std::uint64_t count);
  void merge(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t overflow() const { return counts_.back(); }
  std::uint64_t sum() const { return sum_; }  // nanoseconds
  Nanos min() const { return count_ == 0 ? Nanos{0} : min_; }
  Nanos max() const { return max_; }
  double mean() const;  // nanoseconds; 0 when empty

  // The smallest recorded value that at least the fraction q of all values do not exceed, within kRelativeError; q = 0 gives min(), q = 1
  // max(), an empty histogram 0. A rank among the overflown gives max().
  Nanos quantile(double q) const;

  // The non-empty buckets: with min(), max() and sum(), all that the histogram knows.
  std::vector<Bucket> buckets() const;

  static std::uint32_t index_of(Nanos value);
  static Nanos lower_bound(std::uint32_t index);  // the smallest value in the bucket
  static Nanos upper_bound(std::uint32_t index);  // the largest; of the overflow bucket Nanos::max()

  bool operator==(const Histogram&) const = default;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  Nanos min_ = Nanos::max();
  Nanos max_{0};
};

}  // namespace mpb
