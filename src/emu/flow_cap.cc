#include "emu/flow_cap.hh"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "stats/random.hh"

// The semantics are those of the qdisc fq with `maxrate R flow_limit N low_rate_threshold MAX`,
// which paces every packet by itself. A packet enters the line when the earlier ones of its flow
// have been paid for, and not when it has been paid for itself, so that the cap adds no delay below
// its rate. One difference is intended: after a late timer, fq makes up for at most half of the
// time of a packet, whereas here lateness has no effect.
//
// The cap is in front of the line, not behind it. Behind it, the excess of a capped flow would fill
// the queue that all flows share, before it is held back.

namespace mpb {

namespace {

constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;

// The number of flows that are examined when another one needs room. Each that still has packets
// inside stays, and counts as used, so that the next search does not find it again.
constexpr int kMostExamined = 8;

template <class Word>
Word word_at(std::span<const std::byte> packet, std::size_t offset) {
  Word word;
  std::memcpy(&word, packet.data() + offset, sizeof word);
  return word;
}

std::uint8_t byte_at(std::span<const std::byte> packet, std::size_t offset) {
  return std::to_integer<std::uint8_t>(packet[offset]);
}

// Version, protocol and ports as one number. `ports` is their offset.
std::uint64_t last_word(std::span<const std::byte> packet, std::uint64_t version,
                        std::uint8_t protocol, std::size_t ports, bool fragment) {
  const bool has_ports =
      (protocol == kTcp || protocol == kUdp) && !fragment && packet.size() >= ports + 4;
  return version << 48 | std::uint64_t{protocol} << 40 |
         (has_ports ? std::uint64_t{1} << 32 | word_at<std::uint32_t>(packet, ports) : 0);
}

FlowKey flow_of_ipv4(std::span<const std::byte> packet) {
  const std::size_t header = (byte_at(packet, 0) & 0xf) * std::size_t{4};
  if (header < 20 || packet.size() < header) return {};
  // "More fragments" or an offset; the other two flags do not matter.
  const bool fragment = (byte_at(packet, 6) & 0x3f) != 0 || byte_at(packet, 7) != 0;
  return {word_at<std::uint64_t>(packet, 12), 0, 0, 0,
          last_word(packet, 4, byte_at(packet, 9), header, fragment)};
}

// A packet with extension headers belongs to the flow of its addresses and its first extension.
FlowKey flow_of_ipv6(std::span<const std::byte> packet) {
  constexpr std::size_t kHeader = 40;
  if (packet.size() < kHeader) return {};
  return {word_at<std::uint64_t>(packet, 8), word_at<std::uint64_t>(packet, 16),
          word_at<std::uint64_t>(packet, 24), word_at<std::uint64_t>(packet, 32),
          last_word(packet, 6, byte_at(packet, 6), kHeader, false)};
}

}  // namespace

FlowKey flow_of(std::span<const std::byte> packet) {
  if (packet.size() < 20) return {};
  const int version = byte_at(packet, 0) >> 4;
  return version == 4 ? flow_of_ipv4(packet) : version == 6 ? flow_of_ipv6(packet) : FlowKey{};
}

std::size_t FlowCap::KeyHash::operator()(const FlowKey& key) const {
  std::uint64_t hash = 0;
  for (const std::uint64_t word : key) hash = mix64((hash ^ word) + kGolden64);
  return hash;
}

void FlowCap::set(const LinkModel& model) {
  assert(is_within_bounds(model));
  if (model.flow_rate != rate_) {
    // The carry is in units of the old rate, and less than a nanosecond.
    for (Flow& flow : flows_) flow.carry = 0;
    rest_.front().carry = 0;
  }
  rate_ = model.flow_rate;
  queue_ = model.flow_queue;
}

bool FlowCap::enters_later(const Waiting& one, const Waiting& other) {
  return one.packet.enters != other.packet.enters ? one.packet.enters > other.packet.enters
                                                  : one.number > other.number;
}

// Packets enter at their own time, whenever this is called. So the queue of a flow has its true
// length at every arrival.
Nanos FlowCap::advance_to(Nanos now) {
  now_ = std::max(now_, now);
  while (!later_.empty() && later_.front().packet.enters <= now_) {
    std::pop_heap(later_.begin(), later_.end(), enters_later);
    const Waiting& first = later_.back();
    --first.flow->waiting;
    first.flow->waiting_bytes -= first.packet.length + kEthernetHeader.count;
    entered_.push(first.packet);
    later_.pop_back();
  }
  return now_;
}

FlowCap::Flow& FlowCap::find(const FlowKey& key) {
  if (key == FlowKey{}) return rest_.front();
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return new_flow(key);
  flows_.splice(flows_.begin(), flows_, found->second);
  return flows_.front();
}

FlowCap::Flow& FlowCap::new_flow(const FlowKey& key) {
  if (flows_.size() < kMostFlows) {
    flows_.push_front({.key = key});
    by_key_.emplace(key, flows_.begin());
    return flows_.front();
  }
  for (int i = 0; i < kMostExamined; ++i) {
    flows_.splice(flows_.begin(), flows_, std::prev(flows_.end()));
    Flow& oldest = flows_.front();
    if (oldest.waiting > 0 || oldest.paid > now_) continue;
    auto entry = by_key_.extract(oldest.key);
    entry.key() = key;
    by_key_.insert(std::move(entry));
    oldest = {.key = key};
    return oldest;
  }
  return rest_.front();
}

bool FlowCap::fits(const Flow& flow, Bytes frame) const {
  return (queue_.packets == 0 || flow.waiting < queue_.packets) &&
         (queue_.bytes.count == 0 || flow.waiting_bytes + frame.count <= queue_.bytes.count);
}

void FlowCap::charge(Flow& flow, Bytes frame) {
  if (rate_.count == 0) return;
  const std::int64_t nano_bits = frame.count * 8 * 1'000'000'000;
  assert(flow.paid <= Nanos::max() - Nanos{nano_bits / rate_.count + 1});
  flow.paid += Nanos{nano_bits / rate_.count};
  if ((flow.carry += nano_bits % rate_.count) >= rate_.count) {
    flow.carry -= rate_.count;
    ++flow.paid;
  }
}

bool FlowCap::offer(Nanos now, std::byte* slot, std::uint32_t length) {
  now = advance_to(now);
  Flow& flow = find(flow_of({slot, length}));
  const Bytes frame{length + kEthernetHeader.count};
  if (now > flow.paid) {
    flow.paid = now;
    flow.carry = 0;
  }
  const Packet packet{flow.paid, slot, length, now};
  const bool waits = packet.enters > now;
  if (waits && !fits(flow, frame)) {
    ++counters_.dropped;
    counters_.dropped_bytes += static_cast<std::uint64_t>(frame.count);
    return false;
  }
  charge(flow, frame);
  ++counters_.waiting;
  counters_.waiting_bytes += frame.count;
  if (waits) {
    ++flow.waiting;
    flow.waiting_bytes += frame.count;
    later_.push_back({packet, accepted_++, &flow});
    std::push_heap(later_.begin(), later_.end(), enters_later);
  } else {
    entered_.push(packet);
  }
  return true;
}

std::optional<Nanos> FlowCap::next() const {
  if (!entered_.empty()) return entered_.front().enters;
  if (!later_.empty()) return later_.front().packet.enters;
  return std::nullopt;
}

std::optional<FlowCap::Packet> FlowCap::take(Nanos now) {
  advance_to(now);
  if (entered_.empty()) return std::nullopt;
  const Packet packet = entered_.front();
  entered_.pop();
  --counters_.waiting;
  counters_.waiting_bytes -= packet.length + kEthernetHeader.count;
  return packet;
}

}  // namespace mpb
