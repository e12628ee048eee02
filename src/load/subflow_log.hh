// The subflows of one connection over time, as the kernel shows them at the end of every interval.
//
// A subflow that has ended keeps its last counters, because the kernel forgets them. A plain TCP
// connection counts as one subflow. Not thread-safe: a worker keeps one log for each of its sampled
// connections.
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

  // Call at the start of the window; counters count from here.
  void open(int fd);

  // Reads row `row` of every column. `fd` is -1 while the connection is down.
  void sample(int fd, std::size_t row);

  std::vector<SubflowTrace> traces() const;

 private:
  struct Line {
    std::string port;  // the local one: a subflow that is opened again is a new line
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
