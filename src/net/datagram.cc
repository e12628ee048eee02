#include "net/datagram.hh"

#include <linux/sock_diag.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "sys/error.hh"

namespace mpb {

namespace {

constexpr int kBufferBytes = 8 << 20;

Nanos real_time() {
  timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  return Nanos{ts.tv_sec * 1'000'000'000LL + ts.tv_nsec};
}

struct Stamp {
  std::uint64_t number;
  std::int64_t sent_ns;
};

}  // namespace

Fd open_datagram(const Address& local) {
  Fd fd{check(::socket(local.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
              "opening a UDP socket")};
  check(bind(fd.get(), local.get(), local.length), "binding " + local.text());
  const int one = 1;
  check(setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one),
        "requesting receive timestamps");
  // The kernel then refuses a datagram that exceeds the MTU.
  const int never = IP_PMTUDISC_PROBE;
  check(setsockopt(fd.get(), IPPROTO_IP, IP_MTU_DISCOVER, &never, sizeof never),
        "preventing the fragmentation of datagrams");
  // Root can exceed rmem_max. For an ordinary user the buffer is smaller, and overflowed() counts.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBufferBytes, sizeof kBufferBytes) < 0) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kBufferBytes, sizeof kBufferBytes);
  }
  return fd;
}

DatagramPath::DatagramPath(Fd sender, Fd receiver, Bytes payload)
    : sender_(std::move(sender)),
      receiver_(std::move(receiver)),
      payload_(static_cast<std::size_t>(payload.count)) {
  Address to;
  to.length = sizeof to.storage;
  check(getsockname(receiver_.get(), reinterpret_cast<sockaddr*>(&to.storage), &to.length),
        "reading back the receiver's address");
  check(connect(sender_.get(), to.get(), to.length), "connecting to " + to.text());
}

bool DatagramPath::send() {
  const Stamp stamp{sent_, real_time().count()};
  std::memcpy(payload_.data(), &stamp, sizeof stamp);
  if (::send(sender_.get(), payload_.data(), payload_.size(), MSG_NOSIGNAL) < 0) return false;
  ++sent_;
  return true;
}

void DatagramPath::receive() {
  Stamp stamp;
  iovec data{&stamp, sizeof stamp};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
  for (;;) {
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    // The rest of the payload is not needed and is discarded.
    if (recvmsg(receiver_.get(), &message, 0) < static_cast<ssize_t>(sizeof stamp)) return;
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET ||
        header->cmsg_type != SCM_TIMESTAMPNS)
      continue;
    timespec at;
    std::memcpy(&at, CMSG_DATA(header), sizeof at);
    arrivals_.push_back(
        {stamp.number, Nanos{stamp.sent_ns}, Nanos{at.tv_sec * 1'000'000'000LL + at.tv_nsec}});
  }
}

Bytes DatagramPath::mtu() const {
  int mtu = 0;
  socklen_t length = sizeof mtu;
  check(getsockopt(sender_.get(), IPPROTO_IP, IP_MTU, &mtu, &length), "reading the MTU of a path");
  return {mtu};
}

std::uint64_t DatagramPath::overflowed() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
  socklen_t length = sizeof info;
  if (getsockopt(receiver_.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &length) < 0) return 0;
  return info[SK_MEMINFO_DROPS];
}

}  // namespace mpb
