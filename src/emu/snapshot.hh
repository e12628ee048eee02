// The counters of an emulator, as plain data. The orchestrator reads them before and after a run,
// and judges the run by the difference. All bytes are those of Ethernet frames (IP packet + 14).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sys/clock.hh"

namespace mpb {

// Every packet is counted in exactly one of the counters of adds_up().
struct DirectionSnapshot {
  std::uint64_t packets = 0;  // read from the near TUN
  std::uint64_t bytes = 0;
  std::uint64_t lost = 0;
  std::uint64_t tail_dropped = 0;
  std::uint64_t blackholed = 0;    // while the direction was a blackhole
  std::uint64_t flow_dropped = 0;  // by the cap per flow
  std::uint64_t in_flight = 0;
  std::uint64_t delivered = 0;  // written to the far TUN
  std::uint64_t delivered_bytes = 0;
  // Refused by the far TUN, because its interface is down or its namespace has disappeared.
  std::uint64_t write_errors = 0;
  // Lost because the emulator had no memory; one such packet makes a run invalid.
  std::uint64_t overflowed = 0;
  std::int64_t queue_packets = 0;  // waiting for the cap or the line, or on it, at this time
  std::int64_t queue_bytes = 0;
  std::uint64_t flow_waiting = 0;  // of those in flight, for the cap per flow
  bool adds_up() const {
    return packets == lost + tail_dropped + blackholed + flow_dropped + in_flight + delivered +
                          write_errors + overflowed;
  }
  bool operator==(const DirectionSnapshot&) const = default;

  // Calls visit("packets", snapshot.packets) and so on for every field, to write or read it.
  template <class Snapshot, class Visit>
  static void each_field(Snapshot& snapshot, Visit visit) {
    visit("packets", snapshot.packets);
    visit("bytes", snapshot.bytes);
    visit("lost", snapshot.lost);
    visit("tail_dropped", snapshot.tail_dropped);
    visit("blackholed", snapshot.blackholed);
    visit("flow_dropped", snapshot.flow_dropped);
    visit("in_flight", snapshot.in_flight);
    visit("delivered", snapshot.delivered);
    visit("delivered_bytes", snapshot.delivered_bytes);
    visit("write_errors", snapshot.write_errors);
    visit("overflowed", snapshot.overflowed);
    visit("queue_packets", snapshot.queue_packets);
    visit("queue_bytes", snapshot.queue_bytes);
    visit("flow_waiting", snapshot.flow_waiting);
  }
};

struct LinkSnapshot {
  std::string name;
  DirectionSnapshot up;
  DirectionSnapshot down;
  std::uint64_t client_tx_bytes() const { return up.bytes; }
  std::uint64_t client_rx_bytes() const { return down.delivered_bytes; }
  bool operator==(const LinkSnapshot&) const = default;
};

// The time from the computed departure to the write, since the start or the last reset.
struct LatenessSnapshot {
  std::uint64_t count = 0;
  Nanos p50{};
  Nanos p99{};
  Nanos max{};
  bool operator==(const LatenessSnapshot&) const = default;
};

struct Snapshot {
  Nanos at{};   // on CLOCK_MONOTONIC
  Nanos cpu{};  // CPU time of the ferry's thread
  bool sched_fifo = false;
  Nanos longest_gap{};  // between two turns of its loop, since the start or the last reset
  Nanos gaps{};         // of those above 10 ms together (stats/gaps)
  LatenessSnapshot lateness;
  LatenessSnapshot read_delay;  // the longest time that a packet may have waited to be read
  std::vector<LinkSnapshot> links;
  bool operator==(const Snapshot&) const = default;
};

}  // namespace mpb
