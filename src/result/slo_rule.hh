// A rule for the latency of an open loop, for --slo: "p99 < 20ms".
#pragma once

#include <string>
#include <string_view>

#include "sys/clock.hh"

namespace mpb {

struct SloRule {
  std::string name;  // "p50", "p90", "p99", "p99.9" or "mean"
  double q = 0;      // the quantile; 0 for the mean
  bool or_equal = false;
  Nanos bound{};
};

// Throws BadInput with an example of a rule.
SloRule parse_slo(std::string_view text);
std::string to_text(const SloRule& rule);  // "p99 < 20ms"

}  // namespace mpb
