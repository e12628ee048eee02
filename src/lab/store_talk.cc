#include "lab/store_talk.hh"

#include <poll.h>

#include <charconv>

#include "net/socket.hh"
#include "sys/clock.hh"
#include "sys/error.hh"
#include "sys/namespace.hh"

namespace mpb {

namespace {

constexpr Nanos kAnswerTimeout = 10s;

bool wait_for(int fd, short events) {
  pollfd ready{fd, events, 0};
  const timespec limit = to_timespec(kAnswerTimeout);
  return ppoll(&ready, 1, &limit, nullptr) > 0;
}

// Whether `reply` holds a whole one: a line, or a bulk string of the length that its first line gives.
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

StoreTalk::StoreTalk(int netns_fd, int port) {
  const Address address = Address::resolve("127.0.0.1", static_cast<std::uint16_t>(port));
  fd_ = inside_netns(netns_fd, [&] { return open_stream(address.family(), Transport::kTcp); });
  if (!connect_start(fd_.get(), address) && (!wait_for(fd_.get(), POLLOUT) || take_error(fd_.get()) != 0)) {
    throw RunFailed("the store at " + address.text() + " does not take a connection");
  }
}

std::string StoreTalk::ask(const std::string& command) {
  const std::string line = command + "\r\n";
  if (send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
    throw RunFailed("the store is gone: asking it for " + command);
  }
  std::string reply;
  std::size_t start = 0;
  std::size_t length = 0;
  while (!is_whole(reply, start, length)) {
    char chunk[16384];
    if (!wait_for(fd_.get(), POLLIN)) throw RunFailed("the store did not answer " + command + " within 10 s");
    const ssize_t n = recv(fd_.get(), chunk, sizeof chunk, 0);
    if (n <= 0) throw RunFailed("the store is gone: asking it for " + command);
    reply.append(chunk, static_cast<std::size_t>(n));
  }
  error_.clear();
  if (reply[0] != '-') return reply.substr(start, length);
  error_ = reply.substr(start, length);
  return "";
}

std::string info_field(const std::string& info, const std::string& name) {
  const std::string start = "\n" + name + ":";
  const std::size_t at = info.find(start);
  if (at == std::string::npos) return "";
  const std::size_t value = at + start.size();
  return info.substr(value, info.find_first_of("\r\n", value) - value);
}

}  // namespace mpb
