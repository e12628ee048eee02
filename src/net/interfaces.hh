// The network interfaces of the calling thread's network namespace: their addresses and offloads.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace mpb {

// The interface of each address, which has the form of Address::host(): "10.1.1.1", "[::1]".
std::map<std::string, std::string> devices_by_address();

// The state of the offloads that change the packets of TCP, in the words of `ethtool -k`, which
// this does not need: "tcp-segmentation-offload: on". Empty if the device does not exist.
std::vector<std::string> offloads_of(const std::string& device);

}  // namespace mpb
