// What a link is, as plain data: one LinkModel for each direction, in the words of netem. A zero is "none": no rate limit, no delay, no
// loss, no queue limit. Values only; anybody may copy them to any thread.
#pragma once

#include <cstdint>
#include <string>

#include "sys/clock.hh"
#include "sys/units.hh"

namespace mpb {

// Rates count Ethernet frames, as netem on a veth does. A TUN carries bare IP packets, so the ferry, and nobody else, adds this header.
inline constexpr Bytes kEthernetHeader = 14_bytes;
inline constexpr Bytes kFullFrame = 1514_bytes;

// Loss in two numbers that a person can measure on a capture. `burst` is the mean length, in packets, of a run of losses on a saturated
// link; at 0 or 1 every packet is lost on its own account (runs then average 1/(1 - mean), so a shorter burst cannot be had).
struct LossModel {
  double mean = 0;  // fraction, 0 to 1
  double burst = 1;
  bool operator==(const LossModel&) const = default;
};

// At most one of the two is set. It counts what waits for the line or is on it, not what is in propagation: netem's `limit` also counts
// the packets under way, so the same bottleneck is there limit = this + rate * delay.
struct QueueLimit {
  std::int64_t packets = 0;
  Bytes bytes{};
  bool operator==(const QueueLimit&) const = default;
};

struct LinkModel {
  BitsPerSecond rate{};
  Nanos delay{};
  Nanos jitter{};  // uniform in delay +- jitter
  LossModel loss{};
  QueueLimit queue{};
  bool blackhole = false;  // everything that arrives is gone, and nobody is told; apart from `loss`, which stays what it is
  bool operator==(const LinkModel&) const = default;
};

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
