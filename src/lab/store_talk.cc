#include "lab/store_talk.hh"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "load/resp.hh"
#include "sys/clock.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/interrupt.hh"
#include "sys/namespace.hh"

namespace mpb {

namespace {

constexpr Nanos kAnswerTimeout = 10s;
constexpr std::size_t kLongestReply = 1 << 20;

// Whether `reply` holds a whole one: a line, or a bulk string of the length that its first line
// gives.
bool is_whole(const std::string& reply, std::size_t& start, std::size_t& length) {
  const std::size_t end = reply.find("\r\n");
  if (end == std::string::npos) return false;
  start = 1;
  length = end - 1;
  if (reply[0] != '$') return true;
  std::ptrdiff_t bulk = 0;
  std::from_chars(reply.data() + 1, reply.data() + end, bulk);
  start = end + 2;
  length = bulk < 0 ? 0 : static_cast<std::size_t>(bulk);
  return bulk < 0 || reply.size() >= start + length + 2;
}

}  // namespace

StoreTalk::StoreTalk(const Address& address) : fd_(open_stream(address.family(), Transport::kTcp)) {
  const bool connected =
      connect_start(fd_.get(), address) ||
      (errno == EINPROGRESS && wait_ready(fd_.get(), POLLOUT, now() + kAnswerTimeout));
  const int error = connected ? take_error(fd_.get()) : ETIMEDOUT;
  if (error == 0) return;
  throw RunFailed("no store answers at " + address.text() + ": " + std::strerror(error) +
                  "; is it running, and is this its address?");
}

StoreTalk::StoreTalk(int netns_fd, int port)
    : StoreTalk(inside_netns(netns_fd, [&] {
        return StoreTalk(Address::resolve("127.0.0.1", static_cast<std::uint16_t>(port)));
      })) {}

std::string StoreTalk::ask(std::initializer_list<std::string_view> words) {
  const std::string doing =
      "asking it for " + std::string(*words.begin());  // and no more: behind AUTH stands a password
  const std::string request = command(words);
  if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    throw RunFailed("the store is gone: " + doing);
  }
  std::string reply;
  std::size_t start = 0;
  std::size_t length = 0;
  const Nanos deadline =
      now() + kAnswerTimeout;  // for all of it: a store that sends byte by byte has no more time
  while (!is_whole(reply, start, length)) {
    char chunk[16384];
    if (reply.size() > kLongestReply) throw RunFailed("the store's answer has no end: " + doing);
    if (!wait_ready(fd_.get(), POLLIN, deadline))
      throw RunFailed("the store did not answer within 10 s: " + doing);
    const ssize_t n = recv(fd_.get(), chunk, sizeof chunk, 0);
    if (n <= 0) throw RunFailed("the store is gone: " + doing);
    reply.append(chunk, static_cast<std::size_t>(n));
  }
  error_.clear();
  if (reply[0] != '-') return reply.substr(start, length);
  error_ = reply.substr(start, length);
  return "";
}

std::string info_field(const std::string& info, const std::string& name) {
  const std::string line = "\n" + name + ":";
  const std::size_t at = info.find(line);
  if (at == std::string::npos) return "";
  const std::size_t start = at + line.size();
  return for_terminal(std::string_view(info).substr(
      start, std::min<std::size_t>(info.find_first_of("\r\n", start) - start, 64)));
}

}  // namespace mpb
