// A connection to a store for questions beside the load.
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
  // Over TCP; throws RunFailed when nobody answers there.
  explicit StoreTalk(const Address& address);

  // To a store of ours, inside its own namespace over its loopback, so that nothing of it crosses
  // the links.
  StoreTalk(int netns_fd, int port);

  // The reply's text, without its RESP dress, 1 MiB of it at most. An error reply ("LOADING ...")
  // gives "" and is then in error(). Throws RunFailed when the store is gone or has not answered
  // within ten seconds, Interrupted by a signal.
  std::string ask(std::initializer_list<std::string_view> words);
  const std::string& error() const { return error_; }

  Fd release() { return std::move(fd_); }  // the connection, for other ways to talk

 private:
  Fd fd_;
  std::string error_;
};

// The reply that these bytes begin with, without the marks of RESP: a line, or a bulk string of the
// length that its first line gives. Nothing while it is not whole. For StoreTalk and its tests.
struct StoreReply {
  std::string text;
  bool error = false;
};
std::optional<StoreReply> whole_reply(std::string_view bytes);

// "up" of the line "master_link_status:up" in what INFO says; "" when there is no such line. Of
// its value at most 64 bytes, as for_terminal() shows them: a result, which is UTF-8, can hold
// them.
std::string info_field(const std::string& info, const std::string& name);

}  // namespace mpb
