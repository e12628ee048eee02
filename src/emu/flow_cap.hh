// A cap on the rate of each flow, in front of one direction of a link, as pure arithmetic. Some
// networks, such as that of Amazon EC2, limit each flow besides the line.
//
// A flow is a 5-tuple: TCP or UDP packets with the same addresses and ports. So each subflow of an
// MPTCP connection is a flow of its own. A packet of a flow enters the line at once if the flow's
// earlier packets have been paid for, otherwise as soon as they are, which is a logical time. It
// follows from the arrivals alone. The caller takes the packets out in the order of these times and
// offers them to the Link at them: however late it does so, it distorts nothing. The order within a
// flow is kept, and flows overtake each other. Without a rate every packet enters at once.
//
// Time is an argument and never runs backwards (an earlier `now` counts as the latest one); no code
// here reads a clock. It remembers at most kMostFlows flows, and forgets the one that has been idle
// for longest. It allocates for a new flow, and when more packets wait than ever before. Not
// thread-safe; one ferry owns each cap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "emu/model.hh"
#include "emu/ring.hh"

namespace mpb {

// Identifies a flow: addresses, then version, protocol and ports.
using FlowKey = std::array<std::uint64_t, 5>;

// Of an IP packet. Packets without ports (other protocols, and all fragments of a datagram, of
// which only the first one has ports) belong to the flow of their addresses and protocol. A packet
// without a whole IP header has a key of zeros.
FlowKey flow_of(std::span<const std::byte> packet);

struct FlowCapCounters {
  std::uint64_t dropped = 0;  // because too many packets of the flow waited
  std::uint64_t dropped_bytes = 0;
  std::int64_t waiting = 0;  // not taken yet
  std::int64_t waiting_bytes = 0;
};

class FlowCap {
 public:
  static constexpr std::size_t kMostFlows = 65536;

  // A packet, as its owner knows it, and the time at which it enters the link.
  struct Packet {
    Nanos enters{};
    std::byte* slot = nullptr;
    std::uint32_t length = 0;  // of the IP packet
    Nanos arrived{};
  };

  explicit FlowCap(const LinkModel& model) { set(model); }

  // Changes the rate and the queue of every flow. Packets inside keep their times.
  void set(const LinkModel& model);

  // Whether packets have to pass it: not without a rate, unless earlier packets are still inside.
  bool is_on() const { return rate_.count > 0 || counters_.waiting > 0; }

  // Accepts a packet that arrived at `now`; false if it is dropped.
  bool offer(Nanos now, std::byte* slot, std::uint32_t length);

  // The time at which the next packet enters the link; nothing if none waits.
  std::optional<Nanos> next() const;

  // Takes out the next packet that enters at `now` or earlier.
  std::optional<Packet> take(Nanos now);

  const FlowCapCounters& counters() const { return counters_; }
  std::size_t flows() const { return flows_.size(); }  // that it remembers

 private:
  struct Flow {
    FlowKey key{};
    // Its packets are paid for at paid + carry / rate nanoseconds.
    Nanos paid{};
    std::int64_t carry = 0;
    std::int64_t waiting = 0;  // packets that enter later
    std::int64_t waiting_bytes = 0;
  };
  struct Waiting {
    Packet packet;
    std::uint64_t number = 0;  // packets that enter at the same time keep their order
    Flow* flow = nullptr;
  };
  struct KeyHash {
    std::size_t operator()(const FlowKey& key) const;
  };
  using Flows = std::list<Flow>;

  static bool enters_later(const Waiting& one, const Waiting& other);
  Nanos advance_to(Nanos now);
  Flow& find(const FlowKey& key);
  Flow& new_flow(const FlowKey& key);
  void charge(Flow& flow, Bytes frame);
  bool fits(const Flow& flow, Bytes frame) const;

  BitsPerSecond rate_{};
  QueueLimit queue_{};
  FlowCapCounters counters_;
  Nanos now_{};
  std::uint64_t accepted_ = 0;
  std::vector<Waiting> later_;  // a heap: the packet that enters next is the first
  Ring<Packet> entered_;        // at now_ or earlier, but not taken yet
  Flows flows_;                 // the one that had a packet last is the first
  std::unordered_map<FlowKey, Flows::iterator, KeyHash> by_key_;
  Flows rest_{1};  // one flow: packets without a key, and flows for which there is no room
};

}  // namespace mpb
