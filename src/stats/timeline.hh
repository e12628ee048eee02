// The course of a run, as columns with one row for each interval of the measured window.
//
// Pure arithmetic, without a clock. Not thread-safe: each worker fills its own RequestBins, and
// their rows are merged after the threads are joined.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sys/clock.hh"

namespace mpb {

// A value is absent if it does not exist, such as a latency in an interval without a reply.
using Column = std::vector<std::optional<std::int64_t>>;

struct Timeline {
  Nanos interval{0};  // 0: there is no timeline
  // The end of each interval, since the start of the window. The last interval may be shorter.
  std::vector<Nanos> t;
  std::map<std::string, Column> series;  // each as long as t

  bool operator==(const Timeline&) const = default;
};

// The course of one subflow. Counters begin at the start of the window, or when the subflow was
// first seen in it. Columns are as long as those of the timeline.
struct SubflowTrace {
  int connection = 0;         // its number among the connections of the load
  std::string local, remote;  // addresses without ports; empty for the connection as a whole
  std::string congestion_control;
  std::string link;            // the link that it uses, if the links are ours
  std::optional<bool> backup;  // the flag of an MPTCP subflow, if the links are ours
  // For a subflow: bytes_sent, bytes_retransmitted, bytes_received, srtt_us, cwnd, established (1,
  // or 0 after its end). For an MPTCP connection as a whole: mptcp (0 after a fallback),
  // retransmits and bytes_retransmitted, if the kernel counts them.
  std::map<std::string, Column> series;

  bool operator==(const SubflowTrace&) const = default;
};

// The ends of the intervals of a window.
std::vector<Nanos> interval_ends(Nanos interval, Nanos window);

// The requests of each interval: their number, the number of lost ones, and their latencies in
// buckets of 1/32 of the value (a quantile is within 1.6 %). An interval needs a hundredth of the
// memory of a Histogram, because there are ten in a second.
struct RequestRows {
  struct Row {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    Nanos longest{0};
    std::vector<std::uint32_t> buckets;  // that are not empty, ascending
    std::vector<std::uint32_t> counts;   // in each of them

    bool operator==(const Row&) const = default;
  };

  std::vector<Nanos> ends;  // of the intervals, since the start of the window
  std::vector<Row> rows;    // as many

  // Whether RequestBins can have made it: a row for each end, without more latencies than requests.
  bool adds_up() const;

  void merge(const RequestRows& other);  // has to belong to the same window

  // requests, errors, latency_p50_ns, latency_p99_ns and latency_max_ns, with their intervals.
  Timeline timeline(Nanos interval) const;

  bool operator==(const RequestRows&) const = default;
};

// Counts requests while a window is open.
class RequestBins {
 public:
  RequestBins() = default;
  RequestBins(Nanos interval, Nanos window);

  // The end of the present interval; Nanos::max() after the last one.
  Nanos end() const { return current_ < rows_.ends.size() ? rows_.ends[current_] : Nanos::max(); }
  // Closes the present interval and begins the next one.
  void roll();

  void completed(Nanos latency);
  void failed(std::uint64_t requests);

  const RequestRows& rows() const { return rows_; }

 private:
  RequestRows rows_;
  std::size_t current_ = 0;
  std::vector<std::uint32_t> counts_;  // of the present row
};

}  // namespace mpb
