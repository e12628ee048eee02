#include "world/veth_ends.hh"

#include <fmt/format.h>

#include <algorithm>

#include "sys/error.hh"
#include "sys/process.hh"

namespace mpb {

std::vector<VethEnd> veth_ends(const Place& place, const Scenario& scenario) {
  std::vector<VethEnd> ends;
  for (std::size_t i = 0; i < scenario.links.size(); ++i) {
    const LinkSpec& link = scenario.links[i];
    if (place.role == Role::kRouter) {
      ends.push_back({link.name + "-c", link});
      ends.push_back({link.name + "-s", link});
    } else if (place.role == Role::kServer || place == scenario.client_of(i)) {
      ends.push_back({link.name, link});
    }
  }
  return ends;
}

void record_offloads(const Spaces& spaces, const Scenario& scenario,
                     std::map<std::string, NamespaceRecord>& records) {
  if (find_program("ethtool").empty()) return;
  for (const Place& place : spaces.places()) {
    for (const VethEnd& end : veth_ends(place, scenario)) {
      records[to_text(place)].offloads[end.device] =
          spaces.output_lines(place, {"ethtool", "-k", end.device});
    }
  }
}

const DeviceCounters& device_of(const std::vector<DeviceCounters>& devices,
                                const std::string& name) {
  const auto found =
      std::find_if(devices.begin(), devices.end(),
                   [&](const DeviceCounters& device) { return device.name == name; });
  if (found == devices.end()) throw RunFailed(fmt::format("the device {} has disappeared", name));
  return *found;
}

}  // namespace mpb
