#include "analysis/heat_map.hh"

#include <algorithm>

#include "analysis/headline.hh"

namespace mpb {

namespace {

// The index of the run's value among those of the variable, or their number if it has none of them.
std::size_t place_on(const Variable& axis, const Run& run) {
  const std::string value = setting(run.conditions, axis.name);
  return static_cast<std::size_t>(std::find(axis.values.begin(), axis.values.end(), value) -
                                  axis.values.begin());
}

// The cell without the variables of the axes.
std::string cell_of_map(const Run& run, const HeatMap& map, bool sweep) {
  Settings others = run.conditions;
  std::erase_if(others, [&map](const auto& its) {
    return its.first == map.rows->name || its.first == map.columns->name;
  });
  return cell_text(run.op, run.values, sweep ? run.rate_rps : std::nullopt, others);
}

bool is_same_map(const HeatMap& a, const HeatMap& b) {
  return a.cell == b.cell && a.metric == b.metric && a.contestant == b.contestant &&
         a.base == b.base;
}

}  // namespace

std::vector<HeatMap> heat_maps(const Analysis& analysis) {
  std::vector<const Variable*> axes;
  for (const Variable& variable : analysis.result.parameters.grid) {
    if (variable.values.size() > 1) axes.push_back(&variable);
  }
  std::vector<HeatMap> maps;
  if (axes.size() < 2) return maps;
  const bool sweep = rates_of(analysis.groups) > 1;
  for (const RunGroup& group : analysis.groups) {
    const Figure* ratio = headline_ratio(analysis.figures, analysis.groups, group);
    const std::size_t row = place_on(*axes[0], *group.first);
    const std::size_t column = place_on(*axes[1], *group.first);
    if (ratio == nullptr || row == axes[0]->values.size() || column == axes[1]->values.size())
      continue;
    HeatMap its{"", ratio->metric, contestant(*ratio), contestant_base(*ratio), axes[0], axes[1],
                {}};
    its.cell = cell_of_map(*group.first, its, sweep);
    auto map = std::find_if(maps.begin(), maps.end(),
                            [&its](const HeatMap& other) { return is_same_map(other, its); });
    if (map == maps.end()) {
      its.ratios.assign(axes[0]->values.size(),
                        std::vector<const Figure*>(axes[1]->values.size(), nullptr));
      map = maps.insert(maps.end(), std::move(its));
    }
    map->ratios[row][column] = ratio;
  }
  return maps;
}

}  // namespace mpb
