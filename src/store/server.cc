#include "store/server.hh"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <array>
#include <memory>
#include <unordered_map>

#include "store/commands.hh"
#include "store/parser.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

constexpr std::size_t kReadChunk = 64U << 10U;
constexpr std::size_t kPauseAbove = 1U << 20U;  // replies not yet read by the client: above this it is not read from
constexpr int kEventsAtOnce = 256;

struct Client {
  explicit Client(Fd socket) : fd(std::move(socket)) {}

  Fd fd;
  Session session;
  std::string in;   // the beginning of a command that is not complete yet
  std::string out;  // replies that the kernel would not take yet
  std::size_t sent = 0;
  std::uint32_t interest = EPOLLIN;
  bool closing = false;  // close when `out` is empty

  std::size_t backlog() const { return out.size() - sent; }
};

class Server {
 public:
  explicit Server(const ServerOptions& options)
      : options_(options), commands_(options.memory_limit, options.transport == Transport::kMptcp ? "yes" : "no") {
    address_ = options.address;
    listener_ = listen_on(address_, options.transport);
    epoll_ = Fd{check(epoll_create1(EPOLL_CLOEXEC), "making an epoll")};
    watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
  }

  const Address& address() const { return address_; }

  void run(int stop_fd) {
    watch(stop_fd, EPOLLIN, EPOLL_CTL_ADD);
    std::array<epoll_event, kEventsAtOnce> events;
    while (true) {
      const int count = epoll_wait(epoll_.get(), events.data(), kEventsAtOnce, -1);
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
  void watch(int fd, std::uint32_t interest, int operation) {
    epoll_event event{};
    event.events = interest;
    event.data.fd = fd;
    check(epoll_ctl(epoll_.get(), operation, fd, &event), "watching a socket");
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
      watch(number, EPOLLIN, EPOLL_CTL_ADD);
      auto client = std::make_unique<Client>(std::move(fd));
      client->session.id = ++last_id_;
      clients_.emplace(number, std::move(client));
      commands_.clients = clients_.size();
    }
  }

  // Out of descriptors: without accepting, the listener would stay readable and the loop would spin. Give up the spare, accept, close.
  void shed_one() {
    spare_.reset();
    Fd{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    spare_ = Fd{epoll_create1(EPOLL_CLOEXEC)};
  }

  void handle(Client& client, std::uint32_t events) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0) return drop(client);
    if ((events & EPOLLIN) != 0 && !take_in(client)) return drop(client);
    if ((events & EPOLLOUT) != 0 && !work(client, {})) return drop(client);
    if (client.closing && client.backlog() == 0) return drop(client);
    const std::uint32_t wanted =
        (client.backlog() < kPauseAbove && !client.closing ? EPOLLIN : 0U) | (client.backlog() > 0 ? EPOLLOUT : 0U);
    if (wanted != client.interest) {
      client.interest = wanted;
      watch(client.fd.get(), wanted, EPOLL_CTL_MOD);
    }
  }

  // False when the connection is gone.
  bool take_in(Client& client) {
    const ssize_t n = recv(client.fd.get(), chunk_.data(), chunk_.size(), 0);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    return work(client, {chunk_.data(), static_cast<std::size_t>(n)});
  }

  // Executes and replies for as long as the client takes the replies. It stops either because no whole command is left, or with replies
  // that wait for EPOLLOUT: in between, no event would ever wake it.
  bool work(Client& client, std::string_view fresh) {
    run_commands(client, fresh);
    if (!flush(client)) return false;
    std::size_t left = client.in.size() + 1;
    while (!client.in.empty() && client.backlog() == 0 && client.in.size() < left) {
      left = client.in.size();
      run_commands(client, {});
      if (!flush(client)) return false;
    }
    return true;
  }

  // Executes what is complete of client.in + fresh; keeps the rest in client.in.
  void run_commands(Client& client, std::string_view fresh) {
    const bool joined = !client.in.empty();
    const std::size_t before = client.in.size();
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
    if (client.in.empty() && client.in.capacity() > kReadChunk) client.in = {};
    under_way_ += client.in.size();
    under_way_ -= before;
    if (under_way_ > options_.memory_limit) {
      client.out += "-ERR too much is on its way to this store at once\r\n";
      client.closing = true;
    }
  }

  bool flush(Client& client) {
    while (client.backlog() > 0) {
      const ssize_t n = send(client.fd.get(), client.out.data() + client.sent, client.backlog(), MSG_NOSIGNAL);
      if (n < 0) {
        if (errno == EINTR) continue;
        return errno == EAGAIN;
      }
      client.sent += static_cast<std::size_t>(n);
    }
    client.out.clear();
    client.sent = 0;
    if (client.out.capacity() > kPauseAbove) client.out = {};
    return true;
  }

  void drop(Client& client) {
    under_way_ -= client.in.size();
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
  std::size_t under_way_ = 0;
  std::uint64_t last_id_ = 0;
};

}  // namespace

void serve(const ServerOptions& options, int stop_fd, const std::function<void(const Address&)>& on_listening) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const auto server = std::make_unique<Server>(options);
  on_listening(server->address());
  server->run(stop_fd);
}

}  // namespace mpb
