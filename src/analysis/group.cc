#include "analysis/group.hh"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/text.hh"
#include "stats/comparison.hh"

namespace mpb {

const RunGroup* base_group(const std::vector<RunGroup>& groups, const RunGroup& group) {
  const std::string base = base_of(group.first->proto);
  return base.empty() ? nullptr : find_group(groups, group, base);
}

std::string cell_text(const std::string& op, const std::string& values,
                      const std::optional<double>& rate_rps) {
  const std::string cell = upper(op) + " " + values;
  return rate_rps ? fmt::format("{} at {} req/s", cell, format_count(*rate_rps)) : cell;
}

std::string cell_of(const Run& run, bool sweep) {
  return cell_text(run.op, run.values, sweep ? run.rate_rps : std::nullopt);
}

bool same_cell(const RunGroup& a, const RunGroup& b) {
  return a.first->op == b.first->op && a.first->values == b.first->values &&
         a.first->rate_rps == b.first->rate_rps;
}

std::size_t rates_of(const std::vector<RunGroup>& groups) {
  std::set<double> rates;
  for (const RunGroup& group : groups) {
    if (group.first->rate_rps) rates.insert(*group.first->rate_rps);
  }
  return rates.size();
}

bool is_saturated(const RunGroup& group) {
  return std::any_of(group.valid.begin(), group.valid.end(),
                     [](const Run* run) { return run->saturated; });
}

std::vector<RunGroup> groups_of(const Result& result) {
  std::vector<RunGroup> found;
  for (const Run& run : result.runs) {
    if (run.search) continue;
    auto group = std::find_if(found.begin(), found.end(),
                              [&](const RunGroup& g) { return belongs_to(run, g); });
    if (group == found.end()) group = found.insert(found.end(), RunGroup{&run, {}});
    if (run.valid()) group->valid.push_back(&run);
  }
  // Congestion controls keep the order of the command line.
  const auto place = [&asked = result.parameters.congestions](const RunGroup& group) {
    return std::find(asked.begin(), asked.end(), group.first->congestion) - asked.begin();
  };
  std::vector<RunGroup> ordered;
  for (const RunGroup& cell : found) {
    if (std::any_of(ordered.begin(), ordered.end(),
                    [&](const RunGroup& g) { return same_cell(g, cell); }))
      continue;
    const auto start = static_cast<std::ptrdiff_t>(ordered.size());
    std::copy_if(found.begin(), found.end(), std::back_inserter(ordered),
                 [&](const RunGroup& g) { return same_cell(g, cell); });
    std::stable_sort(ordered.begin() + start, ordered.end(),
                     [&](const RunGroup& a, const RunGroup& b) {
                       return std::pair(place(a), rank_of(a.first->proto)) <
                              std::pair(place(b), rank_of(b.first->proto));
                     });
  }
  return ordered;
}

bool belongs_to(const Run& run, const RunGroup& group) {
  return same_cell(group, RunGroup{&run, {}}) && group.first->proto == run.proto &&
         group.first->congestion == run.congestion;
}

const RunGroup* find_group(const std::vector<RunGroup>& groups, const RunGroup& like,
                           const std::string& proto) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const RunGroup& g) {
    return same_cell(g, like) && g.first->congestion == like.first->congestion &&
           g.first->proto == proto;
  });
  return found == groups.end() ? nullptr : &*found;
}

const Run* run_of_block(const RunGroup& group, int block) {
  const auto found = std::find_if(group.valid.begin(), group.valid.end(),
                                  [block](const Run* run) { return run->block == block; });
  return found == group.valid.end() ? nullptr : *found;
}

std::size_t blocks_of_both(const RunGroup& group, const RunGroup& base) {
  return static_cast<std::size_t>(
      std::count_if(group.valid.begin(), group.valid.end(), [&](const Run* run) {
        return run == run_of_block(group, run->block) && run_of_block(base, run->block) != nullptr;
      }));
}

std::string congestion_text(const Result& result) {
  std::set<std::string> all;
  for (const Run& run : result.runs)
    all.insert(run.outcome.congestion_control.begin(), run.outcome.congestion_control.end());
  return fmt::format("{}", fmt::join(all, " and "));
}

double share_of(const std::vector<LinkTraffic>& links, std::size_t index) {
  const auto bytes = [](const LinkTraffic& link) {
    return static_cast<double>(link.client_tx_bytes + link.client_rx_bytes);
  };
  double total = 0;
  for (const LinkTraffic& link : links) total += bytes(link);
  return total == 0 ? 0 : bytes(links[index]) / total;
}

}  // namespace mpb
