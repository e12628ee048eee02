// What became of the subflows of one connection, over time: asked of the kernel at the end of every
// interval.
//
// A subflow that has gone keeps its last counters: the kernel forgets them when it closes. A plain
// TCP connection is its own one subflow. Not thread-safe: a worker keeps one for each of its
// sampled connections.
#pragma once

#include <string>
#include <vector>

#include "net/socket.hh"
#include "stats/timeline.hh"

namespace mpb {

class SubflowLog {
 public:
  SubflowLog(int connection, Transport transport)
      : connection_(connection), transport_(transport) {}

  // At the opening of the window: what counters count from.
  void open(int fd);

  // Row `row` of every column; fd is -1 while the connection is down.
  void sample(int fd, std::size_t row);

  std::vector<SubflowTrace> traces() const;

 private:
  struct Line {
    std::string port;  // the local one: a subflow that comes back is another
    SubflowTrace trace;
    std::map<std::string, std::int64_t> base;
  };

  void look(int fd, std::size_t row, bool base);
  static void put(Line& line, const std::string& name, std::int64_t value, std::size_t row,
                  bool base);

  int connection_;
  Transport transport_;
  std::vector<Line> lines_;
};

}  // namespace mpb
