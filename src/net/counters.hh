// The kernel's counters of devices and qdiscs in the network namespace of the calling thread. Each
// list is one rtnetlink dump of some microseconds. ip(8) and tc(8) take milliseconds, and in a slow
// virtual machine so long that their figures belong to another time.
//
// Bytes are those of Ethernet frames, on devices that have them. Throws SysError if the kernel does
// not answer.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace mpb {

struct DeviceCounters {
  int index = 0;
  std::string name;
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t tx_dropped = 0;
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_bytes = 0;
  std::uint64_t rx_dropped = 0;
  std::uint32_t mtu = 0;
};

struct QdiscCounters {
  int device = 0;  // DeviceCounters::index
  std::string kind;
  bool root = false;
  std::uint64_t packets = 0;  // that have left the qdisc
  std::uint64_t bytes = 0;
  std::uint64_t drops = 0;
  std::uint64_t waiting_packets = 0;  // in the qdisc at this time
  std::uint64_t waiting_bytes = 0;
};

std::vector<DeviceCounters> device_counters();
std::vector<QdiscCounters> qdisc_counters();

// The counters of the kernel's protocols, with the names of nstat(8): "TcpRetransSegs",
// "TcpExtTCPTimeouts", "MPTcpExtMPTCPRetrans".
std::map<std::string, std::int64_t> protocol_counters();

// Packets that were dropped because a queue between devices and protocols was full, of all CPUs and
// all namespaces (/proc/net/softnet_stat).
std::int64_t softnet_drops();

// The parsers behind these functions. Each adds to `all` the content of one datagram of a dump, or
// of a file such as /proc/net/snmp. Those of datagrams return whether more follow, and throw
// SysError if the dump failed.
bool add_devices(std::span<const char> datagram, std::vector<DeviceCounters>& all);
bool add_qdiscs(std::span<const char> datagram, std::vector<QdiscCounters>& all);
void add_protocols(std::istream& file, std::map<std::string, std::int64_t>& all);
std::int64_t softnet_drops_in(std::istream& file);

}  // namespace mpb
