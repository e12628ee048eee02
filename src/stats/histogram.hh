// A log-linear histogram of durations, such as the million latencies of a run.
//
// Every value from 0 to kLimit belongs to a bucket no wider than 1/1024 of the value; below 2048 ns
// each value has its own bucket. So a quantile, which is the middle of its bucket, is within
// kRelativeError (1/2048 = 0.049 %) of the recorded value from 1 us to 68 s. Count, minimum,
// maximum and sum are exact. Values above kLimit share the last bucket: overflow() counts them, and
// max() is exact. Negative values count as 0.
//
// Merging adds the counts, so the order of merging does not matter. Pure arithmetic, without a
// clock. A histogram that is recorded or merged into has a counter for every bucket, 216 KiB, which
// reserve() or the first record() allocates. One that was read with from_buckets() needs two or
// three bytes for each non-empty bucket, because a large result has thousands of histograms. Not
// thread-safe: each thread records into its own, and they are merged after the threads are joined.
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

  // A non-empty bucket. Indices ascend with the values; the largest index is that of the overflow
  // bucket.
  struct Bucket {
    std::uint32_t index = 0;
    std::uint64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };

  // The limit of values in a histogram that is read from a file: a little more than the highest
  // rate (10^8 per second) for the longest window (24 h). The sum over all runs that fit into
  // memory stays far below 2^64.
  static constexpr std::uint64_t kMostCount = 10'000'000'000'000;

  // The inverse of buckets(), min(), max() and sum(). Throws std::invalid_argument if the four
  // cannot belong to one histogram: the indices do not ascend, a count is 0, the extremes are not
  // in the first and last bucket, or no such values have this sum.
  static Histogram from_buckets(std::span<const Bucket> buckets, Nanos min, Nanos max,
                                std::uint64_t sum);

  void record(Nanos value) { record(value, 1); }
  void record(Nanos value, std::uint64_t count);
  void merge(const Histogram& other);
  void clear();
  void reserve();  // allocates all counters, so that record() does not during a measurement

  std::uint64_t count() const { return count_; }
  std::uint64_t overflow() const;
  std::uint64_t sum() const { return sum_; }  // nanoseconds
  Nanos min() const { return count_ == 0 ? Nanos{0} : min_; }
  Nanos max() const { return max_; }
  double mean() const;  // nanoseconds; 0 if empty

  // The smallest recorded value that at least the fraction q of all values do not exceed, within
  // kRelativeError; min() for q = 0, max() for q = 1, 0 for an empty histogram. For a rank in the
  // overflow bucket, max().
  Nanos quantile(double q) const;

  // The non-empty buckets. Together with min(), max() and sum(), they are the whole content.
  std::vector<Bucket> buckets() const;

  // The allocated memory in bytes.
  std::size_t memory() const {
    return counts_.capacity() * sizeof(std::uint64_t) + packed_.capacity();
  }

  static std::uint32_t index_of(Nanos value);
  // The smallest and the largest value in the bucket; the largest of the overflow bucket is
  // Nanos::max().
  static Nanos lower_bound(std::uint32_t index);
  static Nanos upper_bound(std::uint32_t index);

  bool operator==(const Histogram& other) const;

 private:
  template <class Visit>
  void each_bucket(Visit visit) const;

  // The count of every bucket; or empty, and the non-empty buckets are in packed_, each as the
  // difference of its index from the previous one and its count, in LEB128.
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint8_t> packed_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  Nanos min_ = Nanos::max();
  Nanos max_{0};
};

}  // namespace mpb
