// A connection to a store of ours for questions beside the load: made inside the store's own namespace, over its loopback, so that nothing
// of it crosses the links.
#pragma once

#include <string>

#include "sys/fd.hh"

namespace mpb {

class StoreTalk {
 public:
  // Throws RunFailed when nobody answers there.
  StoreTalk(int netns_fd, int port);

  // Words without spaces in them, "INFO replication"; the reply's text, without its RESP dress. An error reply ("LOADING ...") gives "" and
  // is then in error(). Throws RunFailed when the store is gone or says nothing for ten seconds.
  std::string ask(const std::string& command);
  const std::string& error() const { return error_; }

 private:
  Fd fd_;
  std::string error_;
};

// "up" of the line "master_link_status:up" in what INFO says; "" when there is no such line.
std::string info_field(const std::string& info, const std::string& name);

}  // namespace mpb
