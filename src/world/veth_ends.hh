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
  std::string device;
  LinkSpec link;
};

// Those of one host. NAME in a client, for its links, and in the server; NAME-c and NAME-s in the
// router.
std::vector<VethEnd> veth_ends(const Place& place, const Scenario& scenario);

// The lines of `ethtool -k` for every end, by host and device. None if ethtool is not installed.
void record_offloads(const Spaces& spaces, const Scenario& scenario,
                     std::map<std::string, NamespaceRecord>& records);

// The counters of a device. Throws RunFailed if it has disappeared.
const DeviceCounters& device_of(const std::vector<DeviceCounters>& devices,
                                const std::string& name);

}  // namespace mpb
