#include "world/links.hh"
#include "world/veth_ends.hh"

namespace mpb {

namespace {

class VethLinks : public Links {
 public:
  VethLinks(const WorldOptions& options, const Spaces& spaces)
      : links_(options.scenario.links), spaces_(spaces) {}

  void start() override {}

  // Segmentation offload makes bundles, which have fewer headers than their packets, so these are
  // fewer packets and bytes than with the other backends.
  std::vector<LinkSample> sample() override {
    const std::vector<DeviceCounters> devices =
        inside_netns(spaces_.fd(Role::kClient), [] { return device_counters(); });
    std::vector<LinkSample> samples;
    for (const LinkSpec& link : links_) {
      const DeviceCounters& device = device_of(devices, link.name);
      LinkSample& sample = samples.emplace_back();
      sample.name = link.name;
      sample.up.packets = signed_of(device.tx_packets);
      sample.up.bytes = signed_of(device.tx_bytes);
      sample.down.packets = signed_of(device.rx_packets);
      sample.down.bytes = signed_of(device.rx_bytes);
    }
    return samples;
  }

  void record_offloads(std::map<std::string, NamespaceRecord>& records) const override {
    mpb::record_offloads(spaces_, links_, records);
  }

 private:
  std::vector<LinkSpec> links_;
  const Spaces& spaces_;
};

}  // namespace

std::unique_ptr<Links> make_veth_links(const WorldOptions& options, const Spaces& spaces) {
  return std::make_unique<VethLinks>(options, spaces);
}

}  // namespace mpb
