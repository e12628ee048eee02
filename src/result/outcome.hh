// The measurements of one run of the load generator: counts, latencies and proofs, of the measured
// window only.
//
// Every worker has its own Outcome; merge() adds them after the join. The load generator sends it
// to the orchestrator as its last event, and it becomes part of the Run.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "stats/histogram.hh"
#include "stats/timeline.hh"

namespace mpb {

// The way in which a request was lost. Requests in flight on a connection that broke are counted
// under the reason for which it broke.
enum class Loss {
  kConnect,
  kReset,
  kClosed,
  kTimeout,
  kErrorReply,
  kShortReply,
  kProtocol,
  kCorrupt
};
constexpr std::size_t kLosses = 8;
std::string_view to_text(Loss loss);  // "connect", "reset", "closed", "timeout", "error_reply",
                                      // "short_reply", "protocol", "corrupt"

// The number of slices of equal length in a window, which show whether it was steady.
constexpr std::size_t kSlices = 10;

using Losses = std::array<std::uint64_t, kLosses>;  // counts by Loss

// The traffic of one link, as Ethernet frames (IP packet + 14 bytes).
struct LinkTraffic {
  std::string name;
  std::int64_t client_tx_bytes = 0;
  std::int64_t client_rx_bytes = 0;
  std::int64_t lost_packets = 0;  // by the random loss of the link, both ways
  // By a full queue, both ways; absent if the backend does not count them.
  std::optional<std::int64_t> dropped_packets;
  // By the link's cap per flow, both ways; absent without one.
  std::optional<std::int64_t> flow_dropped_packets{};
  // The full frames that the trace of a direction would have carried; absent without a trace.
  std::optional<std::int64_t> up_capacity_bytes{}, down_capacity_bytes{};

  bool follows_trace() const { return up_capacity_bytes || down_capacity_bytes; }
  bool operator==(const LinkTraffic&) const = default;
};

// How promptly one of our threads, or the store, ran during the window. Values that were not
// measured are absent.
struct Attendance {
  // The longest time between two turns of a thread's loop, which waits for events for 5 ms at most,
  // or between a PING to the store and its answer.
  std::optional<Nanos> longest_gap;
  // The time in which it was ready to run and waited for a CPU, and the number of times that it got
  // one. For the store, those of its busiest thread.
  std::optional<Nanos> waited;
  std::optional<std::uint64_t> turns;
  // Of the gaps, those above 10 ms together (stats/gaps).
  std::optional<Nanos> gaps;

  bool operator==(const Attendance&) const = default;
};

// The state of every connection at one time, read from the kernel. All 0 for a TCP run.
struct MptcpProof {
  int connections = 0;
  int fallbacks = 0;
  int subflows_min = 0, subflows_max = 0;
  int complete = 0;  // connections with as many subflows as expected

  void add(bool fallback, int subflows, int expected);
  void merge(const MptcpProof& other);
  bool operator==(const MptcpProof&) const = default;
};

// The connections that ended in the window because they had carried their number of requests, each
// as the kernel showed it just before its end. `complete` and `fallbacks` are 0 for TCP.
struct EndedConnections {
  std::uint64_t connections = 0;
  std::uint64_t fallbacks = 0;
  std::uint64_t complete = 0;  // with as many subflows as expected

  bool operator==(const EndedConnections&) const = default;
};

// A part of the window between two marks, at which the links change. Without marks, the window is
// one segment.
struct Segment {
  Nanos from{0}, to{0};  // since the start of the window
  std::uint64_t requests = 0;
  std::uint64_t lost = 0;
  // The longest time that any connection waited without completing one of its requests. A wait that
  // lasts into the next segment belongs to that one, otherwise to the segment in which it began. So
  // the effect of an event is counted at that event.
  Nanos longest_stall{0};
  // The time from the start of the segment to the first completion of a request that was sent in
  // it, on any connection; absent if there was none.
  std::optional<Nanos> first_success;

  // The orchestrator adds the rest, which the load generator does not know.
  std::string event;  // the event at its start, in plain words: "link1 down"; empty for the first
  std::string link;   // the link of the event, if it has one
  std::string state;  // the new state of the link, if it changed: "down", "unplugged", "up"
  Nanos late{0};      // the time from `from` to the execution of the event
  std::vector<LinkTraffic> links;

  double throughput_rps() const;
  bool operator==(const Segment&) const = default;
};

// The TCP connections or MPTCP subflows between two addresses, in the window. The bytes are those
// of TCP, by the kernel's counts: `bytes_sent` includes what was sent again.
struct PathCount {
  std::string local, remote;  // addresses without ports: "10.0.1.1", "[::1]"
  std::string device;         // the orchestrator adds it; empty if it is not known
  int subflows_start = 0;     // established ones, at the edges of the window
  int subflows_end = 0;
  // Those that closed in the window although their connection went on. The kernel forgets their
  // counts, so the bytes that they carried since the start of the window are missing.
  int subflows_gone = 0;
  std::int64_t bytes_sent = 0;
  std::int64_t bytes_retransmitted = 0;
  std::int64_t bytes_received = 0;
  std::string host;  // with several load hosts: the one from which it leads

  bool operator==(const PathCount&) const = default;
};

// The requests of one command in the whole load, with its warm-up and its end.
struct CallCount {
  std::int64_t sent = 0;  // handed to a connection, so that the store may have received them
  std::int64_t answered = 0;

  bool operator==(const CallCount&) const = default;
};

struct Outcome {
  std::uint64_t requests = 0;  // completed in the window, including misses
  Losses errors{};
  std::uint64_t censored = 0;  // neither completed nor lost at the end of the window
  std::uint64_t unsent = 0;    // the censored requests that an open loop never sent
  std::uint64_t misses = 0;    // GETs of a key that did not exist
  std::uint64_t verified = 0;  // values compared byte by byte
  std::uint64_t reconnects = 0;
  std::optional<EndedConnections> ended_connections;  // absent if connections last
  std::uint64_t payload_bytes = 0;                    // of the values read and written
  // Open loop: the requests that were sent on a connection that had been idle for longer than its
  // retransmission timeout.
  std::optional<std::uint64_t> after_idle;
  // Open loop: the smallest backlog in each quarter of the window. The backlog is the number of
  // requests that are due and not answered yet, sent or not.
  std::vector<std::uint64_t> backlog;
  // Requests completed in each tenth of the window, with or without a timeline.
  std::vector<std::uint64_t> slices;
  // Open loop: the median response in each tenth; empty if a tenth had no request.
  std::vector<Nanos> slice_p50;
  Nanos duration{0};                   // of the window
  std::optional<Nanos> longest_stall;  // the longest one of all segments
  // The longest wait, so far, of those that had not ended at the end of the window.
  std::optional<Nanos> unfinished_stall;
  Nanos time_to_ready{0};  // from the first connect to the readiness of the last connection
  // Before the run, for each connection: the time from its first attempt to connect until the store
  // answered, and, if several subflows are expected, until it had all of them (to about a
  // millisecond). A connection that never had all is counted in the first only.
  Histogram ready_after, complete_after;
  // The same until each connection had its second subflow, its third, and so on; empty if at most
  // two are expected.
  std::vector<Histogram> joined_after;
  bool interrupted = false;
  Histogram first_byte;  // send to the first byte of the reply
  Histogram last_byte;   // send to the last byte
  Histogram response;    // open loop: intended send to the last byte
  Histogram send_delay;  // open loop: intended send to send
  MptcpProof mptcp_start, mptcp_end;
  std::set<std::string> congestion_control;  // of every connection, read back
  std::vector<double> cpu_pct;               // of each thread, in the window
  std::vector<Attendance> threads;
  std::vector<Segment> segments;
  Timeline timeline;                   // of the requests of all threads
  std::vector<SubflowTrace> subflows;  // of some connections, or of all if there are few
  // Of all connections, and of all requests ("get", "set"); empty unless asked for.
  std::vector<PathCount> paths;
  std::map<std::string, CallCount> calls;

  std::uint64_t& error(Loss loss) { return errors[static_cast<std::size_t>(loss)]; }
  std::uint64_t error(Loss loss) const { return errors[static_cast<std::size_t>(loss)]; }
  double throughput_rps() const;
  double goodput_bps() const;

  std::uint64_t lost() const;        // the sum of all kinds
  void merge(const Outcome& other);  // keeps the longer of two durations or times
  bool operator==(const Outcome&) const = default;
};

// One line of JSON, with lossless histograms.
std::string to_json(const Outcome& outcome);

}  // namespace mpb
