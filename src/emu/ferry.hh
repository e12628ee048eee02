// Carries packets between the two ends of every link, through the Link of each direction. It owns
// the descriptors of both ends (TUNs, or in tests any descriptor that keeps message boundaries) and
// runs in the one thread that calls run().
//
// A packet's arrival is the moment at which it is read, for a TUN says nothing better. It came at
// the earliest when its end was last known to be empty, or when a sleep ended that it ended: how
// long it may have waited since is recorded. What the sleeper then waits for its CPU is not in it;
// the scheduler counts that. Its
// departure follows from that by the Link's arithmetic, and lateness is what is left between the
// departure and the write. So lateness never accumulates, and it is recorded for every packet.
// Memory is bounded. Nothing that happens to a packet is fatal: it is counted.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

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

// Set by measurement (tests/bench/link_lateness.cc); only that program has reason to choose
// otherwise.
struct FerryTuning {
  Nanos most_spin = 20us;  // wake at most this much before a departure and poll until it is due
  bool realtime = true;    // ask for SCHED_FIFO
  std::function<void()> on_set_up = [] {};  // from run(), before the first packet moves
};

class Ferry {
 public:
  Ferry(std::vector<LinkEnds> links, Seed seed, FerryTuning tuning = {});

  // Calls fn from run() whenever fd is readable or at its end; fd stays the caller's.
  void on_readable(int fd, std::function<void()> fn);

  // Moves packets until stop(). Asks for SCHED_FIFO and a timer slack of 1 ns for the calling
  // thread.
  void run();

  // From a callback of on_readable().
  void stop() { stopped_ = true; }

  // Changes one link from now on; false when there is none of that name.
  bool set(const LinkSpec& spec);

  // From the thread of run(), or after it returned.
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
    Link link;
    Ring<Held> held;
    Nanos empty_at{};  // the last time that nothing was known to wait for us in `in`
    std::uint64_t delivered = 0;
    std::uint64_t delivered_bytes = 0;
    std::uint64_t write_errors = 0;
    std::uint64_t overflowed = 0;
  };

  void watch(int fd, std::size_t index);
  void wait();
  void learn_margin(Nanos late);
  void rest();
  void take_in(Lane& lane);
  void send_due();
  Lane* next_lane();
  void send_front(Lane& lane, Nanos at);
  static DirectionSnapshot snapshot_of(Lane& lane, Nanos at);

  const FerryTuning tuning_;
  std::vector<LinkEnds> ends_;
  std::vector<Lane> lanes_;  // two a link, up then down
  std::vector<std::function<void()>> callbacks_;
  std::vector<bool> readable_;  // by lane, from the last wait()
  Fd epoll_;
  PacketPool pool_;
  Histogram lateness_;
  Histogram read_delay_;  // at most so long had each packet waited to be read
  bool sched_fifo_ = false;
  bool stopped_ = false;
  Nanos margin_{};  // how late this machine wakes a sleeper, four times out of five
  Nanos window_start_{};
  Nanos rested_{};
  Nanos seen_{};  // when the last wait ended
  Gaps gaps_;     // between the ends of two waits, since the last reset
};

}  // namespace mpb
