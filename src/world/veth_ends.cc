#include "world/veth_ends.hh"

#include <fmt/format.h>

#include <algorithm>

#include "sys/error.hh"
#include "sys/process.hh"

namespace mpb {

std::vector<VethEnd> veth_ends(const std::vector<Role>& roles, const std::vector<LinkSpec>& links) {
  std::vector<VethEnd> ends;
  for (const Role role : roles) {
    for (const LinkSpec& link : links) {
      if (role != Role::kRouter) {
        ends.push_back({role, link.name});
      } else {
        ends.push_back({role, link.name + "-c"});
        ends.push_back({role, link.name + "-s"});
      }
    }
  }
  return ends;
}

void record_offloads(const Spaces& spaces, const std::vector<LinkSpec>& links,
                     std::map<std::string, NamespaceRecord>& records) {
  if (find_program("ethtool").empty()) return;
  for (const VethEnd& end : veth_ends(spaces.roles(), links)) {
    records[to_text(end.role)].offloads[end.device] =
        spaces.output_lines(end.role, {"ethtool", "-k", end.device});
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
