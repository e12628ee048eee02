#include <fmt/format.h>

#include <array>
#include <string_view>
#include <tuple>

#include "sys/error.hh"
#include "world/links.hh"
#include "world/veth_ends.hh"

namespace mpb {

namespace {

// The offloads that make bundles of packets, as `ethtool -k` lists them.
constexpr std::array<std::string_view, 3> kOffloads{
    "tcp-segmentation-offload: ", "generic-segmentation-offload: ", "generic-receive-offload: "};

// The packets that the two netem qdiscs of one direction did not let through.
struct NetemDrops {
  std::uint64_t lost = 0;
  std::uint64_t tail = 0;
};

// The outer qdisc also counts the drops of the inner one.
NetemDrops netem_drops(const std::vector<QdiscCounters>& qdiscs, const DeviceCounters& device) {
  NetemDrops drops;
  for (const QdiscCounters& qdisc : qdiscs) {
    if (qdisc.device == device.index) (qdisc.root ? drops.lost : drops.tail) += qdisc.drops;
  }
  drops.lost -= drops.tail;
  return drops;
}

// The packets that netem lost in the blackholes of one direction. `total` is netem's counter of
// lost packets, in which they are included.
struct Blackholed {
  std::uint64_t in_earlier_ones = 0;
  std::optional<std::uint64_t> total_at_start;  // of the present blackhole, if there is one

  std::uint64_t up_to(std::uint64_t total) const {
    return in_earlier_ones + (total_at_start ? total - *total_at_start : 0);
  }
};

class NetemLinks : public Links {
 public:
  NetemLinks(const WorldOptions& options, const Spaces& spaces)
      : scenario_(options.scenario), spaces_(spaces) {}

  void start() override {
    for (const Place& place : spaces_.places()) {
      for (const VethEnd& end : veth_ends(place, scenario_)) check_offloads(place, end.device);
    }
  }

  // netem counts the packets that a blackhole takes as lost at random. So this reads the counter
  // just before a blackhole begins, and just before it ends.
  void before_event(const LinkState& before, const LinkState& after) override {
    const auto [devices, qdiscs] = spaces_.counters(Role::kRouter);
    for (const auto& [device, was, is] :
         {std::tuple{after.spec.name + "-s", before.spec.up.blackhole, after.spec.up.blackhole},
          std::tuple{after.spec.name + "-c", before.spec.down.blackhole,
                     after.spec.down.blackhole}}) {
      if (was == is) continue;
      Blackholed& blackholed = blackholed_[device];
      const std::uint64_t total = netem_drops(qdiscs, device_of(devices, device)).lost;
      if (is) {
        blackholed.total_at_start = total;
      } else {
        blackholed.in_earlier_ones = blackholed.up_to(total);
        blackholed.total_at_start.reset();
      }
    }
  }

  // All counters are those of the router, so that they belong to one moment. It receives on NAME-c
  // what the client sends.
  std::vector<LinkSample> sample() override {
    const SpaceCounters counters = spaces_.counters(Role::kRouter);
    std::vector<LinkSample> samples;
    for (const LinkSpec& link : scenario_.links) {
      const DeviceCounters& to_client = device_of(counters.devices, link.name + "-c");
      LinkSample sample{link.name, direction_sample(counters, link.name + "-s"),
                        direction_sample(counters, link.name + "-c")};
      sample.up.packets = signed_of(to_client.rx_packets);
      sample.up.bytes = signed_of(to_client.rx_bytes);
      sample.down.packets = signed_of(to_client.tx_packets);
      sample.down.bytes = signed_of(to_client.tx_bytes);
      add_cap(counters, link.up, up_cap_of(link.name), sample.up);
      add_cap(counters, link.down, down_cap_of(link.name), sample.down);
      samples.push_back(std::move(sample));
    }
    return samples;
  }

  void record_offloads(std::map<std::string, NamespaceRecord>& records) const override {
    mpb::record_offloads(spaces_, scenario_, records);
  }

 private:
  // A driver may keep an offload on although ethtool exits with 0, so this reads the state back.
  void check_offloads(const Place& place, const std::string& device) const {
    std::size_t off = 0;
    for (const std::string& line : spaces_.output_lines(place, {"ethtool", "-k", device})) {
      for (const std::string_view offload : kOffloads) {
        if (!line.starts_with(offload)) continue;
        if (!line.substr(offload.size()).starts_with("off")) {
          throw CannotRun(fmt::format("{} keeps {}: netem would count a bundle of packets as one",
                                      device, line));
        }
        ++off;
      }
    }
    if (off != kOffloads.size()) {
      throw RunFailed(
          fmt::format("ethtool -k {} does not show whether the offloads are off", device));
    }
  }

  // Without packets and bytes. The qdiscs of the direction are on `device`.
  DirectionSample direction_sample(const SpaceCounters& counters, const std::string& device) const {
    const DeviceCounters& end = device_of(counters.devices, device);
    const NetemDrops drops = netem_drops(counters.qdiscs, end);
    const auto blackholed = blackholed_.find(device);
    DirectionSample sample;
    sample.lost = signed_of(
        drops.lost - (blackholed == blackholed_.end() ? 0 : blackholed->second.up_to(drops.lost)));
    sample.dropped = signed_of(drops.tail);
    for (const QdiscCounters& qdisc : counters.qdiscs) {
      if (qdisc.device == end.index && qdisc.root)
        sample.queue_packets = signed_of(qdisc.waiting_packets);
    }
    return sample;
  }

  // The packets that the cap per flow dropped, or holds back.
  static void add_cap(const SpaceCounters& counters, const LinkModel& model,
                      const std::string& device, DirectionSample& sample) {
    if (model.flow_rate.count == 0) return;
    const int index = device_of(counters.devices, device).index;
    for (const QdiscCounters& qdisc : counters.qdiscs) {
      if (qdisc.device != index || !qdisc.root) continue;
      sample.flow_dropped = signed_of(qdisc.drops);
      sample.queue_packets += signed_of(qdisc.waiting_packets);
    }
  }

  Scenario scenario_;
  const Spaces& spaces_;
  std::map<std::string, Blackholed> blackholed_;  // by the router's device
};

}  // namespace

std::unique_ptr<Links> make_netem_links(const WorldOptions& options, const Spaces& spaces) {
  return std::make_unique<NetemLinks>(options, spaces);
}

}  // namespace mpb
