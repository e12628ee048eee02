#include "net/counters.hh"

#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "net/netlink.hh"

namespace mpb {

namespace {

constexpr const char* kReadingDevices = "reading the devices' counters";
constexpr const char* kReadingQdiscs = "reading the qdiscs' counters";

}  // namespace

bool add_devices(std::span<const char> datagram, std::vector<DeviceCounters>& all) {
  return for_each_message<ifinfomsg>(
      datagram, kReadingDevices,
      [&all](const ifinfomsg& link, const rtattr* first, std::size_t length) {
        DeviceCounters& device = all.emplace_back();
        device.index = link.ifi_index;
        for_each_attribute(first, length, [&device](int type, const rtattr* attribute) {
          if (type == IFLA_IFNAME) device.name = text_of(attribute);
          if (type == IFLA_MTU) device.mtu = value_of<std::uint32_t>(attribute);
          if (type != IFLA_STATS64) return;
          const auto stats = value_of<rtnl_link_stats64>(attribute);
          device.tx_packets = stats.tx_packets;
          device.tx_bytes = stats.tx_bytes;
          device.tx_dropped = stats.tx_dropped;
          device.rx_packets = stats.rx_packets;
          device.rx_bytes = stats.rx_bytes;
          device.rx_dropped = stats.rx_dropped;
        });
      });
}

bool add_qdiscs(std::span<const char> datagram, std::vector<QdiscCounters>& all) {
  return for_each_message<tcmsg>(
      datagram, kReadingQdiscs, [&all](const tcmsg& tc, const rtattr* first, std::size_t length) {
        QdiscCounters& qdisc = all.emplace_back();
        qdisc.device = tc.tcm_ifindex;
        qdisc.root = tc.tcm_parent == TC_H_ROOT;
        const auto take = [&qdisc](int type, const rtattr* attribute) {
          if (type == TCA_STATS_BASIC) {
            const auto basic = value_of<gnet_stats_basic>(attribute);
            qdisc.packets = basic.packets;
            qdisc.bytes = basic.bytes;
          } else if (type == TCA_STATS_QUEUE) {
            const auto queue = value_of<gnet_stats_queue>(attribute);
            qdisc.drops = queue.drops;
            qdisc.waiting_packets = queue.qlen;
            qdisc.waiting_bytes = queue.backlog;
          }
        };
        for_each_attribute(first, length, [&](int type, const rtattr* attribute) {
          if (type == TCA_KIND) qdisc.kind = text_of(attribute);
          if (type == TCA_STATS2) for_each_nested(attribute, take);
        });
      });
}

void add_protocols(std::istream& file, std::map<std::string, std::int64_t>& all) {
  std::string heads, values;
  // Two lines for each protocol: "Tcp: RtoMin RtoMax ..." and "Tcp: 200 120000 ...".
  while (std::getline(file, heads) && std::getline(file, values)) {
    std::istringstream names(heads), numbers(values);
    std::string protocol, name;
    std::int64_t value = 0;
    names >> protocol;
    numbers >> name;
    if (protocol.ends_with(':')) protocol.pop_back();
    while (names >> name && numbers >> value) all[protocol + name] = value;
  }
}

// One line for each CPU, with hexadecimal numbers: packets, drops, ...
std::int64_t softnet_drops_in(std::istream& file) {
  std::int64_t sum = 0;
  for (std::string line; std::getline(file, line);) {
    unsigned long long packets = 0;
    unsigned drops = 0;
    if (std::sscanf(line.c_str(), "%llx %x", &packets, &drops) == 2) sum += drops;
  }
  return sum;
}

std::int64_t softnet_drops() {
  std::ifstream file("/proc/thread-self/net/softnet_stat");
  return softnet_drops_in(file);
}

std::vector<DeviceCounters> device_counters() {
  std::vector<DeviceCounters> all;
  dump_netlink(NETLINK_ROUTE, RTM_GETLINK, ifinfomsg{}, kReadingDevices,
               [&all](std::span<const char> datagram) { return add_devices(datagram, all); });
  return all;
}

std::vector<QdiscCounters> qdisc_counters() {
  std::vector<QdiscCounters> all;
  dump_netlink(NETLINK_ROUTE, RTM_GETQDISC, tcmsg{}, kReadingQdiscs,
               [&all](std::span<const char> datagram) { return add_qdiscs(datagram, all); });
  return all;
}

std::map<std::string, std::int64_t> protocol_counters() {
  std::map<std::string, std::int64_t> all;
  // "thread-self" is the namespace of the calling thread. /proc/net is that of the main thread.
  for (const char* path : {"/proc/thread-self/net/snmp", "/proc/thread-self/net/netstat"}) {
    std::ifstream file(path);
    add_protocols(file, all);
  }
  return all;
}

}  // namespace mpb
