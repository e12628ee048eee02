#include "builtin/server.hh"

#include <malloc.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include "builtin/commands.hh"
#include "builtin/parser.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

constexpr std::size_t kReadChunk = 64U << 10U;
// The server stops reading from a client with more bytes of unread replies.
constexpr std::size_t kPauseAbove = 256U << 10U;
// The smallest limit of data in flight, so that a few requests fit with any limit of stored data.
constexpr std::size_t kLeastInFlight = 16U << 20U;
constexpr int kEventsAtOnce = 256;

struct Client {
  explicit Client(Fd socket) : fd(std::move(socket)) {}

  Fd fd;
  Session session;
  std::string in;   // the beginning of an incomplete command
  std::string out;  // replies that the kernel has not accepted yet
  std::size_t sent = 0;
  std::uint32_t interest = EPOLLIN;
  bool ended = false;       // the client has sent everything, but may still read
  bool closing = false;     // no further command of the client is executed
  std::size_t counted = 0;  // its share of Server::held_

  std::size_t backlog() const { return out.size() - sent; }
  std::size_t held() const { return in.capacity() + out.capacity(); }
};

class Server {
 public:
  explicit Server(const ServerOptions& options)
      : options_(options),
        commands_(options.memory_limit, options.transport == Transport::kMptcp ? "yes" : "no") {
    address_ = options.address;
    listener_ = listen_on(address_, options.transport);
    epoll_ = Fd{check(epoll_create1(EPOLL_CLOEXEC), "making an epoll")};
    if (!watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD)) throw SysError("watching the listener");
  }

  const Address& address() const { return address_; }

  void run(int stop_fd) {
    if (!watch(stop_fd, EPOLLIN, EPOLL_CTL_ADD)) throw SysError("watching for the end");
    std::array<epoll_event, kEventsAtOnce> events;
    while (true) {
      const int count = epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, -1);
      if (count < 0 && errno != EINTR) throw SysError("waiting for clients");
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == stop_fd) return;
        if (fd == listener_.get()) {
          accept_all();
        } else if (const auto found = clients_.find(fd); found != clients_.end()) {
          handle(*found->second, events[static_cast<std::size_t>(i)].events);
        }
      }
    }
  }

 private:
  bool watch(int fd, std::uint32_t interest, int operation) {
    epoll_event event{};
    event.events = interest;
    event.data.fd = fd;
    return epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  }

  void accept_all() {
    while (true) {
      Fd fd{accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!fd) {
        if (errno == EMFILE || errno == ENFILE) shed_one();
        return;
      }
      if (clients_.size() >= options_.max_clients) {
        constexpr std::string_view kFull = "-ERR max number of clients reached\r\n";
        send(fd.get(), kFull.data(), kFull.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        continue;
      }
      const int one = 1;
      setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      const int number = fd.get();
      // Without memory or epoll quota, only this client is lost.
      if (!watch(number, EPOLLIN, EPOLL_CTL_ADD)) continue;
      auto client = std::make_unique<Client>(std::move(fd));
      client->session.id = ++last_id_;
      clients_.emplace(number, std::move(client));
      commands_.clients = clients_.size();
    }
  }

  // No descriptor is left. The listener would stay readable, and the loop would spin. So this gives
  // up the spare descriptor, accepts a connection, and closes it.
  void shed_one() {
    spare_.reset();
    Fd{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    spare_ = Fd{epoll_create1(EPOLL_CLOEXEC)};
  }

  void handle(Client& client, std::uint32_t events) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0) return drop(client);
    if ((events & EPOLLIN) != 0 && !take_in(client)) return drop(client);
    if ((events & EPOLLOUT) != 0 && !work(client, {})) return drop(client);
    if ((client.closing || client.ended) && client.backlog() == 0) return drop(client);
    const bool listen = client.backlog() < kPauseAbove && !client.closing && !client.ended;
    const std::uint32_t wanted = (listen ? EPOLLIN : 0U) | (client.backlog() > 0 ? EPOLLOUT : 0U);
    if (wanted != client.interest) {
      client.interest = wanted;
      if (!watch(client.fd.get(), wanted, EPOLL_CTL_MOD)) drop(client);
    }
  }

  // False if the connection has failed.
  bool take_in(Client& client) {
    const ssize_t n = recv(client.fd.get(), chunk_.data(), chunk_.size(), 0);
    if (n == 0) client.ended = true;  // may be half-closed, and still wait for replies
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    return work(client, {chunk_.data(), static_cast<std::size_t>(n)});
  }

  // Executes commands and sends replies while the client accepts them. It stops only when no
  // complete command is left, or when replies wait for EPOLLOUT. In any other state, no event would
  // ever resume the client. False if the connection has failed or must be closed.
  bool work(Client& client, std::string_view fresh) {
    run_commands(client, fresh);
    if (!flush(client)) return false;
    std::size_t left = client.in.size() + 1;
    while (!client.in.empty() && client.backlog() == 0 && client.in.size() < left) {
      left = client.in.size();
      run_commands(client, {});
      if (!flush(client)) return false;
    }
    return count(client);
  }

  // Executes the complete commands of client.in + fresh, and keeps the rest in client.in.
  void run_commands(Client& client, std::string_view fresh) {
    const bool joined = !client.in.empty();
    if (joined) client.in.append(fresh);
    std::string_view input = joined ? std::string_view(client.in) : fresh;
    while (!input.empty() && client.backlog() < kPauseAbove && !client.closing) {
      const ParsedCommand command = parse_command(input, args_);
      if (command.status == ParsedCommand::Status::kIncomplete) break;
      if (command.status == ParsedCommand::Status::kBroken) {
        client.out += "-" + command.error + "\r\n";
        client.closing = true;
        break;
      }
      if (!args_.empty()) commands_.execute(args_, client.session, client.out);
      if (client.session.quit) client.closing = true;
      input.remove_prefix(command.consumed);
    }
    if (client.closing) input = {};
    if (joined) {
      client.in.erase(0, client.in.size() - input.size());
    } else {
      client.in.assign(input);
    }
    trim(client.in);
  }

  bool flush(Client& client) {
    while (client.backlog() > 0) {
      const ssize_t n =
          send(client.fd.get(), client.out.data() + client.sent, client.backlog(), MSG_NOSIGNAL);
      if (n < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return false;
        break;
      }
      client.sent += static_cast<std::size_t>(n);
    }
    // A client that reads slowly but never stops sending never empties `out`, so the bytes that it
    // has read are removed in between. At least half are removed at a time, so that each byte is
    // moved once on average.
    if (client.backlog() > 0 && client.sent < client.out.size() / 2) return true;
    client.out.erase(0, client.sent);
    client.sent = 0;
    trim(client.out);
    return true;
  }

  // A buffer must not stay large, because there may be thousands of buffers.
  static void trim(std::string& buffer) {
    if (buffer.capacity() > kReadChunk && buffer.capacity() / 4 > buffer.size())
      buffer.shrink_to_fit();
  }

  // Requests and replies of all clients together are bounded. A client that would exceed the bound
  // is closed, which frees its memory; it only gets an error reply.
  bool count(Client& client) {
    held_ += client.held();
    held_ -= std::exchange(client.counted, client.held());
    if (held_ <= std::max(options_.memory_limit, kLeastInFlight)) return true;
    constexpr std::string_view kTooMuch =
        "-ERR requests and replies in flight exceed the limit of this store\r\n";
    if (client.backlog() == 0)
      send(client.fd.get(), kTooMuch.data(), kTooMuch.size(), MSG_NOSIGNAL);
    return false;
  }

  void drop(Client& client) {
    held_ -= client.counted;
    const int fd = client.fd.get();
    clients_.erase(fd);  // closes the socket, which also removes it from the epoll
    commands_.clients = clients_.size();
  }

  const ServerOptions options_;
  Address address_;
  Fd listener_;
  Fd epoll_;
  Fd spare_{epoll_create1(EPOLL_CLOEXEC)};
  Commands commands_;
  std::unordered_map<int, std::unique_ptr<Client>> clients_;
  std::vector<std::string_view> args_;
  std::array<char, kReadChunk> chunk_;
  std::size_t held_ = 0;  // the bytes held by all clients
  std::uint64_t last_id_ = 0;
};

}  // namespace

void serve(const ServerOptions& options, int stop_fd,
           const std::function<void(const Address&)>& on_listening) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  // By default glibc raises the size from which it maps a block separately to that of the last
  // freed block, up to 32 MiB. Large values then leave holes in the heap of several times the
  // stored data. With a fixed size, a large block is returned to the kernel when it is freed.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  const auto server = std::make_unique<Server>(options);
  on_listening(server->address());
  server->run(stop_fd);
}

}  // namespace mpb
