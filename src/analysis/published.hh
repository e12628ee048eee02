// Figures that others have published for a scenario (results/published/SCENARIO.json), to be shown
// next to ours.
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
  double latency_ms = 0;  // the mean, to the first byte of a reply: what valkey-benchmark reports
};

struct Published {
  std::string source;  // who, where, when
  std::vector<PublishedFigure> figures;

  // Of the run's operation, value size and protocol; null when there is none, and for an open loop,
  // whose throughput is what was offered.
  const PublishedFigure* of(const Run& run) const;
};

// Nothing where nobody has published any. Throws BadInput when the file is not what it should be.
std::optional<Published> published_for(const std::string& scenario);

// The text of such a file; `file` is its name, for messages.
Published published_from_json(std::string_view text, const std::string& file);

}  // namespace mpb
