// What the kernel counts of the devices and qdiscs of the calling thread's network namespace: one
// rtnetlink dump each, some microseconds, where ip(8) and tc(8) take milliseconds and, in a slow
// virtual machine, so long that their figures belong to another moment.
//
// Bytes are of Ethernet frames on devices that have them. Throws SysError when the kernel does not
// answer.
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
};

// packets and bytes are what has left it, drops what never will; waiting is what it holds at this
// moment.
struct QdiscCounters {
  int device = 0;  // DeviceCounters::index
  std::string kind;
  bool root = false;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t drops = 0;
  std::uint64_t waiting_packets = 0;
  std::uint64_t waiting_bytes = 0;
};

std::vector<DeviceCounters> device_counters();
std::vector<QdiscCounters> qdisc_counters();

// What the kernel's protocols count, by the names that nstat(8) gives them: "TcpRetransSegs",
// "TcpExtTCPTimeouts", "MPTcpExtMPTCPRetrans".
std::map<std::string, std::int64_t> protocol_counters();

// Packets that the queues between devices and protocols had no room for, of all CPUs and all
// namespaces (/proc/net/softnet_stat).
std::int64_t softnet_drops();

// The parsers behind these, which read what the kernel has sent. Each adds to `all`: what one
// datagram of a dump says, and whether more datagrams follow (throws SysError when it says that the
// dump failed); what a file such as /proc/net/snmp says.
bool add_devices(std::span<const char> datagram, std::vector<DeviceCounters>& all);
bool add_qdiscs(std::span<const char> datagram, std::vector<QdiscCounters>& all);
void add_protocols(std::istream& file, std::map<std::string, std::int64_t>& all);
std::int64_t softnet_drops_in(std::istream& file);

}  // namespace mpb
