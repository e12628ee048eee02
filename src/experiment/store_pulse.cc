#include "experiment/store_pulse.hh"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "sys/error.hh"

namespace mpb {

namespace {

Nanos wall_clock() {
  timespec ts{};
  clock_gettime(CLOCK_REALTIME, &ts);
  return std::chrono::seconds(ts.tv_sec) + Nanos{ts.tv_nsec};
}

// The time at which the kernel received the bytes of a recvmsg(), if it reported one.
std::optional<Nanos> stamp_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec ts{};
    std::memcpy(&ts, CMSG_DATA(part), sizeof ts);
    return std::chrono::seconds(ts.tv_sec) + Nanos{ts.tv_nsec};
  }
  return std::nullopt;
}

}  // namespace

StorePulse::StorePulse(Fd connection, Nanos every) : fd_(std::move(connection)), every_(every) {
  const int on = 1;
  check(setsockopt(fd_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on),
        "asking for times of receipt");
}

void StorePulse::open() {
  gaps_ = {};
  next_ = now();
  beat();
}

Nanos StorePulse::due() const { return gone_ ? Nanos::max() : next_; }

void StorePulse::beat() {
  take_answer();
  if (gone_ || now() < next_) return;
  next_ = now() + every_;
  if (waiting_) return;
  constexpr std::string_view kPing = "PING\r\n";
  gone_ = send(fd_.get(), kPing.data(), kPing.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
          static_cast<ssize_t>(kPing.size());
  // The clocks are read after the send. If we lost the CPU between the two calls, reading them
  // first would look like a silence.
  sent_ = now();
  sent_on_wall_ = wall_clock();
  waiting_ = true;
}

void StorePulse::take_answer() {
  if (!waiting_ || gone_) return;
  std::array<char, 64> text;
  alignas(cmsghdr) std::array<char, 256> control;
  iovec part{text.data(), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(fd_.get(), &message, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  gone_ = got <= 0;
  if (gone_) return;
  waiting_ = false;
  const std::optional<Nanos> stamp = stamp_of(message);
  // The wall clock may have been set meanwhile.
  const Nanos silence = stamp ? *stamp - sent_on_wall_ : Nanos::max();
  gaps_.add(std::min(silence, now() - sent_));
}

Gaps StorePulse::silences() {
  take_answer();
  Gaps gaps = gaps_;
  if (waiting_ && !gone_) gaps.add(now() - sent_);
  return gaps;
}

std::int64_t StorePulse::segments() const {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(fd_.get(), IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  return std::int64_t{info.tcpi_segs_out} + info.tcpi_segs_in;
}

}  // namespace mpb
