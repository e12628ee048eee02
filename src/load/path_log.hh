// The bytes that the connections of a worker carry between each pair of addresses in the window, by
// the kernel's counts of TCP connections or MPTCP subflows.
//
// A connection counts at its end too, because the kernel then forgets its counts. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "net/socket.hh"
#include "result/outcome.hh"

namespace mpb {

struct Subflow;

class PathLog {
 public:
  explicit PathLog(Transport transport) : transport_(transport) {}

  void open(int fd);   // at the start of the window
  void leave(int fd);  // before a connection closes in the window
  void close(int fd);  // at the end of the window

  // All pairs of addresses. Call it when all connections are closed.
  std::vector<PathCount> paths() const;

  // The part of these functions that does not read from the kernel.
  void open(const std::vector<Subflow>& subflows);
  void leave(const std::vector<Subflow>& subflows);
  void close(const std::vector<Subflow>& subflows);

 private:
  struct Base {
    std::size_t path = 0;
    std::uint64_t sent = 0, retransmitted = 0, received = 0;
  };

  std::vector<Subflow> subflows_of(int fd) const;
  std::size_t path_of(const Subflow& subflow);

  Transport transport_;
  std::map<std::string, Base> bases_;  // by local and remote address with port
  std::vector<PathCount> paths_;
};

}  // namespace mpb
