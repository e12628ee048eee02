// A connection to a store for questions that do not belong to the load.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "net/socket.hh"
#include "sys/fd.hh"

namespace mpb {

class StoreTalk {
 public:
  // Throws RunFailed if nothing answers there.
  explicit StoreTalk(const Address& address, Transport transport = Transport::kTcp);

  // To a store of ours, inside its namespace and over its loopback interface, so that the links
  // carry none of it.
  StoreTalk(int netns_fd, int port);

  // Returns the text of the reply without the marks of RESP, at most 1 MiB. For an error reply
  // ("LOADING ...") it returns "", and error() has the text. Throws RunFailed if the connection is
  // closed or the store has not answered within ten seconds, Interrupted after a signal.
  std::string ask(std::initializer_list<std::string_view> words);
  const std::string& error() const { return error_; }

  int fd() const { return fd_.get(); }
  Fd release() { return std::move(fd_); }  // the connection, for other protocols

 private:
  Fd fd_;
  std::string error_;
};

// The reply at the start of these bytes, without the marks of RESP: a line, or a bulk string whose
// length is in its first line. Nothing while it is incomplete. For StoreTalk and its tests.
struct StoreReply {
  std::string text;
  bool error = false;
};
std::optional<StoreReply> whole_reply(std::string_view bytes);

// "up" from the line "master_link_status:up" in a reply to INFO; "" without such a line. At most 64
// bytes of the value, escaped by for_terminal(), because a result is UTF-8.
std::string info_field(const std::string& info, const std::string& name);

}  // namespace mpb
