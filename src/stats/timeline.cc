#include "stats/timeline.hh"

#include <algorithm>
#include <cmath>

#include "stats/histogram.hh"

namespace mpb {

namespace {

constexpr int kCoarser = 5;  // 32 buckets for each power of two, instead of 1024 in a Histogram

std::uint32_t coarse_index(Nanos latency) { return Histogram::index_of(latency) >> kCoarser; }

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
    : ends_(interval_ends(interval, window)),
      bins_(ends_.size()),
      counts_(coarse_index(Histogram::kLimit) + 2) {}

void RequestBins::roll() {
  if (current_ >= bins_.size()) return;
  Bin& bin = bins_[current_++];
  for (std::uint32_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] != 0) bin.buckets.emplace_back(i, std::exchange(counts_[i], 0));
  }
}

void RequestBins::completed(Nanos latency) {
  if (current_ >= bins_.size()) return;
  Bin& bin = bins_[current_];
  ++bin.requests;
  bin.longest = std::max(bin.longest, latency);
  ++counts_[coarse_index(latency)];
}

void RequestBins::failed(std::uint64_t requests) {
  if (current_ < bins_.size()) bins_[current_].errors += requests;
}

void RequestBins::merge(const RequestBins& other) {
  for (std::size_t i = 0; i < std::min(bins_.size(), other.bins_.size()); ++i) {
    Bin& bin = bins_[i];
    const Bin& from = other.bins_[i];
    bin.requests += from.requests;
    bin.errors += from.errors;
    bin.longest = std::max(bin.longest, from.longest);
    std::map<std::uint32_t, std::uint32_t> sum(bin.buckets.begin(), bin.buckets.end());
    for (const auto& [index, count] : from.buckets) sum[index] += count;
    bin.buckets.assign(sum.begin(), sum.end());
  }
}

Timeline RequestBins::timeline(Nanos interval) const {
  Timeline timeline;
  if (ends_.empty()) return timeline;
  timeline.interval = interval;
  timeline.t = ends_;
  const auto quantile = [](const Bin& bin, double q) -> std::optional<std::int64_t> {
    const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(bin.requests)));
    std::uint64_t seen = 0;
    for (const auto& [index, count] : bin.buckets) {
      if ((seen += count) >= rank)
        return std::min<std::int64_t>(middle(index), bin.longest.count());
    }
    return std::nullopt;
  };
  for (const Bin& bin : bins_) {
    timeline.series["requests"].emplace_back(bin.requests);
    timeline.series["errors"].emplace_back(bin.errors);
    timeline.series["latency_p50_ns"].push_back(quantile(bin, 0.5));
    timeline.series["latency_p99_ns"].push_back(quantile(bin, 0.99));
    timeline.series["latency_max_ns"].push_back(
        bin.requests > 0 ? std::optional(bin.longest.count()) : std::nullopt);
  }
  return timeline;
}

}  // namespace mpb
