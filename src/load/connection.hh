// One connection to the store: a socket, its requests in flight in order, and the part that it has
// received of a reply.
//
// It has no buffers: if the kernel accepts only part of a request, the rest is laid out again, and
// of a value that arrives in parts it keeps the number of bytes that are left. Owned by one worker,
// and never moves, because the epoll of the worker has its address.
#pragma once

#include <limits>
#include <vector>

#include "load/resp.hh"
#include "net/socket.hh"
#include "sys/fd.hh"

namespace mpb {

class alignas(64) Connection {
 public:
  enum class State : std::uint8_t { kDown, kConnecting, kGreeting, kReady };
  enum class Sent : std::uint8_t { kAll, kBlocked, kFailed };

  // `most_requests` of a socket; 0: any number.
  explicit Connection(int pipeline, int most_requests = 0)
      : most_requests_(most_requests > 0 ? most_requests
                                         : std::numeric_limits<std::int64_t>::max()),
        ring_(static_cast<std::size_t>(pipeline)) {}

  // Opens a socket and starts to connect. False, with errno set, if that fails at once.
  bool open(const Address& address, Transport transport, Nanos now);
  void close();

  int fd() const { return fd_.get(); }
  std::size_t in_flight() const { return count_; }
  bool has_room() const { return count_ < ring_.size() && left_ > 0; }
  bool is_spent() const { return count_ == 0 && left_ == 0; }  // it has carried all its requests
  Request& front() { return ring_[head_]; }
  bool front_is_sent() const { return unsent_ < count_; }

  void push(const Request& request);  // the next flush() sends it
  void pop();

  // Sends as many of the pushed requests as the kernel accepts, usually with one sendmsg.
  Sent flush(RequestWriter& writer);

  // Sends a few bytes, which fit into any new socket, and expects `replies` replies.
  bool send_command(std::string_view bytes, int replies);

  PartialReply partial;
  State state = State::kDown;
  int awaited = 0;        // replies to commands that are not requests: greeting, PING
  bool blocked = false;   // the kernel refused bytes, and an event will say when it takes more
  bool settled = false;   // its subflows are established, or will never be
  bool listed = false;    // in the worker's list of connections with room
  bool is_idle = false;   // in one of the worker's lists of idle connections
  bool replaces = false;  // a spent one, so opening it does not count as a reconnect
  int number = 0;         // among all connections of the load
  Nanos waits_since{0};   // for a request to complete; 0: waits for none
  Nanos since{0};         // the time of its opening
  // Before the run: the time of the first opening, and from then to readiness and to the last
  // subflow; 0 if it did not get so far.
  Nanos first_opened{0}, ready_after{0}, complete_after{0};
  std::vector<Nanos> joined_after;  // from the first opening to the second subflow, the third, ...
  Nanos pinged{0};                  // the time of the last PING, which makes subflows join
  Nanos idle_since{0};              // the time at which the last request in flight completed
  Nanos retry_at{0};                // while it is down: the time of the next attempt
  Nanos backoff{0};

 private:
  Fd fd_;
  std::int64_t most_requests_;
  std::int64_t left_ = 0;  // requests that the socket may still carry
  std::vector<Request> ring_;
  std::size_t head_ = 0, count_ = 0, unsent_ = 0;  // the last `unsent_` requests are not sent yet
  std::size_t partly_ = 0;                         // bytes of the first of these that are sent
};

}  // namespace mpb
