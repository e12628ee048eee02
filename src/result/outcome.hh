// What one run of the load saw: counts, latencies and proofs, of the measured window only.
//
// Every worker fills its own; merge() adds them after the join. It crosses from the load to the
// orchestrator as the last event line, and becomes part of the Run.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "stats/histogram.hh"
#include "stats/timeline.hh"

namespace mpb {

// How a request was lost. Requests in flight on a connection that broke are counted under what
// broke it.
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

// Into how many slices of equal length a window is cut, to see whether it was steady.
constexpr std::size_t kSlices = 10;

using Losses = std::array<std::uint64_t, kLosses>;  // how many of each, by Loss

// What one link carried, as frames of Ethernet's length (an IP packet + 14 bytes).
struct LinkTraffic {
  std::string name;
  std::int64_t client_tx_bytes = 0;
  std::int64_t client_rx_bytes = 0;
  std::int64_t lost_packets = 0;  // by the link's random loss, both ways
  // By a full queue, both ways; absent where a backend cannot tell.
  std::optional<std::int64_t> dropped_packets;

  bool operator==(const LinkTraffic&) const = default;
};

// How one of our threads, or the store, got to work during the window. What was not measured is
// absent.
struct Attendance {
  // Between two turns of a thread's loop, which waits for events 5 ms at most, or between a PING
  // to the store and the answer.
  std::optional<Nanos> longest_gap;
  // Ready to run, in the scheduler's queue for a CPU, and how often it got one. Of the store, its
  // busiest thread.
  std::optional<Nanos> waited;
  std::optional<std::uint64_t> turns;
  // Of the gaps, those above 10 ms together (stats/gaps).
  std::optional<Nanos> gaps;

  bool operator==(const Attendance&) const = default;
};

// Asked of every connection at one moment. All 0 for a TCP run.
struct MptcpProof {
  int connections = 0;
  int fallbacks = 0;
  int subflows_min = 0, subflows_max = 0;
  int complete = 0;  // connections with as many subflows as expected

  void add(bool fallback, int subflows, int expected);
  void merge(const MptcpProof& other);
  bool operator==(const MptcpProof&) const = default;
};

// The window is cut at the marks, where the links change; without any it is one segment.
struct Segment {
  Nanos from{0}, to{0};  // since the window opened
  std::uint64_t requests = 0;
  std::uint64_t lost = 0;
  // The longest time that any connection waited with no request of its own completed. A wait
  // belongs to the segment whose beginning it outlasts first, or else to the one in which it began:
  // what an event brings about is counted at that event.
  Nanos longest_stall{0};
  // From the segment's beginning to the first completion of a request sent in it, whichever
  // connection's; absent when there was none.
  std::optional<Nanos> first_success;

  // What the load does not know, and the orchestrator adds.
  std::string event;  // what began it, in plain words: "link1 down"; empty for the first
  std::string link;   // the one that the event is about, when it is about one
  std::string state;  // what it became, when it changed its state: "down", "unplugged", "up"
  Nanos late{0};      // how much later than `from` the event had happened
  std::vector<LinkTraffic> links;

  double throughput_rps() const;
  bool operator==(const Segment&) const = default;
};

struct Outcome {
  std::uint64_t requests = 0;  // completed inside the window, misses included
  Losses errors{};
  std::uint64_t censored = 0;  // neither completed nor lost when the window closed
  std::uint64_t unsent = 0;    // those of the censored that an open loop never got to send
  std::uint64_t misses = 0;    // GETs of a key that was not there
  std::uint64_t verified = 0;  // values compared byte by byte
  std::uint64_t reconnects = 0;
  std::uint64_t payload_bytes = 0;  // of the values read and written
  // Open loop: of the requests, those sent on a connection that had been idle for longer than its
  // retransmission time-out.
  std::optional<std::uint64_t> after_idle;
  // Open loop: requests that were due and not answered yet, waiting to be sent or sent, at the best
  // moment of each quarter of the window.
  std::vector<std::uint64_t> backlog;
  // Requests completed in each tenth of the window, whether or not there is a timeline.
  std::vector<std::uint64_t> slices;
  Nanos duration{0};                   // of the window
  std::optional<Nanos> longest_stall;  // Segment's, of the whole window
  // Of the waits that still went on when the window closed, the longest, up to then.
  std::optional<Nanos> unfinished_stall;
  Nanos time_to_ready{0};  // from the first connect to the last connection's readiness
  // Before the run, of each connection, from its first attempt to connect until the store answered
  // and, where there are to be several, until it had all its subflows (to about a millisecond). A
  // connection that never had them is counted in the first alone.
  Histogram ready_after, complete_after;
  bool interrupted = false;
  Histogram first_byte;  // send to the first byte of the reply
  Histogram last_byte;   // send to the last
  Histogram response;    // open loop: intended send to the last byte
  Histogram send_delay;  // open loop: intended send to send
  MptcpProof mptcp_start, mptcp_end;
  std::set<std::string> congestion_control;  // of every connection, read back
  std::vector<double> cpu_pct;               // of each thread, of the window
  std::vector<Attendance> threads;
  std::vector<Segment> segments;
  Timeline timeline;                   // of the requests, from all threads
  std::vector<SubflowTrace> subflows;  // of some connections, or of all when there are few

  std::uint64_t& error(Loss loss) { return errors[static_cast<std::size_t>(loss)]; }
  std::uint64_t error(Loss loss) const { return errors[static_cast<std::size_t>(loss)]; }
  double throughput_rps() const;
  double goodput_bps() const;

  std::uint64_t lost() const;        // of every kind
  void merge(const Outcome& other);  // durations and times: the longer one
  bool operator==(const Outcome&) const = default;
};

// One line of JSON, histograms lossless.
std::string to_json(const Outcome& outcome);

}  // namespace mpb
