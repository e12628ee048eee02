// The metrics of a run: one table, which figures, gates and exports share.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "result/result.hh"

namespace mpb {

enum class Unit { kRequestsPerSecond, kBitsPerSecond, kNanoseconds };
const char* unit_name(Unit unit);  // "req/s", "bit/s", "ns"

struct Metric {
  const char* name;
  Unit unit;
  bool bigger_is_better;
  double margin;           // a ratio within 1 +- this makes no practical difference
  bool headline;           // has a ratio to the base, and a column in a history
  const char* family;      // of OpenMetrics, without the unit and the percentile
  const char* percentile;  // "p99"; null if there is none
  std::optional<double> (*of)(const Run&);  // its value in a run; nothing if the run has none
};

// In the order of the tables.
std::span<const Metric> metrics();

// The threshold that a search found. It is not among metrics(), because no single run has it.
const Metric& slo_rate_metric();

// By name, "p99.9" as well as "p99_9"; null for an unknown name.
const Metric* find_metric(const std::string& name);
std::vector<std::string> metric_names();

// A latency of requests. It is meaningless in a saturated run.
bool is_latency(const Metric& metric);

// The estimate of a search: a single value, computed from all runs of the search.
bool is_threshold(const Metric& metric);

// Whether a run of this kind has the metric, provided that it is long enough. A synchronisation has
// no latency of requests.
bool applies(const Metric& metric, const Run& run);

// Whether a difference of the metric can be judged in such runs. Latency can only be judged in an
// open loop whose links do not change: in a closed loop it is the number of connections divided by
// the throughput, and where links change, few requests wait through the outage and a percentile
// hides it.
bool can_be_judged(const Metric& metric, const Run& run);

// Whether the metric of such a run depends on the length of its window. Throughput does if links
// change, because the user chooses the share of the window in which a link is down. A table gives
// no verdict on it. A gate may judge it, because its threshold belongs to one scenario, and so may
// a comparison of two results with equal windows.
bool depends_on_window(const Metric& metric, const Run& run);

}  // namespace mpb
