#include "net/counters.hh"

#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>

#include "sys/error.hh"
#include "sys/fd.hh"

namespace mpb {

namespace {

// A structure from an attribute's payload; what an older kernel leaves out is 0, what a newer one adds is passed over.
template <class T>
T value_of(const rtattr* attribute) {
  T value{};
  std::memcpy(&value, RTA_DATA(attribute), std::min<std::size_t>(sizeof value, RTA_PAYLOAD(attribute)));
  return value;
}

std::string text_of(const rtattr* attribute) {
  const char* text = static_cast<const char*>(RTA_DATA(attribute));
  return {text, strnlen(text, RTA_PAYLOAD(attribute))};
}

template <class F>
void for_each_attribute(const rtattr* attribute, std::size_t length, F f) {
  // RTA_OK and RTA_NEXT want a signed length: padding may take it below zero.
  for (int rest = static_cast<int>(length); RTA_OK(attribute, rest); attribute = RTA_NEXT(attribute, rest)) {
    f(attribute->rta_type & NLA_TYPE_MASK, attribute);
  }
}

// Asks for all objects of a kind and hands each to f(header, first attribute, length of the attributes).
template <class Header, class F>
void dump(std::uint16_t request_type, const char* doing, F f) {
  const Fd fd{check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "opening a netlink socket")};
  struct {
    nlmsghdr message;
    Header header;
  } request{};
  request.message.nlmsg_len = sizeof request;
  request.message.nlmsg_type = request_type;
  request.message.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  check(send(fd.get(), &request, sizeof request, 0), doing);
  alignas(nlmsghdr) std::array<char, 65536> buffer;  // the kernel's datagrams are 32 KiB at most
  for (;;) {
    auto rest = static_cast<std::uint32_t>(check(recv(fd.get(), buffer.data(), buffer.size(), 0), doing));
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, rest); message = NLMSG_NEXT(message, rest)) {
      if (message->nlmsg_type == NLMSG_DONE) return;
      if (message->nlmsg_type == NLMSG_ERROR) throw SysError(doing, -static_cast<nlmsgerr*>(NLMSG_DATA(message))->error);
      const auto* header = static_cast<const Header*>(NLMSG_DATA(message));
      const auto* first = reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(header) + NLMSG_ALIGN(sizeof(Header)));
      f(*header, first, message->nlmsg_len - NLMSG_SPACE(sizeof(Header)));
    }
  }
}

}  // namespace

std::vector<DeviceCounters> device_counters() {
  std::vector<DeviceCounters> all;
  dump<ifinfomsg>(RTM_GETLINK, "reading the devices' counters", [&all](const ifinfomsg& link, const rtattr* first, std::size_t length) {
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
    });
  });
  return all;
}

std::vector<QdiscCounters> qdisc_counters() {
  std::vector<QdiscCounters> all;
  dump<tcmsg>(RTM_GETQDISC, "reading the qdiscs' counters", [&all](const tcmsg& tc, const rtattr* first, std::size_t length) {
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
      if (type == TCA_STATS2) for_each_attribute(static_cast<const rtattr*>(RTA_DATA(attribute)), RTA_PAYLOAD(attribute), take);
    });
  });
  return all;
}

std::map<std::string, std::int64_t> protocol_counters() {
  std::map<std::string, std::int64_t> all;
  // "thread-self": the other /proc/net is that of the namespace in which the process began.
  for (const char* path : {"/proc/thread-self/net/snmp", "/proc/thread-self/net/netstat"}) {
    std::ifstream file(path);
    std::string heads, values;
    // Two lines a protocol: "Tcp: RtoMin RtoMax ..." and "Tcp: 200 120000 ...".
    while (std::getline(file, heads) && std::getline(file, values)) {
      std::istringstream names(heads), numbers(values);
      std::string protocol, name;
      std::int64_t value = 0;
      names >> protocol;
      numbers >> name;
      protocol.pop_back();
      while (names >> name && numbers >> value) all[protocol + name] = value;
    }
  }
  return all;
}

}  // namespace mpb
