// What happened over time, as columns: one row an interval of the measured window.
//
// Pure arithmetic: reads no clock. Not thread-safe: each worker fills its own RequestBins, and
// whoever joins the threads merges them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sys/clock.hh"

namespace mpb {

// A value is absent where there was nothing to tell: no latency in an interval without a reply.
using Column = std::vector<std::optional<std::int64_t>>;

struct Timeline {
  Nanos interval{0};  // 0: none was taken
  std::vector<Nanos>
      t;  // the end of each interval, since the window opened; the last may be shorter
  std::map<std::string, Column> series;  // each as long as t

  bool operator==(const Timeline&) const = default;
};

// What became of one subflow. Counters are since the window opened, or since the subflow was first
// seen in it. Columns are as long as the timeline's.
struct SubflowTrace {
  int connection = 0;         // its number among the load's
  std::string local, remote;  // addresses without ports; empty for the connection as a whole
  std::string congestion_control;
  std::string link;            // whose it is, where the links are ours
  std::optional<bool> backup;  // an MPTCP subflow's flag, there
  // Of a subflow: bytes_sent, bytes_retransmitted, bytes_received, srtt_us, cwnd, established (1,
  // or 0 once it has gone). Of an MPTCP connection as a whole: mptcp (0 after a fallback),
  // retransmits, bytes_retransmitted, as far as this kernel tells.
  std::map<std::string, Column> series;

  bool operator==(const SubflowTrace&) const = default;
};

// The ends of the intervals that a window is cut into.
std::vector<Nanos> interval_ends(Nanos interval, Nanos window);

// The requests of each interval: how many, how many were lost, and their latencies in buckets of
// 1/32 of the value (a quantile is within 1.6 %): a hundredth of a Histogram's size, because there
// is one for every tenth of a second.
class RequestBins {
 public:
  RequestBins() = default;
  RequestBins(Nanos interval, Nanos window);

  // When the current interval ends; Nanos::max() when there is none.
  Nanos end() const { return current_ < ends_.size() ? ends_[current_] : Nanos::max(); }
  // Closes it and begins the next.
  void roll();

  void completed(Nanos latency);
  void failed(std::uint64_t requests);

  void merge(const RequestBins& other);  // of the same window

  // requests, errors, latency_p50_ns, latency_p99_ns and latency_max_ns, with their intervals.
  Timeline timeline(Nanos interval) const;

 private:
  struct Bin {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    Nanos longest{0};
    std::vector<std::pair<std::uint32_t, std::uint32_t>> buckets;  // index and count, ascending
  };

  std::vector<Nanos> ends_;
  std::vector<Bin> bins_;
  std::size_t current_ = 0;
  std::vector<std::uint32_t> counts_;  // of the current bin
};

}  // namespace mpb
