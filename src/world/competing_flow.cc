#include "world/competing_flow.hh"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "net/socket.hh"
#include "scenario/addresses.hh"
#include "sys/cpu.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "sys/namespace.hh"
#include "sys/virtual_time.hh"
#include "world/spaces.hh"

namespace mpb {

namespace {

constexpr Nanos kConnectTimeout = 10s;

[[noreturn]] void cannot_connect(const Address& to, int error) {
  throw RunFailed(fmt::format("the competing TCP flow could not connect to {}: {}", to.text(),
                              std::strerror(error)));
}

// From that address, which selects the link.
Fd connected(const Address& from, const Address& to, Nanos deadline) {
  Fd fd = open_stream(to.family(), Transport::kTcp);
  check(bind(fd.get(), from.get(), from.length), "binding " + from.text());
  if (connect_start(fd.get(), to)) return fd;
  if (errno != EINPROGRESS) cannot_connect(to, errno);
  if (!wait_ready(fd.get(), POLLOUT, deadline)) cannot_connect(to, ETIMEDOUT);
  if (const int error = take_error(fd.get()); error != 0) cannot_connect(to, error);
  return fd;
}

}  // namespace

std::vector<std::string> flow_command(const std::string& sender, const std::string& receiver) {
  return {self_path(), "flow", "--sender", sender, "--receiver", receiver};
}

CompetingFlow::CompetingFlow(int client_netns, int server_netns, std::size_t link,
                             Direction direction)
    : up_(direction == Direction::kUp), log_(memory_file("flow")) {
  const Nanos deadline = now() + kConnectTimeout;
  Address server = Address::resolve(server_address(link), 0);
  const Fd listener =
      inside_netns(server_netns, [&] { return listen_on(server, Transport::kTcp); });
  const Address client = Address::resolve(client_address(link), 0);
  client_ = inside_netns(client_netns, [&] { return connected(client, server, deadline); });
  // The last packet of the handshake is still on its way.
  if (!wait_ready(listener.get(), POLLIN, deadline)) cannot_connect(server, ETIMEDOUT);
  server_ = Fd{check(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK),
                     "accepting the competing TCP flow")};
  argv_ = flow_command(std::to_string((up_ ? client_ : server_).get()),
                       std::to_string((up_ ? server_ : client_).get()));
}

void CompetingFlow::start() {
  Spawn what;
  what.argv = argv_;
  what.stdout_fd = what.stderr_fd = log_.get();
  what.keep_fds = {client_.get(), server_.get()};
  begin_aligned();
  child_ = spawn(what);
}

FlowReading CompetingFlow::read() const {
  return {.at = now(),
          .client = tcp_counts(client_),
          .server = tcp_counts(server_),
          .up = up_,
          .cpu = child_ ? cpu_time(child_.pid()) : Nanos{0}};
}

std::string CompetingFlow::ended() {
  if (!child_ || !end_.empty()) return end_;
  if (const std::optional<ExitStatus> status = child_.wait(Nanos{0})) {
    const std::string log = without_trailing_space(tail_of(log_.get(), 400));
    end_ =
        fmt::format("the competing TCP flow {}{}{}", status->text(), log.empty() ? "" : ": ", log);
  }
  return end_;
}

std::set<std::uint64_t> CompetingFlow::cookies() const {
  return {socket_cookie(client_), socket_cookie(server_)};
}

}  // namespace mpb
