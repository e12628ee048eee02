// The devices of the links: the ends of the veth pairs that the backends netem and veth use, and
// their offloads. The devices of the tun backend have the same names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "result/environment.hh"
#include "scenario/scenario.hh"
#include "world/spaces.hh"

namespace mpb {

struct VethEnd {
  Role role;
  std::string device;
};

// NAME in client and server, NAME-c and NAME-s in the router.
std::vector<VethEnd> veth_ends(const std::vector<Role>& roles, const std::vector<LinkSpec>& links);

// The lines of `ethtool -k` for every end, by role and device. None if ethtool is not installed.
void record_offloads(const Spaces& spaces, const std::vector<LinkSpec>& links,
                     std::map<std::string, NamespaceRecord>& records);

// The counters of a device. Throws RunFailed if it has disappeared.
const DeviceCounters& device_of(const std::vector<DeviceCounters>& devices,
                                const std::string& name);

}  // namespace mpb
