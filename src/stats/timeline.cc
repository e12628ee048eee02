#include "stats/timeline.hh"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "stats/histogram.hh"

namespace mpb {

namespace {

constexpr int kCoarser = 5;  // 32 buckets for each power of two, instead of 1024 in a Histogram

std::uint32_t coarse_index(Nanos latency) { return Histogram::index_of(latency) >> kCoarser; }

std::uint32_t coarse_buckets() { return coarse_index(Histogram::kLimit) + 2; }

// The middle of a coarse bucket.
std::int64_t middle(std::uint32_t index) {
  const std::uint32_t first = index << kCoarser;
  const Nanos low = Histogram::lower_bound(first);
  // The lower bound of the last fine bucket, because the overflow bucket has no upper bound.
  const Nanos high = Histogram::lower_bound(first + (1u << kCoarser) - 1);
  return (low + (high - low) / 2).count();
}

}  // namespace

std::vector<Nanos> interval_ends(Nanos interval, Nanos window) {
  std::vector<Nanos> ends;
  if (interval <= 0ns) return ends;
  for (Nanos end = interval; end < window; end += interval) ends.push_back(end);
  ends.push_back(window);
  return ends;
}

RequestBins::RequestBins(Nanos interval, Nanos window)
    : rows_{.ends = interval_ends(interval, window), .rows = {}}, counts_(coarse_buckets()) {
  rows_.rows.resize(rows_.ends.size());
}

void RequestBins::roll() {
  if (current_ >= rows_.rows.size()) return;
  RequestRows::Row& row = rows_.rows[current_++];
  for (std::uint32_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    row.buckets.push_back(i);
    row.counts.push_back(std::exchange(counts_[i], 0));
  }
}

void RequestBins::completed(Nanos latency) {
  if (current_ >= rows_.rows.size()) return;
  RequestRows::Row& row = rows_.rows[current_];
  ++row.requests;
  row.longest = std::max(row.longest, latency);
  ++counts_[coarse_index(latency)];
}

void RequestBins::failed(std::uint64_t requests) {
  if (current_ < rows_.rows.size()) rows_.rows[current_].errors += requests;
}

bool RequestRows::adds_up() const {
  return rows.size() == ends.size() && std::all_of(rows.begin(), rows.end(), [](const Row& row) {
           const std::uint64_t latencies =
               std::accumulate(row.counts.begin(), row.counts.end(), std::uint64_t{0});
           return row.buckets.size() == row.counts.size() && latencies <= row.requests &&
                  std::all_of(row.buckets.begin(), row.buckets.end(),
                              [](std::uint32_t bucket) { return bucket < coarse_buckets(); });
         });
}

void RequestRows::merge(const RequestRows& other) {
  for (std::size_t i = 0; i < std::min(rows.size(), other.rows.size()); ++i) {
    Row& row = rows[i];
    const Row& from = other.rows[i];
    row.requests += from.requests;
    row.errors += from.errors;
    row.longest = std::max(row.longest, from.longest);
    std::map<std::uint32_t, std::uint32_t> sum;
    for (const Row* its : {&std::as_const(row), &from}) {
      for (std::size_t k = 0; k < its->buckets.size(); ++k) sum[its->buckets[k]] += its->counts[k];
    }
    row.buckets.clear();
    row.counts.clear();
    for (const auto& [bucket, count] : sum) {
      row.buckets.push_back(bucket);
      row.counts.push_back(count);
    }
  }
}

Timeline RequestRows::timeline(Nanos interval) const {
  Timeline timeline;
  if (ends.empty()) return timeline;
  timeline.interval = interval;
  timeline.t = ends;
  const auto quantile = [](const Row& row, double q) -> std::optional<std::int64_t> {
    const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(row.requests)));
    std::uint64_t seen = 0;
    for (std::size_t k = 0; k < row.buckets.size(); ++k) {
      if ((seen += row.counts[k]) >= rank)
        return std::min<std::int64_t>(middle(row.buckets[k]), row.longest.count());
    }
    return std::nullopt;
  };
  for (const Row& row : rows) {
    timeline.series["requests"].emplace_back(row.requests);
    timeline.series["errors"].emplace_back(row.errors);
    timeline.series["latency_p50_ns"].push_back(quantile(row, 0.5));
    timeline.series["latency_p99_ns"].push_back(quantile(row, 0.99));
    timeline.series["latency_max_ns"].push_back(
        row.requests > 0 ? std::optional(row.longest.count()) : std::nullopt);
  }
  return timeline;
}

}  // namespace mpb
