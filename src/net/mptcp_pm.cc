#include "net/mptcp_pm.hh"

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/mptcp.h>
#include <net/if.h>
#include <netinet/in.h>

#include <vector>

#include "net/netlink.hh"

namespace mpb {

namespace {

constexpr const char* kDoing = "adding an MPTCP endpoint (netlink)";

// A request of a generic netlink family, as bytes.
class Request {
 public:
  Request(std::uint16_t family, std::uint8_t command, std::uint8_t version) {
    nlmsghdr message{};
    message.nlmsg_type = family;
    message.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    append(&message, sizeof message);
    const genlmsghdr header{.cmd = command, .version = version, .reserved = 0};
    append(&header, sizeof header);
  }

  void add(std::uint16_t type, const void* value, std::size_t length) {
    const rtattr attribute{.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(length)),
                           .rta_type = type};
    append(&attribute, sizeof attribute);
    append(value, length);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  template <class T>
  void add(std::uint16_t type, const T& value) {
    add(type, &value, sizeof value);
  }

  // The attributes that `add_members` adds become the payload of one attribute.
  template <class F>
  void nest(std::uint16_t type, F add_members) {
    const std::size_t start = bytes_.size();
    add(type | NLA_F_NESTED, nullptr, 0);
    add_members();
    const auto length = static_cast<std::uint16_t>(bytes_.size() - start);
    std::memcpy(bytes_.data() + start, &length, sizeof length);
  }

  // The first datagram of the answer. Throws SysError if the kernel refuses the request.
  std::vector<char> send_to(int fd) {
    const auto length = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);
    check(send(fd, bytes_.data(), bytes_.size(), 0), kDoing);
    alignas(nlmsghdr) std::array<char, 8192> buffer;
    const auto got =
        static_cast<std::size_t>(check(recv(fd, buffer.data(), buffer.size(), 0), kDoing));
    return {buffer.data(), buffer.data() + got};
  }

 private:
  void append(const void* from, std::size_t length) {
    const char* bytes = static_cast<const char*>(from);
    bytes_.insert(bytes_.end(), bytes, bytes + length);
  }

  std::vector<char> bytes_;
};

std::uint16_t family_of(int fd, const char* name) {
  Request request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
  request.add(CTRL_ATTR_FAMILY_NAME, name, std::strlen(name) + 1);
  std::uint16_t family = 0;
  for_each_message<genlmsghdr>(
      request.send_to(fd), kDoing, [&](const genlmsghdr&, const rtattr* first, std::size_t length) {
        for_each_attribute(first, length, [&](int type, const rtattr* its) {
          if (type == CTRL_ATTR_FAMILY_ID) family = value_of<std::uint16_t>(its);
        });
      });
  return family;
}

}  // namespace

void add_endpoint(const std::string& address, const std::string& device, std::uint32_t flags) {
  in_addr v4{};
  in6_addr v6{};
  const bool is_v4 = inet_pton(AF_INET, address.c_str(), &v4) == 1;
  if (!is_v4) inet_pton(AF_INET6, address.c_str(), &v6);
  const auto index = static_cast<std::int32_t>(if_nametoindex(device.c_str()));
  // Each request gets a socket of its own, so that no answer is left for the next one.
  const auto open_socket = [] {
    return Fd{check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), kDoing)};
  };
  Request request(family_of(open_socket().get(), MPTCP_PM_NAME), MPTCP_PM_CMD_ADD_ADDR,
                  MPTCP_PM_VER);
  request.nest(MPTCP_PM_ATTR_ADDR, [&] {
    request.add(MPTCP_PM_ADDR_ATTR_FAMILY, static_cast<std::uint16_t>(is_v4 ? AF_INET : AF_INET6));
    if (is_v4) {
      request.add(MPTCP_PM_ADDR_ATTR_ADDR4, v4);
    } else {
      request.add(MPTCP_PM_ADDR_ATTR_ADDR6, v6);
    }
    request.add(MPTCP_PM_ADDR_ATTR_FLAGS, flags);
    request.add(MPTCP_PM_ADDR_ATTR_IF_IDX, index);
  });
  const std::vector<char> answer = request.send_to(open_socket().get());
  nlmsgerr acknowledgement{};
  if (answer.size() >= NLMSG_LENGTH(sizeof acknowledgement))
    std::memcpy(&acknowledgement, answer.data() + NLMSG_HDRLEN, sizeof acknowledgement);
  if (acknowledgement.error < 0) throw SysError(kDoing, -acknowledgement.error);
}

}  // namespace mpb
