// A log-linear histogram of durations: what a run keeps of a million latencies.
//
// Every value from 0 to kLimit lands in a bucket no wider than 1/1024 of the value, and below 2048
// ns in a bucket of its own. So a quantile, which is the middle of its bucket, is within
// kRelativeError (1/2048 = 0.049 %) of the recorded value from 1 us to 68 s. Count, minimum,
// maximum and sum are exact. Values above kLimit share one last bucket: counted by overflow(),
// their largest kept exactly in max(). Negative values count as 0.
//
// Merging is adding: the histogram of two runs' requests is the same whichever way it came about.
// Pure arithmetic: reads no clock. One that is recorded or merged into has a counter for every
// bucket, 216 KiB that reserve() or else the first record() allocates. One that was read with
// from_buckets() takes two or three bytes for each bucket that is not empty, because a large result
// has thousands of them. Not thread-safe: each thread records into its own, and whoever joins the
// threads merges.
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

  // One non-empty bucket. Indices ascend with the values; the last index of all is the overflow
  // bucket.
  struct Bucket {
    std::uint32_t index = 0;
    std::uint64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };

  // Of values that one histogram read from a file may have: the highest rate (10^8 a second) for
  // the longest window (24 h), and some. The sums of any number of runs that fits into memory then
  // stay far from 2^64.
  static constexpr std::uint64_t kMostCount = 10'000'000'000'000;

  // The inverse of buckets(), min(), max() and sum(); throws std::invalid_argument when the four
  // cannot have come from one histogram: the indices do not ascend, a count is 0, the extremes are
  // not in the first and last bucket, or no such values have that sum.
  static Histogram from_buckets(std::span<const Bucket> buckets, Nanos min, Nanos max,
                                std::uint64_t sum);

  void record(Nanos value) { record(value, 1); }
  void record(Nanos value, std::uint64_t count);
  void merge(const Histogram& other);
  void clear();
  void
  reserve();  // allocates what record() needs, so that it does not in the middle of a measurement

  std::uint64_t count() const { return count_; }
  std::uint64_t overflow() const;
  std::uint64_t sum() const { return sum_; }  // nanoseconds
  Nanos min() const { return count_ == 0 ? Nanos{0} : min_; }
  Nanos max() const { return max_; }
  double mean() const;  // nanoseconds; 0 when empty

  // The smallest recorded value that at least the fraction q of all values do not exceed, within
  // kRelativeError; q = 0 gives min(), q = 1 max(), an empty histogram 0. A rank among the
  // overflown gives max().
  Nanos quantile(double q) const;

  // The non-empty buckets: with min(), max() and sum(), all that the histogram knows.
  std::vector<Bucket> buckets() const;

  // What it has allocated, in bytes.
  std::size_t memory() const {
    return counts_.capacity() * sizeof(std::uint64_t) + packed_.capacity();
  }

  static std::uint32_t index_of(Nanos value);
  static Nanos lower_bound(std::uint32_t index);  // the smallest value in the bucket
  static Nanos upper_bound(
      std::uint32_t index);  // the largest; of the overflow bucket Nanos::max()

  bool operator==(const Histogram& other) const;

 private:
  template <class Visit>
  void each_bucket(Visit visit) const;

  std::vector<std::uint64_t> counts_;  // of every bucket, or empty; then the buckets are in packed_
  std::vector<std::uint8_t> packed_;   // of each bucket in turn: how far its index is from the one
                                       // before, and its count, as LEB128
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  Nanos min_ = Nanos::max();
  Nanos max_{0};
};

}  // namespace mpb
