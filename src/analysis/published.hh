// Figures that others have published for a scenario (results/published/SCENARIO.json), which tables
// and charts show next to ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "result/result.hh"

namespace mpb {

struct PublishedFigure {
  std::string op;
  std::int64_t value_bytes = 0;
  std::string proto;
  double rps = 0;
  double latency_ms = 0;  // the mean to the first byte of a reply, as valkey-benchmark reports it
};

struct Published {
  std::string source;  // author, place and date
  std::vector<PublishedFigure> figures;

  // The figure for the run's operation, value size and protocol. Null if there is none, and for an
  // open loop, whose throughput is the offered rate.
  const PublishedFigure* of(const Run& run) const;
};

// Nothing if no figures are published for the scenario. Throws BadInput if the file is malformed.
std::optional<Published> published_for(const std::string& scenario);

// Parses such a file; `file` is its name, for messages.
Published published_from_json(std::string_view text, const std::string& file);

}  // namespace mpb
