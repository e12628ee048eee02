// One direction of one link: rate, delay, jitter, loss and a bounded queue, as pure arithmetic.
//
// The fate of a packet is decided when it arrives. It follows from the arrival time and the state
// of the link alone, not from the time of the call: a late caller delays a packet, but cannot
// distort the packets behind it. Frames are Ethernet frames (IP packet + 14 bytes, which the ferry
// adds). Packets leave in the order of their arrival. If the link has a rate, their distance is at
// least their own time on the line, whatever the jitter. Time is an argument and never runs
// backwards (an earlier `now` counts as the latest one); no code here reads a clock or a file
// descriptor. It allocates at construction and in set(), later only if more than 65536 packets
// wait, or if the queue has no limit. Not thread-safe; one ferry owns each link.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "emu/model.hh"
#include "emu/ring.hh"
#include "emu/trace_line.hh"

namespace mpb {

enum class Fate : std::uint8_t { kLeaves, kLost, kTailDropped, kBlackholed };

struct Departure {
  Fate fate = Fate::kLeaves;
  Nanos leaves{};  // at the far end; only for kLeaves
  bool lost() const { return fate == Fate::kLost; }
  bool tail_dropped() const { return fate == Fate::kTailDropped; }
};

// A packet counts as delivered as soon as its departure is determined, which is on arrival. So the
// counters always add up.
struct LinkCounters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lost = 0;
  std::uint64_t tail_dropped = 0;
  std::uint64_t blackholed = 0;
  std::uint64_t delivered = 0;
  std::uint64_t delivered_bytes = 0;
  bool add_up() const { return packets == lost + tail_dropped + blackholed + delivered; }
  bool operator==(const LinkCounters&) const = default;
};

struct QueueDepth {
  std::int64_t packets = 0;
  Bytes bytes{};
};

// The seed of one direction of one link of a run.
Seed link_seed(Seed run, std::string_view link, Direction direction);

class Link {
 public:
  Link(const LinkModel& model, Seed seed);

  // Accepts a frame. Returns the time at which it leaves the far end, or the reason why it does
  // not.
  Departure offer(Nanos now, Bytes frame);

  // Changes the model from `now` on. Packets inside keep their times, and later packets do not
  // overtake them. A trace stays that of the construction.
  void set(Nanos now, const LinkModel& model);

  // The time at which the trace starts, before or after the present; without a call, 0. Packets
  // inside keep their times. Without a trace it does nothing.
  void start_trace(Nanos now, Nanos at);

  // The packets that wait for the line at `now`, held back by jitter or not, or that are on it.
  QueueDepth depth(Nanos now);

  const LinkModel& model() const { return model_; }
  const LinkCounters& counters() const { return counters_; }

 private:
  struct Waiting {
    Nanos until{};
    std::int64_t bytes = 0;
  };

  Nanos advance_to(Nanos now);
  void follow_trace();
  void derive();
  Nanos put_on_line(Nanos ready, Bytes frame, Nanos usual_airtime);
  bool loses(std::uint64_t index, Nanos line, Nanos airtime);
  bool fits(Bytes frame) const;
  Nanos least_delay() const;
  Nanos jitter(std::uint64_t index) const;

  LinkModel model_;
  std::optional<TraceLine> trace_;
  BitsPerSecond usual_rate_{};  // of the model, or the mean of the trace
  std::uint64_t loss_key_;
  std::uint64_t jitter_key_;
  LinkCounters counters_;

  Nanos now_{};
  // The last bit of the last accepted frame is on the line at line_free_ + carry_ / rate
  // nanoseconds.
  Nanos line_free_{};
  std::int64_t carry_ = 0;
  Nanos last_leaves_{};
  Ring<Waiting> waiting_;
  std::int64_t waiting_bytes_ = 0;
  QueueLimit held_back_;  // the most that the line could have sent while jitter held back a packet

  double forgetting_ = 0;  // decay of the burst state per nanosecond; 0: losses are independent
  bool bad_ = false;
  bool seen_one_ = false;
  Nanos last_start_{};
  Nanos burst_clock_{};
  Nanos most_lead_{};
};

}  // namespace mpb
