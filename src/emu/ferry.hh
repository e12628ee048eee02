// Carries packets between the two ends of every link, through the Link of each direction. It owns
// the descriptors of both ends (TUNs, or in tests any descriptor that keeps message boundaries) and
// runs in the thread that calls run().
//
// The arrival of a packet is the time at which it is read, because a TUN provides no better one.
// The packet came, at the earliest, when its descriptor was last known to be empty, or, if it ended
// a sleep, at the end of that sleep. The time that it may have waited since then is recorded as the
// read delay. It does not include the time that this thread waits for a CPU after a sleep, which
// the scheduler counts.
//
// The departure follows from the arrival by the arithmetic of the Link, and the lateness is the
// time from the departure to the write. So lateness never accumulates, and it is recorded for every
// packet. Memory is bounded. An error with a packet is counted and never fatal.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "emu/alarm.hh"
#include "emu/capture.hh"
#include "emu/flow_cap.hh"
#include "emu/link.hh"
#include "emu/packet_pool.hh"
#include "emu/snapshot.hh"
#include "stats/gaps.hh"
#include "stats/histogram.hh"
#include "sys/fd.hh"

namespace mpb {

struct LinkEnds {
  LinkSpec spec;
  Fd client;
  Fd server;
};

// The defaults follow from measurements by tests/bench/link_lateness.cc. Only that program has
// reason to choose other values.
struct FerryTuning {
  Nanos most_spin = 20us;  // wake at most this long before a departure, then poll until it is due
  bool realtime = true;    // request SCHED_FIFO
  std::function<void()> on_set_up = [] {};  // called by run() before the first packet moves
};

class Ferry {
 public:
  Ferry(std::vector<LinkEnds> links, Seed seed, FerryTuning tuning = {});

  // Calls `fn` from run() whenever `fd` is readable or at its end. The caller keeps `fd`.
  void on_readable(int fd, std::function<void()> fn);

  // Moves packets until stop(). Requests SCHED_FIFO for the calling thread.
  void run();

  // Call it from a callback of on_readable().
  void stop() { stopped_ = true; }

  // Shows every packet to the capture, until end_capture(). Call it before run(). The caller keeps
  // the capture.
  void set_capture(Capture* capture) { capture_ = capture; }
  // Completes the capture, which may take as long as the disk needs; nothing if there is none.
  std::optional<CaptureReport> end_capture();

  // Changes a link from now on; false if there is no link with this name.
  bool set(const LinkSpec& spec);

  // Lets the traces of all links start at a time on the clock of now().
  void start_traces(Nanos at);

  // Call them from the thread of run(), or after run() has returned.
  Snapshot snapshot();
  void reset_lateness();

 private:
  struct Held {
    Nanos due{};
    std::byte* slot = nullptr;
    std::uint32_t length = 0;
  };
  // One direction of one link.
  struct Lane {
    int in;
    int out;
    FlowCap cap;
    Link link;
    Ring<Held> held;
    Alarm alarm;
    Nanos rings_at = Nanos::max();  // the time of the alarm, until it rings
    Nanos empty_at{};               // the last time at which `in` was known to be empty
    std::uint64_t delivered = 0;
    std::uint64_t delivered_bytes = 0;
    std::uint64_t write_errors = 0;
    std::uint64_t overflowed = 0;
  };

  void watch(int fd, std::size_t index, std::uint32_t events);
  void wait();
  void handle(const epoll_event& event, Nanos at, bool woke);
  void set_alarm(std::size_t index, Nanos at);
  void learn_margin(Nanos late);
  void rest(Nanos at);
  void take_in(Lane& lane);
  bool accept(Lane& lane, Nanos arrival, std::byte* slot, std::uint32_t length);
  bool enter_link(Lane& lane, const FlowCap::Packet& packet);
  void release(Lane& lane, Nanos at);
  void send_due();
  Nanos next_release() const;
  std::size_t next_lane() const;
  void is_next(Lane& lane, Nanos at);
  void send_front(Lane& lane, Nanos at);
  std::size_t number_of(const Lane& lane) const {
    return static_cast<std::size_t>(&lane - lanes_.data());
  }
  DirectionSnapshot snapshot_of(Lane& lane, Nanos at);

  const FerryTuning tuning_;
  std::vector<LinkEnds> ends_;
  std::vector<Lane> lanes_;  // two for each link: up, down
  std::vector<Nanos> due_;   // by lane: the departure of its first packet, or Nanos::max()
  std::vector<std::function<void()>> callbacks_;
  std::vector<bool> readable_;  // by lane, from the last wait()
  std::size_t first_ = 0;       // the lane that is served first in this turn
  Fd epoll_;
  Alarm tick_;
  Nanos tick_at_{};
  Alarm release_;
  PacketPool pool_;
  Capture* capture_ = nullptr;
  Histogram lateness_;
  Histogram read_delay_;  // upper bounds
  bool sched_fifo_ = false;
  bool stopped_ = false;
  Nanos margin_{};  // the lateness of this machine's wake-ups (80th percentile)
  Nanos window_start_{};
  Nanos rested_{};
  Nanos seen_{};  // the end of the last wait
  Gaps gaps_;     // between the ends of two waits, since the last reset
};

}  // namespace mpb
