// What a link is, as plain data: one LinkModel for each direction, in the words of netem. A zero is
// "none": no rate limit, no delay, no loss, no queue limit. Values only; anybody may copy them to
// any thread.
#pragma once

#include <cstdint>
#include <string>

#include "sys/clock.hh"
#include "sys/units.hh"

namespace mpb {

// Rates count Ethernet frames, as netem on a veth does. A TUN carries bare IP packets, so the
// ferry, and nobody else, adds this header.
inline constexpr Bytes kEthernetHeader = 14_bytes;
inline constexpr Bytes kFullFrame = 1514_bytes;

// Loss in two numbers that a person can measure on a capture. `burst` is the mean length, in
// packets, of a run of losses on a saturated link; at 1 every packet is lost on its own account
// (runs then average 1/(1 - mean), so a shorter burst cannot be had).
struct LossModel {
  double mean = 0;  // fraction, 0 to 1
  double burst = 1;
  bool operator==(const LossModel&) const = default;
};

// At most one of the two is set. It counts what waits for the line or is on it, not what is in
// propagation: netem's `limit` also counts the packets under way, so the same bottleneck is there
// limit = this + rate * (delay + jitter).
struct QueueLimit {
  std::int64_t packets = 0;
  Bytes bytes{};
  bool operator==(const QueueLimit&) const = default;
};

struct LinkModel {
  BitsPerSecond rate{};
  Nanos delay{};
  Nanos jitter{};  // uniform in delay +- jitter, for packets further apart than 2 * jitter
  LossModel loss{};
  QueueLimit queue{};
  bool blackhole = false;  // everything that arrives is gone, and nobody is told; apart from
                           // `loss`, which stays what it is
  bool operator==(const LinkModel&) const = default;
};

// What both backends can honour; the parser of links refuses everything else, and the link model
// asserts it. Its clock is 64 bits of nanoseconds: at 1 kbit/s a full frame takes 12 s of it, so
// hundreds of millions of them have to wait before it overflows. netem's limit is 32 bits, and
// counts the packets in propagation too: the fastest link for two minutes holds 10^9 full frames.
struct LinkBounds {
  BitsPerSecond slowest{1'000};
  BitsPerSecond fastest{100'000'000'000};
  Nanos delay = 60s;   // and jitter
  double burst = 1e6;  // and not below 1
  QueueLimit queue{1'000'000'000, {std::int64_t{1} << 40}};
};
inline constexpr LinkBounds kLinkBounds;

constexpr bool is_within_bounds(const LinkModel& m) {
  const LinkBounds& most = kLinkBounds;
  const auto up_to = [](auto value, auto bound) {
    return value >= decltype(value){} && value <= bound;
  };
  return (m.rate == BitsPerSecond{} || (m.rate >= most.slowest && m.rate <= most.fastest)) &&
         up_to(m.delay, most.delay) && up_to(m.jitter, most.delay) && up_to(m.loss.mean, 1.0) &&
         m.loss.burst >= 1 && m.loss.burst <= most.burst &&
         up_to(m.queue.packets, most.queue.packets) && up_to(m.queue.bytes, most.queue.bytes);
}

// Up is from the client to the server.
enum class Direction : std::uint8_t { kUp, kDown };

struct LinkSpec {
  std::string name;
  LinkModel up;
  LinkModel down;
  bool operator==(const LinkSpec&) const = default;
};

// Names one stream of random numbers; a run's seed makes all of them.
struct Seed {
  std::uint64_t value = 0;
};

}  // namespace mpb
