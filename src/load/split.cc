#include "load/split.hh"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace mpb {

std::vector<int> split_by(const std::vector<double>& weights, int total) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<int> parts;
  std::vector<double> remainders;
  for (const double weight : weights) {
    const double exact = total * (weight / sum);
    parts.push_back(static_cast<int>(exact));
    remainders.push_back(exact - std::floor(exact));
  }
  for (int left = total - std::accumulate(parts.begin(), parts.end(), 0); left > 0; --left) {
    const auto largest = std::max_element(remainders.begin(), remainders.end());
    ++parts[static_cast<std::size_t>(largest - remainders.begin())];
    *largest = -1;
  }
  if (total < static_cast<int>(parts.size())) return parts;
  for (auto none = parts.begin(); (none = std::find(none, parts.end(), 0)) != parts.end();) {
    --*std::max_element(parts.begin(), parts.end());
    *none = 1;
  }
  return parts;
}

std::vector<int> in_turns(const std::vector<int>& parts) {
  const std::int64_t total = std::accumulate(parts.begin(), parts.end(), std::int64_t{0});
  std::vector<int> turns;
  std::vector<std::int64_t> given(parts.size());
  for (std::int64_t i = 1; i <= total; ++i) {
    // The distance of a part from its share of the first i connections.
    const auto behind = [&](std::size_t part) { return parts[part] * i - given[part] * total; };
    std::size_t next = 0;
    for (std::size_t part = 1; part < parts.size(); ++part) {
      if (behind(part) > behind(next)) next = part;
    }
    ++given[next];
    turns.push_back(static_cast<int>(next));
  }
  return turns;
}

}  // namespace mpb
