#include "output/export/hgrm.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/figure_names.hh"
#include "output/export/formats.hh"

namespace mpb {

namespace {

double hgrm_ms(Nanos time) { return static_cast<double>(time.count()) / 1e6; }

std::string percentile_rows(const Histogram& latency) {
  std::string text;
  const std::vector<Histogram::Bucket> buckets = latency.buckets();
  const auto total = static_cast<double>(latency.count());
  double share = 0;
  std::uint64_t seen = 0;
  for (auto bucket = buckets.begin(); bucket != buckets.end();) {
    const auto rank = static_cast<std::uint64_t>(std::max(1.0, std::ceil(share * total)));
    if (seen + bucket->count < rank) {
      seen += (bucket++)->count;
      continue;
    }
    if (seen + bucket->count == latency.count()) break;
    text += fmt::format("{:12.3f} {:12f} {:12} {:12.2f}\n", hgrm_ms(latency.quantile(share)), share,
                        seen + bucket->count, 1 / (1 - share));
    const double next = share + 1 / (5 * std::exp2(std::floor(std::log2(1 / (1 - share))) + 1));
    if (next == share) break;  // a double has no value that is closer to 1
    share = next;
  }
  return text;
}

// Each value counts as the middle of its bucket.
double standard_deviation_ms(const Histogram& latency) {
  double squares = 0;
  for (const Histogram::Bucket& bucket : latency.buckets()) {
    const Nanos low = Histogram::lower_bound(bucket.index);
    const Nanos high = std::min(Histogram::upper_bound(bucket.index), latency.max());
    const double middle = hgrm_ms(low + (high - low) / 2);
    squares += static_cast<double>(bucket.count) * std::pow(middle - latency.mean() / 1e6, 2);
  }
  return std::sqrt(squares / static_cast<double>(latency.count()));
}

// Artifact stores refuse a colon in a file's name, and a size may contain one ("1k:70+16k:30").
std::string file_name(std::string name) {
  for (char& c : name) c = c == ':' || c == '/' ? '_' : c;
  return name;
}

std::vector<ExportFile> hgrm_files(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::vector<ExportFile> files;
  for (const RunGroup& group : analysis.groups) {
    Histogram all;
    if (is_saturated(group)) continue;  // its latency depends on how long the runs were
    for (const Run* run : group.valid) all.merge(headline_latency(*run));
    if (all.count() == 0) continue;
    files.push_back({file_name(fmt::format("{}_{}_{}.hgrm", scenario_name(result),
                                           cell_name(result, *group.valid.front()),
                                           variant_name(result, group))),
                     hgrm_text(all)});
  }
  return files;
}

}  // namespace

std::string hgrm_text(const Histogram& latency) {
  constexpr std::uint32_t kHalf = std::uint32_t{1} << Histogram::kSubBucketBits;
  std::string text = fmt::format("{:>12} {:>12} {:>12} {:>12}\n\n", "Value", "Percentile",
                                 "TotalCount", "1/(1-Percentile)");
  text += percentile_rows(latency);
  // Without the last column, which would be infinite.
  text += fmt::format("{:12.3f} {:12f} {:12}\n", hgrm_ms(latency.max()), 1.0, latency.count());
  text += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", latency.mean() / 1e6,
                      standard_deviation_ms(latency));
  text += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n", hgrm_ms(latency.max()),
                      latency.count());
  return text + fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                            Histogram::index_of(Histogram::kLimit) / kHalf, 2 * kHalf);
}

extern const ExportFormat kHgrm{"hgrm", [](const Analysis& analysis, const ExportContext&,
                                           ExportNotes&) { return hgrm_files(analysis); }};

}  // namespace mpb
