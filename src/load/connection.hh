// One connection to the store: a socket, the requests in flight on it in order, and the reader of
// its replies.
//
// Holds no buffer of its own for what it sends: a request that the kernel took only in part is laid
// out again from where it stopped. Owned by one worker; never moves, because its reader must not.
#pragma once

#include <vector>

#include "load/resp.hh"
#include "net/socket.hh"
#include "sys/fd.hh"

namespace mpb {

class alignas(64) Connection {
 public:
  enum class State : std::uint8_t { kDown, kConnecting, kGreeting, kReady };
  enum class Sent : std::uint8_t { kAll, kBlocked, kFailed };

  // Replies have at most so many bytes: see largest_reply().
  Connection(int pipeline, std::size_t largest)
      : reader(largest), ring_(static_cast<std::size_t>(pipeline)) {}

  // Opens a socket and starts to connect; false when that failed at once, with errno.
  bool open(const Address& address, Transport transport, Nanos now);
  void close();

  int fd() const { return fd_.get(); }
  std::size_t in_flight() const { return count_; }
  bool has_room() const { return count_ < ring_.size(); }
  Request& front() { return ring_[head_]; }
  bool front_is_sent() const { return unsent_ < count_; }

  void push(const Request& request);  // to be sent by the next flush()
  void pop();

  // Sends as much as the kernel takes of what was pushed, in one sendmsg as a rule.
  Sent flush(RequestWriter& writer);

  // Sends a few bytes that fit into any fresh socket, and expects `replies` replies.
  bool send_command(std::string_view bytes, int replies);

  RespReader reader;  // of a reply that comes in parts; whole ones go through the worker's
  State state = State::kDown;
  int awaited = 0;         // replies to commands that are not requests: greeting, PING
  bool armed = false;      // EPOLLOUT is registered
  bool settled = false;    // its subflows are up, or never will be
  bool mid_reply = false;  // the reader holds the beginning of a reply
  bool listed = false;     // in the worker's list of connections with room
  bool is_idle = false;    // in one of its lists of idle connections
  int number = 0;          // among the load's
  Nanos waits_since{0};    // for a request to complete; 0: for none
  Nanos since{0};          // when it was opened
  // Before the run, since it was first opened: when it was ready, and when it had all subflows. 0:
  // it was not.
  Nanos first_opened{0}, ready_after{0}, complete_after{0};
  Nanos pinged{0};      // when a PING was last sent to make its subflows join
  Nanos idle_since{0};  // when there was last nothing in flight any more
  Nanos retry_at{0};    // when down: not before
  Nanos backoff{0};

 private:
  Fd fd_;
  std::vector<Request> ring_;
  std::size_t head_ = 0, count_ = 0, unsent_ = 0;  // unsent: the last ones of the ring's
  std::size_t partly_ = 0;                         // bytes of the first unsent one that have gone
};

}  // namespace mpb
