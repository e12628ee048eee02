#include "emu/flow_cap.hh"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <numeric>
#include <set>
#include <string>

#include "emu/link.hh"
#include "stats/random.hh"

namespace mpb {
namespace {

constexpr Nanos kFullAt100Mbit = 121120ns;
constexpr std::uint32_t kFull = 1500;

// An IP packet with the addresses and ports of one flow. A test changes single bytes.
using Bytestring = std::vector<std::byte>;

Bytestring ipv4(int port, std::size_t length = kFull, int protocol = 6) {
  Bytestring packet(length);
  packet[0] = std::byte{0x45};
  packet[9] = std::byte(protocol);
  packet[15] = std::byte{1}, packet[19] = std::byte{2};
  packet[20] = std::byte(port >> 8), packet[21] = std::byte(port & 0xff);
  return packet;
}

Bytestring ipv6(int port, std::size_t length = kFull, int protocol = 6) {
  Bytestring packet(length);
  packet[0] = std::byte{0x60};
  packet[6] = std::byte(protocol);
  packet[23] = std::byte{1}, packet[39] = std::byte{2};
  packet[40] = std::byte(port >> 8), packet[41] = std::byte(port & 0xff);
  return packet;
}

Bytestring with(Bytestring packet, std::size_t offset, int value) {
  packet[offset] = std::byte(value);
  return packet;
}

FlowCap cap_of(BitsPerSecond rate, QueueLimit queue = {}) {
  return FlowCap({.flow_rate = rate, .flow_queue = queue});
}

bool offer(FlowCap& cap, Nanos now, Bytestring& packet) {
  return cap.offer(now, packet.data(), static_cast<std::uint32_t>(packet.size()));
}

// The times at which all packets inside enter, in their order.
std::vector<Nanos> entries(FlowCap& cap, Nanos until = 1h) {
  std::vector<Nanos> all;
  while (const auto packet = cap.take(until)) all.push_back(packet->enters);
  return all;
}

TEST(FlowCap, SpacesThePacketsOfAFlowToTheNanosecond) {
  FlowCap cap = cap_of(100_mbit);
  Bytestring packet = ipv4(1);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(offer(cap, 5ms, packet));
  const std::vector<Nanos> all = entries(cap);
  ASSERT_EQ(all.size(), 1000u);
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(all[static_cast<std::size_t>(i)], 5ms + i * kFullAt100Mbit);
}

// At 7 Mbit/s a full frame takes 1730285 5/7 ns, so the fractions have to be carried.
TEST(FlowCap, CarriesFractionsOfANanosecond) {
  FlowCap cap = cap_of(7_mbit);
  Bytestring packet = ipv4(1);
  for (int i = 0; i < 7001; ++i) offer(cap, 0ns, packet);
  EXPECT_EQ(entries(cap).back(), Nanos{7000LL * 1514 * 8 * 1000 / 7});
}

TEST(FlowCap, AddsNothingBelowItsRate) {
  FlowCap cap = cap_of(100_mbit, {.packets = 1});
  Bytestring packet = ipv4(1);
  for (int i = 0; i < 100; ++i) {
    const Nanos now = i * (kFullAt100Mbit + 1ns);
    EXPECT_TRUE(offer(cap, now, packet));
    EXPECT_EQ(cap.take(now)->enters, now);
  }
  EXPECT_EQ(cap.counters().dropped, 0u);
}

TEST(FlowCap, LetsAnythingPassWithoutARate) {
  FlowCap cap = cap_of({});
  EXPECT_FALSE(cap.is_on());
  Bytestring packet = ipv4(1);
  for (int i = 0; i < 10; ++i) offer(cap, 1ms, packet);
  EXPECT_EQ(entries(cap), std::vector<Nanos>(10, 1ms));
}

TEST(FlowCap, LetsFlowsOvertakeEachOtherAndKeepsTheOrderWithinEach) {
  FlowCap cap = cap_of(100_mbit);
  std::vector<Bytestring> packets;
  for (int i = 0; i < 5; ++i) packets.push_back(ipv4(1, kFull + static_cast<std::size_t>(i)));
  for (int i = 0; i < 5; ++i) packets.push_back(ipv4(2, kFull + static_cast<std::size_t>(i)));
  for (Bytestring& packet : packets) offer(cap, 0ns, packet);
  std::vector<const std::byte*> order;
  Nanos last{};
  while (const auto packet = cap.take(1s)) {
    EXPECT_GE(packet->enters, last);
    last = packet->enters;
    order.push_back(packet->slot);
  }
  ASSERT_EQ(order.size(), 10u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(order[2 * i], packets[i].data());
    EXPECT_EQ(order[2 * i + 1], packets[5 + i].data());
  }
}

TEST(FlowCap, DropsTheTailAtExactlyTheLimitOfEachFlow) {
  FlowCap cap = cap_of(100_mbit, {.packets = 10});
  Bytestring one = ipv4(1), other = ipv4(2);
  EXPECT_TRUE(offer(cap, 0ns, one));  // enters at once, so it does not wait
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(offer(cap, 0ns, one));
  EXPECT_FALSE(offer(cap, 0ns, one));
  EXPECT_TRUE(offer(cap, 0ns, other));
  EXPECT_FALSE(offer(cap, kFullAt100Mbit - 1ns, one));
  EXPECT_TRUE(offer(cap, kFullAt100Mbit, one));
  EXPECT_FALSE(offer(cap, kFullAt100Mbit, one));
  EXPECT_EQ(cap.counters().dropped, 3u);
  EXPECT_EQ(cap.counters().dropped_bytes, 3u * 1514);
  EXPECT_EQ(cap.counters().waiting, 13);
  EXPECT_EQ(cap.counters().waiting_bytes, 13 * 1514);
  EXPECT_EQ(entries(cap).size(), 13u);
  EXPECT_EQ(cap.counters().waiting, 0);
  EXPECT_EQ(cap.counters().waiting_bytes, 0);
}

TEST(FlowCap, DropsTheTailAtExactlyTheLimitInBytes) {
  FlowCap cap = cap_of(100_mbit, {.bytes = 3000_bytes});
  Bytestring full = ipv4(1), rest = ipv4(1, 1486 - 14), small = ipv4(1, 40);
  EXPECT_TRUE(offer(cap, 0ns, full));
  EXPECT_TRUE(offer(cap, 0ns, full));
  EXPECT_FALSE(offer(cap, 0ns, full));
  EXPECT_TRUE(offer(cap, 0ns, rest));
  EXPECT_FALSE(offer(cap, 0ns, small));
}

// The second caller takes packets out only when it has nothing else to do.
TEST(FlowCap, ALateCallerDistortsNothing) {
  FlowCap prompt = cap_of(10_mbit, {.packets = 5}), late = cap_of(10_mbit, {.packets = 5});
  std::vector<Bytestring> packets;
  for (int i = 0; i < 400; ++i)
    packets.push_back(ipv4(i * i % 7, 60 + static_cast<std::size_t>(i * 37 % 1400)));
  std::vector<Nanos> times, late_times;
  for (int i = 0; i < 400; ++i) {
    const Nanos now = i * 150us;
    Bytestring& packet = packets[static_cast<std::size_t>(i)];
    EXPECT_EQ(offer(prompt, now, packet), offer(late, now, packet)) << i;
    for (const Nanos time : entries(prompt, now)) times.push_back(time);
    if (i % 90 == 0)
      for (const Nanos time : entries(late, now)) late_times.push_back(time);
  }
  for (const Nanos time : entries(prompt)) times.push_back(time);
  for (const Nanos time : entries(late)) late_times.push_back(time);
  EXPECT_EQ(times, late_times);
  EXPECT_EQ(prompt.counters().dropped, late.counters().dropped);
  EXPECT_GT(late.counters().dropped, 0u);
}

// The rate at which `flows` flows, all of which offer too much, get through a line.
double rate_through(const LinkModel& model, int flows) {
  FlowCap cap(model);
  Link link(model, Seed{1});
  std::vector<Bytestring> packets;
  for (int i = 0; i < flows; ++i) packets.push_back(ipv4(i));
  Nanos last{};
  for (Nanos now{}; now < 2s; now += 100us) {
    for (Bytestring& packet : packets) offer(cap, now, packet);
    while (const auto packet = cap.take(now)) {
      const Departure departure = link.offer(packet->enters, kFullFrame);
      if (!departure.lost() && !departure.tail_dropped()) last = departure.leaves;
    }
  }
  return static_cast<double>(link.counters().delivered_bytes) * 8e-6 / seconds(last);
}

TEST(FlowCap, ManyFlowsFillTheLineThatOneCannotFill) {
  const LinkModel model{.rate = 100_mbit,
                        .queue = {.packets = 50},
                        .flow_rate = 30_mbit,
                        .flow_queue = {.packets = 20}};
  EXPECT_NEAR(rate_through(model, 1), 30, 0.1);
  EXPECT_NEAR(rate_through(model, 2), 60, 0.1);
  EXPECT_NEAR(rate_through(model, 3), 90, 0.1);
  EXPECT_NEAR(rate_through(model, 4), 100, 0.1);
  EXPECT_NEAR(rate_through(model, 50), 100, 0.1);
}

TEST(FlowCap, ANewRateLeavesThePacketsInsideAlone) {
  FlowCap cap = cap_of(100_mbit);
  Bytestring packet = ipv4(1);
  for (int i = 0; i < 3; ++i) offer(cap, 0ns, packet);
  cap.set({});
  EXPECT_TRUE(cap.is_on());
  offer(cap, 0ns, packet);
  EXPECT_EQ(entries(cap),
            (std::vector<Nanos>{0ns, kFullAt100Mbit, 2 * kFullAt100Mbit, 3 * kFullAt100Mbit}));
  EXPECT_FALSE(cap.is_on());
}

TEST(FlowCap, ForgetsTheFlowThatWasIdleForLongest) {
  FlowCap cap = cap_of(100_mbit);
  const auto use = [&](int flow, Nanos now) {
    Bytestring packet = ipv4(flow & 0xffff);
    packet[22] = std::byte(flow >> 16);
    offer(cap, now, packet);
    Nanos last{};
    while (const auto taken = cap.take(now)) last = taken->enters;
    return last;
  };
  constexpr int kMost = FlowCap::kMostFlows;
  for (int flow = 0; flow < kMost; ++flow) use(flow, 0ns);
  EXPECT_EQ(cap.flows(), FlowCap::kMostFlows);
  // All are still to be paid for, so the new flow shares the rate of those without a key.
  use(kMost, 1ns);
  EXPECT_EQ(cap.flows(), FlowCap::kMostFlows);
  use(kMost + 1, 1ns);
  EXPECT_EQ(cap.next(), kFullAt100Mbit + 1ns);
  // Now all are idle. The first ones make room, and a new flow enters at once.
  EXPECT_EQ(use(kMost + 2, 1s), 1s);
  EXPECT_EQ(cap.flows(), FlowCap::kMostFlows);
  // The flow of before is remembered: its second packet has to wait.
  use(kMost + 2, 1s);
  EXPECT_EQ(cap.next(), 1s + kFullAt100Mbit);
}

TEST(FlowKey, IsThe5TupleOfTcpAndUdp) {
  std::set<FlowKey> keys;
  for (const Bytestring& packet :
       {ipv4(1), ipv4(2), ipv4(1, kFull, 17), ipv6(1), ipv6(2), ipv6(1, kFull, 17),
        with(ipv4(1), 12, 9), with(ipv4(1), 16, 9), with(ipv4(1), 23, 9), with(ipv6(1), 8, 9),
        with(ipv6(1), 16, 9), with(ipv6(1), 24, 9), with(ipv6(1), 32, 9), with(ipv6(1), 43, 9)}) {
    EXPECT_TRUE(keys.insert(flow_of(packet)).second);
  }
  // Anything else in the packet does not matter: length, flags, sequence numbers.
  EXPECT_EQ(flow_of(ipv4(1)), flow_of(ipv4(1, 40)));
  for (const std::size_t offset : {1u, 2u, 4u, 8u, 10u, 24u, 28u, 33u})
    EXPECT_EQ(flow_of(with(ipv4(1), offset, 9)), flow_of(ipv4(1))) << offset;
  EXPECT_EQ(flow_of(with(ipv4(1), 6, 0x40)), flow_of(ipv4(1)));  // "don't fragment"
  EXPECT_EQ(flow_of(with(ipv6(1), 7, 9)), flow_of(ipv6(1)));     // hop limit
}

TEST(FlowKey, FindsPortsBehindOptions) {
  Bytestring packet = with(ipv4(1), 0, 0x46);
  EXPECT_EQ(flow_of(packet), flow_of(with(packet, 20, 7)));  // in the option
  EXPECT_NE(flow_of(packet), flow_of(with(packet, 24, 7)));
}

TEST(FlowKey, OfFragmentsAndOtherProtocolsHasNoPorts) {
  const FlowKey first = flow_of(with(ipv4(1), 6, 0x20));  // more fragments
  EXPECT_NE(first, flow_of(ipv4(1)));
  EXPECT_EQ(first, flow_of(with(ipv4(2), 7, 0x10)));  // a later fragment, with data for ports
  EXPECT_EQ(first, flow_of(with(ipv4(3), 6, 0x01)));
  EXPECT_NE(first, flow_of(with(with(ipv4(1), 6, 0x20), 12, 9)));
  EXPECT_EQ(flow_of(ipv4(1, kFull, 1)), flow_of(ipv4(2, kFull, 1)));  // ICMP
  EXPECT_EQ(flow_of(ipv6(1, kFull, 44)), flow_of(ipv6(2, kFull, 44)));
}

// The packets are exactly as long as they say, so that a sanitizer sees each byte read too many.
TEST(FlowKey, SurvivesAnyPacket) {
  for (std::size_t length = 0; length < 60; ++length) {
    for (const Bytestring& whole : {ipv4(1, 64), ipv6(1, 64), with(ipv4(1, 64), 0, 0x4f),
                                    with(ipv4(1, 64), 0, 0x40), Bytestring(64)}) {
      const auto exact = std::make_unique<std::byte[]>(length);
      std::memcpy(exact.get(), whole.data(), length);
      const FlowKey key = flow_of({exact.get(), length});
      EXPECT_TRUE(length >= 20 || key == FlowKey{});
    }
  }
  EXPECT_EQ(flow_of(with(ipv4(1), 0, 0x41)), FlowKey{});      // a header of 4 bytes
  EXPECT_EQ(flow_of(with(ipv4(1, 30), 0, 0x4f)), FlowKey{});  // one of 60 in a packet of 30
  EXPECT_EQ(flow_of(ipv6(1, 42)), flow_of(ipv6(2, 42)));      // half of the ports
  Random random(1);
  FlowCap cap = cap_of(1_gbit, {.packets = 10});
  for (int i = 0; i < 100'000; ++i) {
    Bytestring packet(random.below(70));
    for (std::byte& byte : packet) byte = std::byte(random.below(256));
    offer(cap, i * 1us, packet);
    entries(cap, i * 1us);
    EXPECT_LE(cap.flows(), FlowCap::kMostFlows);
  }
}

}  // namespace
}  // namespace mpb
