#include "net/bulk_flow.hh"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <vector>

#include "sys/error.hh"
#include "sys/privileges.hh"

namespace mpb {

namespace {

constexpr std::size_t kChunk = 256 << 10;

bool has_failed(ssize_t n) { return n < 0 && errno != EAGAIN && errno != EINTR; }

}  // namespace

void run_bulk_flow(const Fd& sender, const Fd& receiver) {
  if (!drop_privileges()) throw SysError("giving up privileges");
  std::vector<char> zeros(kChunk);
  std::array<pollfd, 2> ends{{{sender.get(), POLLOUT, 0}, {receiver.get(), POLLIN, 0}}};
  while (true) {
    if (has_failed(poll(ends.data(), ends.size(), -1))) throw SysError("waiting for the sockets");
    if (ends[0].revents != 0 &&
        has_failed(send(sender.get(), zeros.data(), zeros.size(), MSG_NOSIGNAL | MSG_DONTWAIT)))
      throw SysError("sending data");
    if (ends[1].revents == 0) continue;
    // With MSG_TRUNC the kernel discards the data instead of copying it.
    const ssize_t n = recv(receiver.get(), zeros.data(), zeros.size(), MSG_TRUNC | MSG_DONTWAIT);
    if (has_failed(n)) throw SysError("receiving data");
    if (n == 0) throw RunFailed("the sender has closed the connection");
  }
}

TcpCounts tcp_counts(const Fd& socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  check(getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &length), "reading TCP_INFO");
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  TcpCounts counts;
  counts.acked_bytes = count(info.tcpi_bytes_acked);
  counts.received_bytes = count(info.tcpi_bytes_received);
  counts.segments_again = info.tcpi_total_retrans;
  counts.segments_out = std::int64_t{info.tcpi_segs_out} - counts.segments_again;
  // The time of a limit is part of the time in which there was data.
  counts.sending = std::chrono::microseconds(
      count(info.tcpi_busy_time - info.tcpi_rwnd_limited - info.tcpi_sndbuf_limited));
  return counts;
}

std::uint64_t socket_cookie(const Fd& socket) {
  std::uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  check(getsockopt(socket.get(), SOL_SOCKET, SO_COOKIE, &cookie, &length), "reading SO_COOKIE");
  return cookie;
}

}  // namespace mpb
