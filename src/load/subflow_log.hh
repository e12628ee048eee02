// What became of the subflows of one connection, over time: asked of the kernel at the end of every interval.
//
// A subflow that has gone keeps its last counters: the kernel forgets them when it closes. A plain TCP connection is its own one subflow.
// Not thread-safe: a worker keeps one for each of its sampled connections.
#pragma once

#include <string>
#include <vector>

#include "net/socket.hh"
#include "stats/timeline.hh"

namespace mpb {

// Counters are since the window opened, or since the subflow was first seen in it. Columns are as long as the timeline's.
struct SubflowTrace {
  int connection = 0;         // its number among the load's
  std::string local, remote;  // addresses without ports; empty for the connection as a whole
  std::string congestion_control;
  // Of a subflow: bytes_sent, bytes_retransmitted, bytes_received, srtt_us, cwnd, established (1, or 0 once it has gone). Of an MPTCP
  // connection as a whole: mptcp (0 after a fallback), retransmits, bytes_retransmitted, as far as this kernel tells.
  std::map<std::string, Column> series;

  bool operator==(const SubflowTrace&) const = default;
};

class SubflowLog {
 public:
  SubflowLog(int connection, Transport transport) : connection_(connection), transport_(transport) {}

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
  static void put(Line& line, const std::string& name, std::int64_t value, std::size_t row, bool base);

  int connection_;
  Transport transport_;
  std::vector<Line> lines_;
};

}  // namespace mpb
