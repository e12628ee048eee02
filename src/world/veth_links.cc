#include "world/links.hh"
#include "world/veth_ends.hh"

namespace mpb {

namespace {

class VethLinks : public Links {
 public:
  VethLinks(const WorldOptions& options, const Spaces& spaces)
      : scenario_(options.scenario), spaces_(spaces) {}

  void start() override {}

  // Segmentation offload makes bundles, which have fewer headers than their packets, so these are
  // fewer packets and bytes than with the other backends.
  std::vector<LinkSample> sample() override {
    std::vector<LinkSample> samples;
    for (const Place& place : spaces_.places()) {
      if (place.role == Role::kClient) add_samples(place, samples);
    }
    return samples;
  }

  void record_offloads(std::map<std::string, NamespaceRecord>& records) const override {
    mpb::record_offloads(spaces_, scenario_, records);
  }

 private:
  void add_samples(const Place& client, std::vector<LinkSample>& samples) const {
    const std::vector<DeviceCounters> devices =
        inside_netns(spaces_.fd(client), [] { return device_counters(); });
    for (const VethEnd& end : veth_ends(client, scenario_)) {
      const DeviceCounters& device = device_of(devices, end.device);
      LinkSample& sample = samples.emplace_back();
      sample.name = end.link.name;
      sample.up.packets = signed_of(device.tx_packets);
      sample.up.bytes = signed_of(device.tx_bytes);
      sample.down.packets = signed_of(device.rx_packets);
      sample.down.bytes = signed_of(device.rx_bytes);
    }
  }

  Scenario scenario_;
  const Spaces& spaces_;
};

}  // namespace

std::unique_ptr<Links> make_veth_links(const WorldOptions& options, const Spaces& spaces) {
  return std::make_unique<VethLinks>(options, spaces);
}

}  // namespace mpb
