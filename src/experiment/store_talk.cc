#include "experiment/store_talk.hh"

#include <fmt/format.h>
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

}  // namespace

std::optional<StoreReply> whole_reply(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  if (end == 0) return StoreReply{};
  if (bytes[0] != '$') return StoreReply{std::string(bytes.substr(1, end - 1)), bytes[0] == '-'};
  std::ptrdiff_t bulk = 0;
  std::from_chars(bytes.data() + 1, bytes.data() + end, bulk);
  if (bulk < 0) return StoreReply{};
  const std::string_view rest = bytes.substr(end + 2);
  const auto length = static_cast<std::size_t>(bulk);
  if (rest.size() < length + 2) return std::nullopt;
  return StoreReply{std::string(rest.substr(0, length)), false};
}

StoreTalk::StoreTalk(const Address& address, Transport transport)
    : fd_(open_stream(address.family(), transport)) {
  const bool connected =
      connect_start(fd_.get(), address) ||
      (errno == EINPROGRESS && wait_ready(fd_.get(), POLLOUT, now() + kAnswerTimeout));
  const int error = connected ? take_error(fd_.get()) : ETIMEDOUT;
  if (error == 0) return;
  throw RunFailed(fmt::format("no store answers at {}: {}; is it running, and is this its address?",
                              address.text(), std::strerror(error)));
}

StoreTalk::StoreTalk(int netns_fd, int port)
    : StoreTalk(inside_netns(netns_fd, [&] {
        return StoreTalk(Address::resolve("127.0.0.1", static_cast<std::uint16_t>(port)));
      })) {}

std::string StoreTalk::ask(std::initializer_list<std::string_view> words) {
  // Only the first word, because AUTH is followed by a password.
  const std::string doing = fmt::format("asking it for {}", *words.begin());
  const std::string request = command(words);
  if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    throw RunFailed(fmt::format("the store closed the connection: {}", doing));
  }
  std::string bytes;
  // For the whole reply, so that a store that sends byte by byte gets no more time.
  const Nanos deadline = now() + kAnswerTimeout;
  std::optional<StoreReply> reply;
  while (!(reply = whole_reply(bytes))) {
    char chunk[16384];
    if (bytes.size() > kLongestReply)
      throw RunFailed(fmt::format("the store's answer is longer than 1 MiB: {}", doing));
    if (!wait_ready(fd_.get(), POLLIN, deadline))
      throw RunFailed(fmt::format("the store did not answer within 10 s: {}", doing));
    const ssize_t n = recv(fd_.get(), chunk, sizeof chunk, 0);
    if (n <= 0) throw RunFailed(fmt::format("the store closed the connection: {}", doing));
    bytes.append(chunk, static_cast<std::size_t>(n));
  }
  error_ = reply->error ? reply->text : "";
  return reply->error ? "" : reply->text;
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
