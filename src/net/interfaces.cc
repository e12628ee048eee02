#include "net/interfaces.hh"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>
#include <memory>

#include "net/socket.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

// A number that an ioctl of ethtool(8) reads; nothing if the device does not have it.
struct Feature {
  const char* name;
  std::uint32_t command;
  std::uint32_t bit;  // of the number
};

constexpr Feature kFeatures[]{{"rx-checksumming", ETHTOOL_GRXCSUM, 1},
                              {"tx-checksumming", ETHTOOL_GTXCSUM, 1},
                              {"scatter-gather", ETHTOOL_GSG, 1},
                              {"tcp-segmentation-offload", ETHTOOL_GTSO, 1},
                              {"generic-segmentation-offload", ETHTOOL_GGSO, 1},
                              {"generic-receive-offload", ETHTOOL_GGRO, 1},
                              {"large-receive-offload", ETHTOOL_GFLAGS, ETH_FLAG_LRO}};

}  // namespace

std::map<std::string, std::string> devices_by_address() {
  ifaddrs* first = nullptr;
  check(getifaddrs(&first), "listing the addresses of this host");
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, freeifaddrs);
  std::map<std::string, std::string> devices;
  for (const ifaddrs* its = first; its != nullptr; its = its->ifa_next) {
    if (its->ifa_addr == nullptr) continue;
    const int family = its->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    Address address;
    address.length = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    std::memcpy(&address.storage, its->ifa_addr, address.length);
    devices.emplace(address.host(), its->ifa_name);
  }
  return devices;
}

std::vector<std::string> offloads_of(const std::string& device) {
  const Fd fd{check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "opening a socket")};
  std::vector<std::string> lines;
  for (const Feature& feature : kFeatures) {
    ethtool_value value{};
    value.cmd = feature.command;
    ifreq request{};
    device.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&value);
    if (ioctl(fd.get(), SIOCETHTOOL, &request) < 0) continue;
    lines.push_back(
        fmt::format("{}: {}", feature.name, (value.data & feature.bit) != 0 ? "on" : "off"));
  }
  return lines;
}

}  // namespace mpb
