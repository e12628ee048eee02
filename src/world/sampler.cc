#include "world/sampler.hh"

namespace mpb {

LinkSampler::LinkSampler(World& world, Nanos interval, Nanos window)
    : world_(world), ends_(interval_ends(interval, window)) {}

void LinkSampler::open(Nanos opened) {
  if (ends_.empty()) return;
  opened_ = opened;
  open_ = true;
  last_ = world_.sample();
}

Nanos LinkSampler::due() const {
  return open_ && late_.size() < ends_.size() ? opened_ + ends_[late_.size()] : Nanos::max();
}

void LinkSampler::take() {
  const std::vector<LinkSample> links = world_.sample();
  late_.emplace_back((now() - due()).count());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto add = [this](const std::string& name, const DirectionSample& sample,
                            const DirectionSample& before) {
      series_[name + ".bytes"].emplace_back(sample.bytes - before.bytes);
      series_[name + ".packets"].emplace_back(sample.packets - before.packets);
      series_[name + ".lost"].emplace_back(sample.lost - before.lost);
      series_[name + ".dropped"].emplace_back(sample.dropped - before.dropped);
      if (sample.flow_dropped) {
        series_[name + ".flow_dropped"].emplace_back(*sample.flow_dropped -
                                                     before.flow_dropped.value_or(0));
      }
      series_[name + ".queue_packets"].emplace_back(sample.queue_packets);
    };
    add(links[i].name + ".up", links[i].up, last_[i].up);
    add(links[i].name + ".down", links[i].down, last_[i].down);
  }
  last_ = links;
}

void LinkSampler::write(Timeline& timeline) const {
  if (ends_.empty()) return;
  const auto add = [&](const std::string& name, Column column) {
    column.resize(timeline.t.size());
    timeline.series[name] = std::move(column);
  };
  for (const auto& [name, column] : series_) add(name, column);
  add("sampled_late_ns", late_);
}

}  // namespace mpb
