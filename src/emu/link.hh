// One direction of one link: rate, delay, jitter, loss and a bounded queue, as pure arithmetic.
//
// A packet's fate is decided when it arrives, from its arrival time and the state of the link
// alone, never from when the caller happened to call: a late caller delays a packet, but cannot
// distort the ones behind it. Frames are Ethernet frames (IP packet + 14 bytes; the ferry adds
// them). Packets leave in the order in which they came and, where the link has a rate, at least
// their own time on the line apart, whatever the jitter. Time is an argument and never runs
// backwards (an earlier `now` counts as the latest one); nothing here reads a clock or a file
// descriptor. It allocates at construction and in set(); later only if more than 65536 packets
// wait, or the queue has no limit. Not thread-safe; one ferry owns each link.
#pragma once

#include <cstdint>
#include <string_view>

#include "emu/model.hh"
#include "emu/ring.hh"

namespace mpb {

enum class Fate : std::uint8_t { kLeaves, kLost, kTailDropped, kBlackholed };

struct Departure {
  Fate fate = Fate::kLeaves;
  Nanos leaves{};  // at the far end; only for kLeaves
  bool lost() const { return fate == Fate::kLost; }
  bool tail_dropped() const { return fate == Fate::kTailDropped; }
};

// A packet counts as delivered once its departure is settled, that is, on arrival; so they always
// add up.
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

  // Takes a frame in; returns when it leaves the far end, or why it never will.
  Departure offer(Nanos now, Bytes frame);

  // Changes the model from `now` on; packets already inside keep their times, and those behind do
  // not overtake them.
  void set(Nanos now, const LinkModel& model);

  // What waits for the line, held back by jitter or not, or is on it at `now`.
  QueueDepth depth(Nanos now);

  const LinkModel& model() const { return model_; }
  const LinkCounters& counters() const { return counters_; }

 private:
  struct Waiting {
    Nanos until{};
    std::int64_t bytes = 0;
  };

  Nanos advance_to(Nanos now);
  bool loses(std::uint64_t index, Nanos line, Nanos airtime);
  bool fits(Bytes frame) const;
  Nanos least_delay() const;
  Nanos jitter(std::uint64_t index) const;

  LinkModel model_;
  std::uint64_t loss_key_;
  std::uint64_t jitter_key_;
  LinkCounters counters_;

  Nanos now_{};
  Nanos line_free_{};       // when the last bit of the last accepted frame is on the line ...
  std::int64_t carry_ = 0;  // ... plus carry_ / rate nanoseconds
  Nanos last_leaves_{};
  Ring<Waiting> waiting_;
  std::int64_t waiting_bytes_ = 0;
  QueueLimit held_back_;  // the most that the line could have sent while jitter held back a packet

  double forgetting_ =
      0;  // how fast the burst state decays, a nanosecond; 0: losses are independent
  bool bad_ = false;
  bool seen_one_ = false;
  Nanos last_start_{};
  Nanos burst_clock_{};
  Nanos most_lead_{};
};

}  // namespace mpb
