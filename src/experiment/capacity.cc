#include "experiment/capacity.hh"

#include <cassert>
#include <cmath>
#include <optional>
#include <utility>

#include "emu/trace.hh"

namespace mpb {

namespace {

std::optional<std::int64_t> capacity_between(const LinkModel& model, Nanos from, Nanos to) {
  if (!model.trace.data) return std::nullopt;
  return std::llround(model.trace.data->capacity(from, to, model.mtu));
}

}  // namespace

void record_capacity(const std::vector<LinkSpec>& links, Run& run) {
  assert(run.links.size() == links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const Nanos window = run.outcome.duration;
    run.links[i].up_capacity_bytes = capacity_between(links[i].up, 0ns, window);
    run.links[i].down_capacity_bytes = capacity_between(links[i].down, 0ns, window);
  }
}

void record_capacity_over_time(const std::vector<LinkSpec>& links, Timeline& timeline) {
  for (const LinkSpec& link : links) {
    for (const auto& [way, model] : {std::pair{".up", &link.up}, {".down", &link.down}}) {
      if (!model->trace.data) continue;
      Column& column = timeline.series[link.name + way + ".capacity_bytes"];
      column.clear();
      Nanos from{};
      for (const Nanos to : timeline.t) {
        column.push_back(capacity_between(*model, from, to));
        from = to;
      }
    }
  }
}

}  // namespace mpb
