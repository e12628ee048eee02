#include "lab/target.hh"

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "load/secret.hh"
#include "net/socket.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

constexpr Nanos kAnswerTimeout = 5s;

bool wait_for(int fd, short events) {
  pollfd ready{fd, events, 0};
  const timespec limit = to_timespec(kAnswerTimeout);
  return ppoll(&ready, 1, &limit, nullptr) > 0;
}

void say(int fd, const std::string& command) {
  if (send(fd, command.data(), command.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(command.size()))
    throw SysError("asking the store for INFO");
}

std::string bulk(const std::string& word) { return "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n"; }

// "9.1.0" of the line "valkey_version:9.1.0"; "" when there is none.
std::string field(const std::string& info, const std::string& name) {
  const std::size_t at = info.find("\n" + name + ":");
  if (at == std::string::npos) return "";
  const std::size_t start = at + name.size() + 2;
  std::string value = info.substr(start, std::min<std::size_t>(info.find_first_of("\r\n", start) - start, 64));
  // It goes to a terminal: a store of somebody else's may not steer it.
  for (char& c : value) c = c >= ' ' && c <= '~' ? c : '?';
  return value;
}

// What INFO server says; an error reply as it is.
std::string server_info(const Target& target) {
  const Address address =
      parse_address(target.host.find(':') == std::string::npos ? target.host + ":" + target.port : "[" + target.host + "]:" + target.port);
  const Fd fd = open_stream(address.family(), Transport::kTcp);
  const bool connected = connect_start(fd.get(), address) || (errno == EINPROGRESS && wait_for(fd.get(), POLLOUT));
  const int error = connected ? take_error(fd.get()) : ETIMEDOUT;
  if (error != 0)
    throw RunFailed("no store answers at " + address.text() + ": " + std::strerror(error) + "; is it running, and is this its address?");
  const std::string password = read_secret(target.auth_env, target.auth_file);
  std::string commands;
  if (!password.empty()) commands = "*2\r\n" + bulk("AUTH") + bulk(password);
  say(fd.get(), commands + "*2\r\n" + bulk("INFO") + bulk("server"));
  std::string reply;
  char chunk[8192];
  // INFO's text ends with CR LF CR LF; an error reply (no permission, no INFO) is one line.
  while (reply.size() < (1U << 20U) && wait_for(fd.get(), POLLIN)) {
    const ssize_t n = recv(fd.get(), chunk, sizeof chunk, 0);
    if (n <= 0) break;
    reply.append(chunk, static_cast<std::size_t>(n));
    if (reply.find("\r\n\r\n") != std::string::npos || reply[0] == '-') break;
  }
  return reply;
}

}  // namespace

std::string target_version(const Target& target) {
  const std::string reply = server_info(target);
  if (const std::string valkey = field(reply, "valkey_version"); !valkey.empty()) return "valkey " + valkey;
  if (const std::string own = field(reply, "mptcp_bench_version"); !own.empty()) return "mptcp-bench " + own;
  if (const std::string redis = field(reply, "redis_version"); !redis.empty()) return "redis " + redis;
  return "unknown";
}

std::string target_life(const Target& target) {
  try {
    return field(server_info(target), "run_id");
  } catch (const RunFailed&) {
    return "";  // that the store is away is for the load to say
  }
}

}  // namespace mpb
