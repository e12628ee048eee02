#include "net/counters.hh"

#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "sys/error.hh"
#include "sys/fd.hh"

namespace mpb {

namespace {

// A structure from an attribute's payload; what an older kernel leaves out is 0, what a newer one
// adds is passed over.
template <class T>
T value_of(const rtattr* attribute) {
  T value{};
  std::memcpy(&value, RTA_DATA(attribute),
              std::min<std::size_t>(sizeof value, RTA_PAYLOAD(attribute)));
  return value;
}

std::string text_of(const rtattr* attribute) {
  const char* text = static_cast<const char*>(RTA_DATA(attribute));
  return {text, strnlen(text, RTA_PAYLOAD(attribute))};
}

template <class F>
void for_each_attribute(const rtattr* attribute, std::size_t length, F f) {
  // RTA_OK and RTA_NEXT want a signed length: padding may take it below zero.
  for (int rest = static_cast<int>(length); RTA_OK(attribute, rest);
       attribute = RTA_NEXT(attribute, rest)) {
    f(attribute->rta_type & NLA_TYPE_MASK, attribute);
  }
}

// Hands each message of a datagram to f(header, first attribute, length of the attributes); false
// when it was the last datagram of the answer.
template <class Header, class F>
bool for_each_message(std::span<const char> datagram, const char* doing, F f) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
    if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > datagram.size()) break;
    if (message->nlmsg_type == NLMSG_DONE) return false;
    const char* const payload = datagram.data() + NLMSG_HDRLEN;
    const std::size_t length = message->nlmsg_len - NLMSG_HDRLEN;
    // Not NLMSG_NEXT: it passes the end of a datagram whose last message is not padded.
    datagram =
        datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(message->nlmsg_len), datagram.size()));
    if (message->nlmsg_type == NLMSG_ERROR && length >= sizeof(nlmsgerr)) {
      const int error = reinterpret_cast<const nlmsgerr*>(payload)->error;
      throw SysError(doing, -std::clamp(error, -4095, 0));
    }
    if (length < sizeof(Header)) continue;
    const std::size_t start = std::min<std::size_t>(length, NLMSG_ALIGN(sizeof(Header)));
    f(*reinterpret_cast<const Header*>(payload), reinterpret_cast<const rtattr*>(payload + start),
      length - start);
  }
  return true;
}

// Asks for all objects of a kind and hands each datagram of the answer to take(), which tells
// whether there are more.
template <class Header, class Take>
void dump(std::uint16_t request_type, const char* doing, Take take) {
  const Fd fd{check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
                    "opening a netlink socket")};
  struct {
    nlmsghdr message;
    Header header;
  } request{};
  request.message.nlmsg_len = sizeof request;
  request.message.nlmsg_type = request_type;
  request.message.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  check(send(fd.get(), &request, sizeof request, 0), doing);
  alignas(nlmsghdr) std::array<char, 65536> buffer;  // the kernel's datagrams are 32 KiB at most
  std::size_t length = 0;
  do {
    length =
        static_cast<std::size_t>(check(recv(fd.get(), buffer.data(), buffer.size(), 0), doing));
  } while (take(std::span<const char>(buffer.data(), length)));
}

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
          if (type == TCA_STATS2)
            for_each_attribute(static_cast<const rtattr*>(RTA_DATA(attribute)),
                               RTA_PAYLOAD(attribute), take);
        });
      });
}

void add_protocols(std::istream& file, std::map<std::string, std::int64_t>& all) {
  std::string heads, values;
  // Two lines a protocol: "Tcp: RtoMin RtoMax ..." and "Tcp: 200 120000 ...".
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

// A line a CPU, of numbers in hexadecimal: packets, drops, ...
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
  dump<ifinfomsg>(RTM_GETLINK, kReadingDevices,
                  [&all](std::span<const char> datagram) { return add_devices(datagram, all); });
  return all;
}

std::vector<QdiscCounters> qdisc_counters() {
  std::vector<QdiscCounters> all;
  dump<tcmsg>(RTM_GETQDISC, kReadingQdiscs,
              [&all](std::span<const char> datagram) { return add_qdiscs(datagram, all); });
  return all;
}

std::map<std::string, std::int64_t> protocol_counters() {
  std::map<std::string, std::int64_t> all;
  // "thread-self": the other /proc/net is that of the namespace in which the process began.
  for (const char* path : {"/proc/thread-self/net/snmp", "/proc/thread-self/net/netstat"}) {
    std::ifstream file(path);
    add_protocols(file, all);
  }
  return all;
}

}  // namespace mpb
