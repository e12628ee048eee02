// Dumps over netlink(7): the parts that its families have in common. Every length is checked
// against the datagram, and members that an older kernel leaves out are 0.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "sys/error.hh"
#include "sys/fd.hh"

namespace mpb {

// A structure from the payload of an attribute. Members that an older kernel leaves out are 0, and
// members that a newer one adds are skipped.
template <class T>
T value_of(const rtattr* attribute) {
  T value{};
  std::memcpy(&value, RTA_DATA(attribute),
              std::min<std::size_t>(sizeof value, RTA_PAYLOAD(attribute)));
  return value;
}

inline std::string text_of(const rtattr* attribute) {
  const char* text = static_cast<const char*>(RTA_DATA(attribute));
  return {text, strnlen(text, RTA_PAYLOAD(attribute))};
}

template <class F>
void for_each_attribute(const rtattr* attribute, std::size_t length, F f) {
  // RTA_OK and RTA_NEXT need a signed length, because padding may make it negative.
  for (int rest = static_cast<int>(length); RTA_OK(attribute, rest);
       attribute = RTA_NEXT(attribute, rest)) {
    f(attribute->rta_type & NLA_TYPE_MASK, attribute);
  }
}

// The attributes in the payload of another attribute.
template <class F>
void for_each_nested(const rtattr* parent, F f) {
  for_each_attribute(static_cast<const rtattr*>(RTA_DATA(parent)), RTA_PAYLOAD(parent), f);
}

// Passes each message of a datagram to f(header, first attribute, length of the attributes). False
// if it was the last datagram of the answer. Throws SysError if the dump failed.
template <class Header, class F>
bool for_each_message(std::span<const char> datagram, const char* doing, F f) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
    if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > datagram.size()) break;
    const char* const payload = datagram.data() + NLMSG_HDRLEN;
    const std::size_t length = message->nlmsg_len - NLMSG_HDRLEN;
    if (message->nlmsg_type == NLMSG_DONE) {
      // The payload is 0 or the error that stopped the dump. A kernel without a handler for the
      // request sends only this message.
      const int error = length >= sizeof(int) ? *reinterpret_cast<const int*>(payload) : 0;
      if (error < 0) throw SysError(doing, -std::max(error, -4095));
      return false;
    }
    // NLMSG_NEXT would exceed a datagram whose last message is not padded.
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

// Requests all objects of a kind, and passes each datagram of the answer to take(), which returns
// whether more follow.
template <class Header, class Take>
void dump_netlink(int protocol, std::uint16_t request_type, const Header& header, const char* doing,
                  Take take) {
  const Fd fd{
      check(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "opening a netlink socket")};
  struct {
    nlmsghdr message;
    Header header;
  } request{};
  request.message.nlmsg_len = sizeof request;
  request.message.nlmsg_type = request_type;
  request.message.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header = header;
  check(send(fd.get(), &request, sizeof request, 0), doing);
  alignas(nlmsghdr) std::array<char, 65536> buffer;  // the kernel's datagrams are 32 KiB at most
  std::size_t length = 0;
  do {
    length =
        static_cast<std::size_t>(check(recv(fd.get(), buffer.data(), buffer.size(), 0), doing));
  } while (take(std::span<const char>(buffer.data(), length)));
}

}  // namespace mpb
