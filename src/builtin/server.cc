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
constexpr std::size_t kPauseAbove =
    256U << 10U;  // replies not yet read by the client: above this it is not read from
constexpr std::size_t kLeastUnderWay =
    16U << 20U;  // however little may be stored, a few requests must fit
constexpr int kEventsAtOnce = 256;

struct Client {
  explicit Client(Fd socket) : fd(std::move(socket)) {}

  Fd fd;
  Session session;
  std::string in;   // the beginning of a command that is not complete yet
  std::string out;  // replies that the kernel would not take yet
  std::size_t sent = 0;
  std::uint32_t interest = EPOLLIN;
  bool ended = false;       // the client has said all it will say, but may still read
  bool closing = false;     // nothing of it is executed any more
  std::size_t counted = 0;  // its share of the server's held_

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
      if (!watch(number, EPOLLIN, EPOLL_CTL_ADD))
        continue;  // out of memory or of epoll's quota: this client's bad luck, not everybody's
      auto client = std::make_unique<Client>(std::move(fd));
      client->session.id = ++last_id_;
      clients_.emplace(number, std::move(client));
      commands_.clients = clients_.size();
    }
  }

  // Out of descriptors: without accepting, the listener would stay readable and the loop would
  // spin. Give up the spare, accept, close.
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

  // False when the connection is gone.
  bool take_in(Client& client) {
    const ssize_t n = recv(client.fd.get(), chunk_.data(), chunk_.size(), 0);
    if (n == 0)
      client.ended =
          true;  // half-closed, perhaps: the replies to what was asked before are still wanted
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    return work(client, {chunk_.data(), static_cast<std::size_t>(n)});
  }

  // Executes and replies for as long as the client takes the replies. It stops either because no
  // whole command is left, or with replies that wait for EPOLLOUT: in between, no event would ever
  // wake it. False when the connection is gone, or must go.
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

  // Executes what is complete of client.in + fresh; keeps the rest in client.in.
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
    // A client that reads slowly, but never stops asking, never lets `out` run empty: what it has
    // read must go all the same. Half of it at least, so that each byte is moved once on average.
    if (client.backlog() > 0 && client.sent < client.out.size() / 2) return true;
    client.out.erase(0, client.sent);
    client.sent = 0;
    trim(client.out);
    return true;
  }

  // A buffer that was large once must not stay so: there may be thousands of them.
  static void trim(std::string& buffer) {
    if (buffer.capacity() > kReadChunk && buffer.capacity() / 4 > buffer.size())
      buffer.shrink_to_fit();
  }

  // Requests and replies of all clients together are bounded. One that would exceed the bound goes,
  // and its memory with it; being told why is as much as it can have.
  bool count(Client& client) {
    held_ += client.held();
    held_ -= std::exchange(client.counted, client.held());
    if (held_ <= std::max(options_.memory_limit, kLeastUnderWay)) return true;
    constexpr std::string_view kTooMuch =
        "-ERR too much is on its way to and from this store at once\r\n";
    if (client.backlog() == 0)
      send(client.fd.get(), kTooMuch.data(), kTooMuch.size(), MSG_NOSIGNAL);
    return false;
  }

  void drop(Client& client) {
    held_ -= client.counted;
    const int fd = client.fd.get();
    clients_.erase(fd);  // closes it, which also takes it out of the epoll
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
  std::size_t held_ = 0;  // by all clients
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
  // glibc raises the size from which a block is mapped on its own to what was last freed, up to 32
  // MiB; large values then leave holes in the heap, several times what is stored. With a fixed one,
  // a large block goes back to the kernel when it is freed.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  const auto server = std::make_unique<Server>(options);
  on_listening(server->address());
  server->run(stop_fd);
}

}  // namespace mpb
