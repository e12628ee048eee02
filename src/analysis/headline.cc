#include "analysis/headline.hh"

#include <algorithm>
#include <string_view>

namespace mpb {

const Metric& headline_of(const std::vector<RunGroup>& groups, const RunGroup& cell) {
  bool changes = false, open = true, saturated = false, knows_tail = true;
  for (const RunGroup& group : groups) {
    if (!same_cell(group, cell)) continue;
    saturated = saturated || is_saturated(group);
    for (const Run* run : group.valid) {
      changes = changes || !run->outcome.segments.empty();
      open = open && run->rate_rps && !run->replication;
      knows_tail = knows_tail && has_enough_samples(headline_latency(*run), 0.99);
    }
  }
  if (changes) return *find_metric("longest_stall");
  if (!open || saturated) return *find_metric("throughput");
  return *find_metric(knows_tail ? "p99" : "p50");
}

const Figure* headline_ratio(const std::vector<Figure>& figures,
                             const std::vector<RunGroup>& groups, const RunGroup& group) {
  const Metric& metric = headline_of(groups, group);
  const auto found = std::find_if(figures.begin(), figures.end(), [&](const Figure& figure) {
    return figure.comparison && figure.metric == &metric && belongs_to(*figure.runs.front(), group);
  });
  return found == figures.end() ? nullptr : &*found;
}

void put_headlines_first(std::vector<const Figure*>& ratios, const std::vector<RunGroup>& groups) {
  for (auto first = ratios.begin(); first != ratios.end();) {
    const RunGroup its{(*first)->runs.front(), {}, {}};
    const auto last = std::find_if(first, ratios.end(), [&](const Figure* other) {
      return !belongs_to(*other->runs.front(), its);
    });
    std::stable_partition(first, last, [metric = &headline_of(groups, its)](const Figure* ratio) {
      return ratio->metric == metric;
    });
    first = last;
  }
}

std::vector<const Metric*> headlines_in(const std::vector<Figure>& figures,
                                        const std::vector<RunGroup>& groups) {
  std::vector<const Metric*> found;
  for (const RunGroup& group : groups) {
    const Figure* ratio = headline_ratio(figures, groups, group);
    if (ratio != nullptr && std::find(found.begin(), found.end(), ratio->metric) == found.end())
      found.push_back(ratio->metric);
  }
  return found;
}

std::string shown_name(const Metric& metric) {
  if (is_latency(metric)) return metric.name == std::string_view("p99_9") ? "p99.9" : metric.name;
  std::string name = metric.name;
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string name_in_sentence(const Metric& metric) {
  return "the " + shown_name(metric) + (is_latency(metric) ? " latency" : "");
}

}  // namespace mpb
