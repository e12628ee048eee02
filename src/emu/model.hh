// The model of a link, as plain data: one LinkModel for each direction, in the words of netem. A
// zero means "none": no rate limit, no delay, no loss, no queue limit.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sys/clock.hh"
#include "sys/units.hh"

namespace mpb {

// Rates count Ethernet frames, as netem on a veth does. A TUN carries bare IP packets, so the
// ferry, and no other code, adds this header.
inline constexpr Bytes kEthernetHeader = 14_bytes;
inline constexpr Bytes kStandardMtu = 1500_bytes;

// Loss in two numbers that a person can measure in a packet capture. `burst` is the mean length, in
// packets, of a run of losses on a saturated link. At 1, packets are lost independently; such runs
// have a mean length of 1/(1 - mean), so a shorter burst is impossible.
struct LossModel {
  double mean = 0;  // fraction, 0 to 1
  double burst = 1;
  bool operator==(const LossModel&) const = default;
};

// At most one of the two is set. It counts packets that wait for the line or are on it, not packets
// in propagation. netem's `limit` also counts the latter, so the same bottleneck needs
// limit = this + rate * (delay + jitter) there.
struct QueueLimit {
  std::int64_t packets = 0;
  Bytes bytes{};
  bool operator==(const QueueLimit&) const = default;
};

class Trace;

// The file of a trace, as a scenario names it, and its content, which may not have been read yet.
struct TraceRef {
  std::string file;  // "": none
  std::shared_ptr<const Trace> data{};
  bool operator==(const TraceRef& other) const;
};

struct LinkModel {
  BitsPerSecond rate{};
  Nanos delay{};
  Nanos jitter{};  // uniform in delay +- jitter, for packets further apart than 2 * jitter
  LossModel loss{};
  QueueLimit queue{};
  Bytes mtu = kStandardMtu;  // the largest IP packet; both directions of a link have the same
  // The cap per flow, in front of the line (emu/flow_cap), and the packets of one flow that may
  // wait there.
  BitsPerSecond flow_rate{};
  QueueLimit flow_queue{};
  bool blackhole = false;  // loses every packet without notice; independent of `loss`
  // The rate over time, instead of `rate`. It may have the delay and the loss too.
  TraceRef trace{};
  bool operator==(const LinkModel&) const = default;
};

// The Ethernet frame of the largest packet.
inline Bytes full_frame(const LinkModel& model) {
  return {model.mtu.count + kEthernetHeader.count};
}
inline constexpr Bytes kFullFrame{kStandardMtu.count + kEthernetHeader.count};

// The bounds that both backends support. The parser of links refuses other values, and the link
// model asserts them. The clock of the model has 64 bits of nanoseconds: at 1 kbit/s a full frame
// takes 12 s, so hundreds of millions of frames would have to wait before it overflows. netem's
// limit has 32 bits, and counts the packets in propagation too: two minutes of the fastest link are
// 10^9 full frames. IPv6 needs an MTU of 1280 bytes, and jumbo frames have one of 9000.
struct LinkBounds {
  BitsPerSecond slowest{1'000};
  BitsPerSecond fastest{100'000'000'000};
  Nanos delay = 60s;   // and jitter
  double burst = 1e6;  // and not below 1
  QueueLimit queue{1'000'000'000, {std::int64_t{1} << 40}};
  // fq counts the cap in bytes per second with 32 bits, and waits one second at most for a packet.
  BitsPerSecond slowest_flow{100'000};
  BitsPerSecond fastest_flow{34'000'000'000};
  Bytes least_mtu = 1280_bytes;
  Bytes most_mtu = 9000_bytes;
};
inline constexpr LinkBounds kLinkBounds;

inline bool is_within_bounds(const LinkModel& m) {
  const LinkBounds& most = kLinkBounds;
  const auto up_to = [](auto value, auto bound) {
    return value >= decltype(value){} && value <= bound;
  };
  const auto is_rate = [](BitsPerSecond rate, BitsPerSecond slowest, BitsPerSecond fastest) {
    return rate == BitsPerSecond{} || (rate >= slowest && rate <= fastest);
  };
  const auto is_queue = [&](const QueueLimit& queue) {
    return up_to(queue.packets, most.queue.packets) && up_to(queue.bytes, most.queue.bytes);
  };
  return is_rate(m.rate, most.slowest, most.fastest) && up_to(m.delay, most.delay) &&
         up_to(m.jitter, most.delay) && up_to(m.loss.mean, 1.0) && m.loss.burst >= 1 &&
         m.loss.burst <= most.burst && is_queue(m.queue) && m.mtu >= most.least_mtu &&
         m.mtu <= most.most_mtu && is_rate(m.flow_rate, most.slowest_flow, most.fastest_flow) &&
         is_queue(m.flow_queue);
}

// Up is from the client to the server.
enum class Direction : std::uint8_t { kUp, kDown };

struct LinkSpec {
  std::string name;
  LinkModel up;
  LinkModel down;
  bool operator==(const LinkSpec&) const = default;
};

// Whether flows have a cap in at least one direction.
inline bool has_flow_cap(const LinkSpec& link) {
  return link.up.flow_rate.count > 0 || link.down.flow_rate.count > 0;
}

// Identifies a stream of random numbers. All streams of a run follow from the seed of the run.
struct Seed {
  std::uint64_t value = 0;
};

}  // namespace mpb
