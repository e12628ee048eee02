#include "analysis/group.hh"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "analysis/text.hh"
#include "stats/comparison.hh"

namespace mpb {

const RunGroup* base_group(const std::vector<RunGroup>& groups, const RunGroup& group) {
  return group.base.empty() ? nullptr : find_group(groups, group, group.base);
}

std::string cell_text(const std::string& op, const std::string& values,
                      const std::optional<double>& rate_rps, const Settings& conditions) {
  const std::string cell = upper(op) + " " + values;
  return (rate_rps ? fmt::format("{} at {} req/s", cell, format_count(*rate_rps)) : cell) +
         conditions_text(conditions);
}

std::string cell_of(const Run& run, bool sweep) {
  return cell_text(run.op, run.values, sweep ? run.rate_rps : std::nullopt, run.conditions);
}

const char* separator_of(const std::string& cell) {
  return cell.find(',') == std::string::npos ? ", " : "; ";
}

bool same_cell(const RunGroup& a, const RunGroup& b) { return same_cell(*a.first, *b.first); }

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
    if (group == found.end()) group = found.insert(found.end(), RunGroup{&run, {}, {}});
    if (run.valid()) group->valid.push_back(&run);
  }
  // Variants keep the order of the command line.
  const std::vector<Contestant> contestants = contestants_of(result);
  const auto contestant_of = [&contestants](const RunGroup& group) {
    return std::find_if(contestants.begin(), contestants.end(), [&group](const Contestant& its) {
      return its.proto == group.first->proto && its.variant == group.first->variant;
    });
  };
  for (RunGroup& group : found) {
    const auto its = contestant_of(group);
    if (its != contestants.end()) group.base = its->base;
  }
  const auto place = [&](const RunGroup& group) {
    const auto its = contestant_of(group);
    return std::tuple(its == contestants.end() ? contestants.size() : its->world,
                      rank_of(group.first->proto), its - contestants.begin());
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
                     [&](const RunGroup& a, const RunGroup& b) { return place(a) < place(b); });
  }
  return ordered;
}

bool belongs_to(const Run& run, const RunGroup& group) {
  return same_cell(group, RunGroup{&run, {}, {}}) && group.first->proto == run.proto &&
         group.first->variant == run.variant;
}

bool is_named(const Run& run, const std::string& name) {
  return contestant(run) == name || plain_name(run.proto, run.variant) == name;
}

const RunGroup* find_group(const std::vector<RunGroup>& groups, const RunGroup& like,
                           const std::string& name) {
  const RunGroup* found = nullptr;
  for (const RunGroup& group : groups) {
    if (!same_cell(group, like)) continue;
    if (contestant(*group.first) == name) return &group;
    if (is_named(*group.first, name) &&
        shared_settings(group.first->variant) == shared_settings(like.first->variant))
      found = &group;
  }
  return found;
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

double share_of(const std::vector<LinkTraffic>& links, std::size_t index, std::size_t per_client) {
  const auto bytes = [](const LinkTraffic& link) {
    return static_cast<double>(link.client_tx_bytes + link.client_rx_bytes);
  };
  double total = 0, its = 0;
  for (std::size_t i = 0; i < links.size(); ++i) {
    total += bytes(links[i]);
    if (i % per_client == index) its += bytes(links[i]);
  }
  return total == 0 ? 0 : its / total;
}

}  // namespace mpb
