#include "world/probe_rtt.hh"

#include "sys/namespace.hh"

namespace mpb {

namespace {

constexpr Nanos kLookInterval = 100ms;

}  // namespace

void ProbeRttCount::add(const std::vector<BbrSocket>& sockets) {
  for (const BbrSocket& socket : sockets) {
    bool& probing = probing_[socket.cookie];
    if (socket.probes_rtt && !probing) {
      ++phases_;
      probed_.insert(socket.cookie);
    }
    probing = socket.probes_rtt;
  }
}

ProbeRtt ProbeRttCount::counted() const {
  return {static_cast<std::int64_t>(probing_.size()), static_cast<std::int64_t>(probed_.size()),
          phases_};
}

void ProbeRttWatch::open() {
  next_ = now();
  look();
  if (ends_.empty()) next_ = Nanos::max();
}

Nanos ProbeRttWatch::due() const { return next_; }

void ProbeRttWatch::look() {
  next_ = now() + kLookInterval;
  for (const Place& place : world_.places()) {
    if (place.role == Role::kRouter) continue;
    std::vector<BbrSocket> sockets = inside_netns(world_.netns(place), bbr_sockets);
    std::erase_if(sockets, [this](const BbrSocket& its) { return others_.contains(its.cookie); });
    if (!sockets.empty()) ends_[to_text(place)].add(sockets);
  }
}

std::map<std::string, ProbeRtt> ProbeRttWatch::counted() const {
  std::map<std::string, ProbeRtt> all;
  for (const auto& [end, count] : ends_) all[end] = count.counted();
  return all;
}

}  // namespace mpb
