// A store under the control of a test. It listens on loopback, parses requests, and hands each to a
// handler that answers, stalls or breaks.
//
// A thread a connection and blocking calls: simple enough to be trusted when the load and the fake
// disagree. PING is answered here.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "load/keyspace.hh"
#include "net/socket.hh"

namespace mpb {

using Words = std::vector<std::string>;

class Peer {
 public:
  Peer(int fd, int its_number) : number(its_number), fd_(fd) {}

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void close() { shutdown(fd_, SHUT_RDWR); }
  void reset() {
    const linger at_once{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    done = true;
  }

  const int number;  // of the connection, in the order of their coming
  int requests = 0;  // PINGs not counted
  bool done = false;

 private:
  int fd_;
};

class FakeStore {
 public:
  using Handler = std::function<void(Peer&, const Words&)>;

  explicit FakeStore(Handler handler, Transport transport = Transport::kTcp)
      : handler_(std::move(handler)) {
    address = Address::resolve("127.0.0.1", 0);
    listener_ = listen_on(address, transport);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~FakeStore() {
    stop_ = true;
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& peer : peers_) peer.join();
  }

  // The reply to a GET of that key when it holds `size` bytes.
  std::string value_reply(std::uint64_t key, std::size_t size) const {
    std::string reply = "$" + std::to_string(size) + "\r\n";
    iovec pieces[64];
    std::size_t described = 0;
    const int n = block.slices(key, 0, size, pieces, 64, described);
    for (int i = 0; i < n; ++i)
      reply.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    return reply + "\r\n";
  }

  static std::uint64_t key_of(const Words& words) {
    return std::stoull(words.at(1).substr(words.at(1).size() - kKeyDigits));
  }

  Address address;
  ValueBlock block;
  std::atomic<int> requests = 0;  // PINGs not counted
  std::atomic<int> accepted = 0;  // connections

 private:
  void accept_all() {
    while (!stop_) {
      pollfd waiting{listener_.get(), POLLIN, 0};
      poll(&waiting, 1, 1000);
      Fd fd{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      if (!fd) continue;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd.get());
      peers_.emplace_back([this, its_number = accepted++, owned = std::move(fd)]() mutable {
        serve(std::move(owned), its_number);
      });
    }
  }

  void serve(Fd fd, int number) {
    Peer peer(fd.get(), number);
    std::string input;
    char buffer[65536];
    while (!peer.done) {
      const ssize_t n = recv(fd.get(), buffer, sizeof buffer, 0);
      if (n <= 0) break;
      input.append(buffer, static_cast<std::size_t>(n));
      for (Words words; !peer.done && take(input, words);) {
        if (words[0] == "PING") {
          peer.send("+PONG\r\n");
          continue;
        }
        ++peer.requests;
        ++requests;
        handler_(peer, words);
      }
    }
    const std::lock_guard lock(mutex_);
    open_.remove(fd.get());
    fd.reset();
  }

  // Takes one complete request off the front.
  static bool take(std::string& input, Words& words) {
    words.clear();
    std::size_t at = 0;
    const auto number = [&](char mark, std::size_t& value) {
      const std::size_t end = input.find("\r\n", at);
      if (end == std::string::npos || input[at] != mark) return false;
      value = std::stoull(input.substr(at + 1, end - at - 1));
      at = end + 2;
      return true;
    };
    std::size_t count = 0;
    if (!number('*', count)) return false;
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t length = 0;
      if (!number('$', length) || input.size() < at + length + 2) return false;
      words.push_back(input.substr(at, length));
      at += length + 2;
    }
    input.erase(0, at);
    return true;
  }

  Handler handler_;
  Fd listener_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::list<int> open_;
  std::list<std::thread> peers_;
  std::thread thread_;
};

}  // namespace mpb
