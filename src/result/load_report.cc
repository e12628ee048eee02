#include "result/load_report.hh"

#include <algorithm>

namespace mpb {

namespace {

// The median response of each slice of an open loop. Empty if a slice has no response.
std::vector<Nanos> slice_medians(const std::vector<Histogram>& slices) {
  std::vector<Nanos> medians;
  for (const Histogram& responses : slices) {
    if (responses.count() == 0) return {};
    medians.push_back(responses.quantile(0.5));
  }
  return medians;
}

}  // namespace

void LoadReport::merge(const LoadReport& other) {
  outcome.merge(other.outcome);
  slice_responses.resize(std::max(slice_responses.size(), other.slice_responses.size()));
  for (std::size_t i = 0; i < other.slice_responses.size(); ++i)
    slice_responses[i].merge(other.slice_responses[i]);
  rows.merge(other.rows);
}

void LoadReport::complete(Nanos interval) {
  outcome.slice_p50 = slice_medians(slice_responses);
  outcome.timeline = rows.timeline(interval);
}

}  // namespace mpb
