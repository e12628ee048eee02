// The report of a load generator: its outcome, and the counts from which its medians and quantiles
// were computed. So the reports of several threads or hosts become one without loss.
#pragma once

#include <string>
#include <vector>

#include "result/outcome.hh"
#include "stats/timeline.hh"

namespace mpb {

struct LoadReport {
  Outcome outcome;
  // Open loop: the responses in each slice of the window. Empty in the report of a single host.
  std::vector<Histogram> slice_responses;
  RequestRows rows;  // of the timeline; empty as above

  // Adds another report, except to what complete() computes.
  void merge(const LoadReport& other);
  // Computes slice_p50 and the timeline, whose rows have this length (0: no timeline).
  void complete(Nanos interval);

  bool operator==(const LoadReport&) const = default;
};

// One line of JSON, with lossless histograms.
std::string to_json(const LoadReport& report);

}  // namespace mpb
