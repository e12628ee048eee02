#include "emu/link.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace mpb {
namespace {

constexpr Nanos kFrameAt100Mbit = 121120ns;

TEST(Link, CarriesExactlyItsRate) {
  Link link({.rate = 100_mbit, .queue = {.packets = 1000}}, Seed{1});
  Nanos last{};
  for (int i = 0; i < 1000; ++i) last = link.offer(0ns, kFullFrame).leaves;
  EXPECT_EQ(last, 1000 * kFrameAt100Mbit);
}

TEST(Link, KeepsWhatIsLessThanANanosecond) {
  // 1514 bytes at 3 Gbit/s last 4037 1/3 ns: after three thousand frames that third is a
  // microsecond.
  Link link({.rate = BitsPerSecond{3'000'000'000}}, Seed{1});
  Nanos last{};
  for (int i = 0; i < 3000; ++i) last = link.offer(0ns, kFullFrame).leaves;
  EXPECT_EQ(last, 12112us);
}

TEST(Link, AnIdleLineStartsAtOnce) {
  Link link({.rate = 100_mbit, .delay = 5ms}, Seed{1});
  EXPECT_EQ(link.offer(1s, kFullFrame).leaves, 1s + kFrameAt100Mbit + 5ms);
  EXPECT_EQ(link.offer(2s, kFullFrame).leaves, 2s + kFrameAt100Mbit + 5ms);
}

TEST(Link, WithoutRateOrDelayIsAWire) {
  Link link({}, Seed{1});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(link.offer(i * 1us, kFullFrame).leaves, i * 1us);
  EXPECT_EQ(link.depth(100us).packets, 0);
}

TEST(Link, ALateCallDoesNotDistortTheRate) {
  Link link({.rate = 100_mbit, .delay = 1ms}, Seed{1});
  link.offer(10ms, kFullFrame);
  // Time ran backwards: counts as the latest time seen, and the line goes on where it was.
  EXPECT_EQ(link.offer(3ms, kFullFrame).leaves, 10ms + 2 * kFrameAt100Mbit + 1ms);
}

TEST(Link, JitterStaysInBoundsAndNeverReorders) {
  Link link({.delay = 10ms, .jitter = 3ms}, Seed{5});
  Nanos previous{};
  Nanos least = 1h;
  Nanos most{};
  for (int i = 0; i < 10'000; ++i) {
    const Nanos sent = i * 100us;
    const Nanos leaves = link.offer(sent, kFullFrame).leaves;
    EXPECT_GE(leaves, previous);
    least = std::min(least, leaves - sent);
    most = std::max(most, leaves - sent);
    previous = leaves;
  }
  EXPECT_GE(least, 7ms);
  EXPECT_LE(most, 13ms);
  EXPECT_GT(most - least, 2ms);
}

TEST(Link, JitterIsUniformAroundTheDelayWhenPacketsAreFarApart) {
  Link link({.delay = 10ms, .jitter = 3ms}, Seed{5});
  constexpr int kPackets = 20'000;
  double sum = 0;
  for (int i = 0; i < kPackets; ++i)
    sum += seconds(link.offer(i * 1s, kFullFrame).leaves - i * 1s) - 0.010;
  EXPECT_NEAR(sum / kPackets, 0, 4 * 0.003 / std::sqrt(3.0) / std::sqrt(kPackets));
}

const LinkModel kWifi{.rate = 80_mbit, .delay = 4ms, .jitter = 2ms};
const LinkModel kLte{.rate = 40_mbit, .delay = 25ms, .jitter = 5ms};

double line_ns(const LinkModel& model) {
  return static_cast<double>(kFullFrame.count) * 8e9 / static_cast<double>(model.rate.count);
}

TEST(Link, JitterIsNetemsWithARate) {
  for (const LinkModel& model : {kWifi, kLte}) {
    for (const double load : {0.1, 0.5, 1.0, 1.2}) {
      Link link(model, Seed{5});
      // The same draws, one by one: far apart, and without a line.
      Link alone({.delay = model.delay, .jitter = model.jitter}, Seed{5});
      const Nanos airtime{std::llround(line_ns(model))};
      Nanos last{};
      for (int i = 0; i < 20'000; ++i) {
        const Nanos sent{std::llround(i * line_ns(model) / load)};
        const Nanos delay = alone.offer(i * 1s, kFullFrame).leaves - i * 1s;
        last = std::max(last, sent + delay) + airtime;
        ASSERT_EQ(link.offer(sent, kFullFrame).leaves, last) << load << ' ' << i;
      }
    }
  }
}

// The share of packets whose delay beyond the time on the line is at most `delay`, in ns, when full
// frames arrive evenly. That holds for a packet if its own draw is at most `delay`, and so is, for
// every k, the draw of the packet k before it minus k times the idle time between two frames.
double share_up_to(double delay, const LinkModel& model, double load) {
  const double least = static_cast<double>((model.delay - model.jitter).count());
  const double range = static_cast<double>(2 * model.jitter.count());
  const double idle = line_ns(model) * (1 / load - 1);
  double share = 1;
  for (int k = 0; k < 20'000 && share > 1e-12; ++k) {
    const double drawn = (delay + k * idle - least) / range;
    if (drawn >= 1) break;
    share *= std::max(0.0, drawn);
  }
  return share;
}

TEST(Link, JitterOnALoadedLink) {
  for (const LinkModel& model : {kWifi, kLte}) {
    const double jitter = static_cast<double>(model.jitter.count());
    const double least = static_cast<double>(model.delay.count()) - jitter;
    for (const double load : {0.1, 0.5, 1.0}) {
      Link link(model, Seed{5});
      std::vector<double> delays;
      Nanos last{-1h};
      for (int i = 0; i < 50'000; ++i) {
        const Nanos sent{std::llround(i * line_ns(model) / load)};
        const Nanos leaves = link.offer(sent, kFullFrame).leaves;
        ASSERT_GE(leaves - last, Nanos{static_cast<std::int64_t>(line_ns(model))});
        delays.push_back(static_cast<double>((leaves - sent).count()) - line_ns(model));
        last = leaves;
      }
      double expected = 0;
      for (int i = 0; i < 1000; ++i)
        expected += (1 - share_up_to(least + (i + 0.5) * jitter / 500, model, load)) / 1000;
      expected = least + 2 * jitter * expected;
      const double mean =
          std::accumulate(delays.begin(), delays.end(), 0.0) / static_cast<double>(delays.size());
      EXPECT_NEAR(mean, expected, jitter / 50) << load;

      // The quantiles, and at both ends the range that was asked for.
      std::sort(delays.begin(), delays.end());
      for (const double p : {0.01, 0.5, 0.99}) {
        const double quantile = delays[static_cast<std::size_t>(p * 50'000)];
        EXPECT_LE(share_up_to(quantile - jitter / 50, model, load), p) << load;
        EXPECT_GE(share_up_to(quantile + jitter / 50, model, load), p) << load;
      }
      EXPECT_GE(delays.front(), least - 1);
      EXPECT_LE(delays.back(), least + 2 * jitter + 1);
    }
  }
}

TEST(Link, JitterTakesNothingFromTheQueue) {
  // An idle line: whatever waits, waits for its jitter.
  Link link({.rate = 100_mbit, .delay = 20ms, .jitter = 10ms, .queue = {.packets = 2}}, Seed{5});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(link.offer(i * 1ms, kFullFrame).fate, Fate::kLeaves);
  // A line that is never idle: the last packet waits for two others, and for the greatest jitter.
  Nanos longest{};
  for (int i = 0; i < 20'000; ++i) {
    const Nanos sent = 1s + i * 10us;
    const Departure verdict = link.offer(sent, kFullFrame);
    if (i >= 10'000 && verdict.fate == Fate::kLeaves)
      longest = std::max(longest, verdict.leaves - sent);
  }
  EXPECT_GT(link.counters().tail_dropped, 0u);
  EXPECT_GT(longest, 30ms);
  EXPECT_LE(longest, 30ms + 2 * kFrameAt100Mbit);
}

TEST(Link, ADelayThatShrinksReleasesNoClump) {
  for (const Nanos jitter : {0ms, 2ms}) {
    LinkModel model{.rate = 100_mbit, .delay = 100ms, .jitter = jitter};
    Link link(model, Seed{5});
    Nanos last{};
    for (int i = 0; i < 3000; ++i) {
      if (i == 1000) {
        model.delay = 5ms;
        link.set(i * 200us, model);
      }
      const Nanos leaves = link.offer(i * 200us, kFullFrame).leaves;
      EXPECT_GE(leaves - last, kFrameAt100Mbit) << i;
      last = leaves;
    }
    EXPECT_LE(last, 2999 * 200us + kFrameAt100Mbit + 5ms + jitter);
  }
}

TEST(Link, MoreJitterThanDelayNeverLeavesBeforeItIsSent) {
  Link link({.delay = 1ms, .jitter = 3ms}, Seed{5});
  for (int i = 0; i < 1000; ++i) EXPECT_GE(link.offer(i * 10ms, kFullFrame).leaves, i * 10ms);
}

TEST(Link, LosesWhatItWasToldToWithinBinomialBounds) {
  for (const double loss : {0.001, 0.01, 0.3}) {
    Link link({.rate = 1_gbit, .loss = {loss}}, Seed{7});
    int lost = 0;
    for (int i = 0; i < 100'000; ++i) lost += link.offer(i * 20us, kFullFrame).lost();
    EXPECT_NEAR(lost, 100'000 * loss, 4 * std::sqrt(100'000 * loss * (1 - loss)));
  }
}

TEST(Link, LosesNothingOrEverythingAtTheEnds) {
  Link none({.loss = {0, 5}}, Seed{7});
  Link all({.loss = {1, 5}}, Seed{7});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(none.offer(i * 1us, kFullFrame).lost());
    EXPECT_TRUE(all.offer(i * 1us, kFullFrame).lost());
  }
}

TEST(Link, ALostPacketUsesNoLineTime) {
  Link link({.rate = 100_mbit, .loss = {50_percent}}, Seed{3});
  Nanos last{};
  for (int i = 0; i < 100; ++i) last = std::max(last, link.offer(0ns, kFullFrame).leaves);
  EXPECT_EQ(last, static_cast<std::int64_t>(link.counters().delivered) * kFrameAt100Mbit);
}

struct Bursts {
  double loss;
  double mean_run;
  double runs;
};

// Offers `packets` frames, `clump` of them at a time, at the rate of the line.
Bursts measure_bursts(const LinkModel& model, int packets, int clump) {
  Link link(model, Seed{11});
  double lost = 0;
  double runs = 0;
  bool before = false;
  for (int i = 0; i < packets; ++i) {
    const bool is_lost = link.offer(i / clump * clump * kFrameAt100Mbit, kFullFrame).lost();
    lost += is_lost;
    runs += is_lost && !before;
    before = is_lost;
  }
  return {lost / packets, lost / runs, runs};
}

TEST(Link, BurstsHaveTheirMeanLossAndLengthOnASaturatedLink) {
  for (const double burst : {2.0, 5.0, 20.0}) {
    for (const double loss : {0.01, 0.1}) {
      for (const int clump : {1, 40}) {
        const Bursts seen =
            measure_bursts({.rate = 100_mbit, .loss = {loss, burst}}, 1'000'000, clump);
        // Runs are geometric: their length has a standard deviation of just under its mean.
        EXPECT_NEAR(seen.mean_run, burst, 4 * burst / std::sqrt(seen.runs))
            << loss << ' ' << burst << ' ' << clump;
        // Losses in runs: the binomial variance grows by about 2 B - 1.
        EXPECT_NEAR(seen.loss, loss, 4 * std::sqrt(loss * (1 - loss) * (2 * burst - 1) / 1e6))
            << loss << ' ' << burst << ' ' << clump;
      }
    }
  }
}

TEST(Link, ABurstShorterThanChanceIsChance) {
  const Bursts seen = measure_bursts({.rate = 100_mbit, .loss = {0.5, 1.5}}, 1'000'000, 1);
  EXPECT_NEAR(seen.mean_run, 2, 0.02);
  EXPECT_NEAR(seen.loss, 0.5, 0.005);
}

TEST(Link, ALonePacketIsNotStuckInABurst) {
  // Retransmissions 200 ms apart through bursts of 100 packets (12 ms): each meets the mean loss,
  // whatever happened to the one before.
  Link link({.rate = 100_mbit, .loss = {0.1, 100}}, Seed{13});
  int lost = 0;
  int lost_again = 0;
  bool before = false;
  for (int i = 0; i < 100'000; ++i) {
    const bool is_lost = link.offer(i * 200ms, kFullFrame).lost();
    lost += is_lost;
    lost_again += is_lost && before;
    before = is_lost;
  }
  EXPECT_NEAR(lost, 10'000, 4 * std::sqrt(100'000 * 0.1 * 0.9));
  EXPECT_NEAR(lost_again, lost * 0.1, 4 * std::sqrt(lost * 0.1 * 0.9));
}

TEST(Link, DropsTheTailAtExactlyItsLimitInPackets) {
  Link link({.rate = 100_mbit, .delay = 1s, .queue = {.packets = 10}}, Seed{1});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(link.offer(0ns, kFullFrame).fate, Fate::kLeaves);
  EXPECT_TRUE(link.offer(0ns, kFullFrame).tail_dropped());
  EXPECT_TRUE(link.offer(kFrameAt100Mbit - 1ns, kFullFrame).tail_dropped());
  // The first is off the line, though a second away from the far end: propagation is not queue.
  EXPECT_EQ(link.offer(kFrameAt100Mbit, kFullFrame).fate, Fate::kLeaves);
  EXPECT_TRUE(link.offer(kFrameAt100Mbit, kFullFrame).tail_dropped());
}

TEST(Link, DropsTheTailAtExactlyItsLimitInBytes) {
  Link link({.rate = 100_mbit, .queue = {.bytes = 3000_bytes}}, Seed{1});
  EXPECT_EQ(link.offer(0ns, kFullFrame).fate, Fate::kLeaves);
  EXPECT_TRUE(link.offer(0ns, kFullFrame).tail_dropped());
  EXPECT_EQ(link.offer(0ns, 1486_bytes).fate, Fate::kLeaves);
  EXPECT_TRUE(link.offer(0ns, 1_bytes).tail_dropped());
  EXPECT_EQ(link.depth(0ns).bytes, 3000_bytes);
  EXPECT_EQ(link.depth(kFrameAt100Mbit).bytes, 1486_bytes);
  EXPECT_EQ(link.depth(kFrameAt100Mbit).packets, 1);
}

TEST(Link, LuckDependsOnTheIndexAlone) {
  const LinkModel model{.rate = 100_mbit, .jitter = 1ms, .loss = {0.2}, .queue = {.packets = 3}};
  Link fast(model, Seed{17});
  Link slow(model, Seed{17});
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(fast.offer(i * 1us, kFullFrame).lost(), slow.offer(i * 1s, 100_bytes).lost()) << i;
  }
  EXPECT_NE(fast.counters().tail_dropped, slow.counters().tail_dropped);
}

TEST(Link, LinksAndDirectionsHaveStreamsOfTheirOwn) {
  const LinkModel model{.loss = {0.5}};
  std::vector<Link> links;
  for (const std::uint64_t run : {1, 2}) {
    for (const char* name : {"link1", "link2"}) {
      for (const Direction direction : {Direction::kUp, Direction::kDown})
        links.emplace_back(model, link_seed(Seed{run}, name, direction));
    }
  }
  std::vector<std::vector<bool>> fates(links.size());
  for (std::size_t l = 0; l < links.size(); ++l) {
    for (int i = 0; i < 10'000; ++i) fates[l].push_back(links[l].offer(i * 1us, kFullFrame).lost());
  }
  for (std::size_t a = 0; a < links.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      int same = 0;
      for (std::size_t i = 0; i < 10'000; ++i) same += fates[a][i] == fates[b][i];
      EXPECT_NEAR(same, 5000, 4 * std::sqrt(10'000 * 0.25)) << a << ' ' << b;
    }
  }
}

TEST(Link, ANewModelLeavesThePacketsInsideAlone) {
  Link link({.rate = 100_mbit, .delay = 10ms}, Seed{1});
  const Nanos first = link.offer(0ns, kFullFrame).leaves;
  link.set(10us, {.rate = 1_gbit, .delay = 1ms});
  // The line is busy with the first frame until 121 us, and the second must not overtake it.
  EXPECT_EQ(link.offer(10us, kFullFrame).leaves, first + 12112ns);
  EXPECT_EQ(link.offer(1s, kFullFrame).leaves, 1s + 12112ns + 1ms);
  link.set(2s, {});
  EXPECT_EQ(link.offer(2s, kFullFrame).leaves, 2s);
}

TEST(Link, ABlackholeTakesWhatArrivesAndLeavesWhatIsInside) {
  LinkModel model{.rate = 100_mbit, .delay = 10ms};
  Link link(model, Seed{1});
  EXPECT_EQ(link.offer(0ns, kFullFrame).leaves, kFrameAt100Mbit + 10ms);
  model.blackhole = true;
  link.set(1ms, model);
  for (int i = 0; i < 100; ++i) {
    const Departure verdict = link.offer(1ms + i * 1us, kFullFrame);
    EXPECT_EQ(verdict.fate, Fate::kBlackholed);
    EXPECT_FALSE(verdict.lost());
  }
  EXPECT_EQ(link.depth(2ms).packets, 0);
  model.blackhole = false;
  link.set(3ms, model);
  // No line time was used: the first packet after it starts at once.
  EXPECT_EQ(link.offer(3ms, kFullFrame).leaves, 3ms + kFrameAt100Mbit + 10ms);
  const LinkCounters& seen = link.counters();
  EXPECT_EQ(seen.packets, 102u);
  EXPECT_EQ(seen.bytes, 102u * 1514);
  EXPECT_EQ(seen.blackholed, 100u);
  EXPECT_EQ(seen.delivered, 2u);
  EXPECT_EQ(seen.lost + seen.tail_dropped, 0u);
}

TEST(Link, LossesAreBinomialAroundABlackhole) {
  LinkModel model{.rate = 100_mbit, .loss = {0.1}};
  Link link(model, Seed{29});
  for (int i = 0; i < 30'000; ++i) {
    model.blackhole = i / 5000 % 2 == 1;
    if (i % 5000 == 0) link.set(i * 1ms, model);
    link.offer(i * 1ms, kFullFrame);
  }
  EXPECT_EQ(link.counters().blackholed, 15'000u);
  EXPECT_NEAR(static_cast<double>(link.counters().lost), 1500, 4 * std::sqrt(15'000 * 0.1 * 0.9));
}

TEST(Link, CountersAddUp) {
  Link link({.rate = 100_mbit, .delay = 5ms, .loss = {0.1, 3}, .queue = {.packets = 20}}, Seed{19});
  std::uint64_t delivered_bytes = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Bytes frame{64 + i % 1451};
    if (link.offer(i * 50us, frame).fate == Fate::kLeaves)
      delivered_bytes += static_cast<std::uint64_t>(frame.count);
  }
  const LinkCounters& seen = link.counters();
  EXPECT_EQ(seen.packets, 10'000u);
  EXPECT_EQ(seen.lost + seen.tail_dropped + seen.delivered, seen.packets);
  EXPECT_EQ(seen.delivered_bytes, delivered_bytes);
  EXPECT_GT(seen.lost, 0u);
  EXPECT_GT(seen.tail_dropped, 0u);
}

TEST(Link, HoldsItsArithmeticAtItsBounds) {
  const LinkModel slowest{
      kLinkBounds.slowest, kLinkBounds.delay, kLinkBounds.delay, {0, kLinkBounds.burst}, {}};
  const LinkModel fastest{kLinkBounds.fastest,
                          kLinkBounds.delay,
                          kLinkBounds.delay,
                          {0, kLinkBounds.burst},
                          kLinkBounds.queue};
  LinkModel lossy = slowest;
  lossy.loss.mean = 0.5;  // in bursts of four months: maybe nothing gets through
  for (const LinkModel& model : {slowest, fastest, lossy}) {
    ASSERT_TRUE(is_within_bounds(model));
    Link link(model, Seed{3});
    Nanos last{};
    for (int i = 0; i < 100'000; ++i) {
      const Departure verdict = link.offer(i * 1ms, kFullFrame);
      if (verdict.fate != Fate::kLeaves) continue;
      ASSERT_GE(verdict.leaves, std::max<Nanos>(last, i * 1ms));
      last = verdict.leaves;
    }
    if (model.loss.mean == 0) {
      EXPECT_GT(last, 0s);
    }
  }
  EXPECT_FALSE(is_within_bounds({.delay = Nanos::max()}));
  EXPECT_FALSE(is_within_bounds({.delay = -1ns}));
  EXPECT_FALSE(is_within_bounds({.loss = {0.01, std::numeric_limits<double>::quiet_NaN()}}));
  EXPECT_FALSE(is_within_bounds({.loss = {std::numeric_limits<double>::quiet_NaN(), 1}}));
  EXPECT_FALSE(is_within_bounds({.rate = 1_gbit, .queue = {.packets = -1}}));
  EXPECT_DEATH(Link({.delay = Nanos::max()}, Seed{1}), "is_within_bounds");
}

TEST(Link, AYearIsExactAndTakesNoTime) {
  Link link({.rate = 100_mbit,
             .delay = 5ms,
             .jitter = 1ms,
             .loss = {0.01, 5},
             .queue = {.packets = 1000}},
            Seed{23});
  const auto started = std::chrono::steady_clock::now();
  Nanos t{};
  for (; t < 365 * 24h; t += 5min) {
    const Departure verdict = link.offer(t, kFullFrame);
    if (!verdict.lost()) {
      EXPECT_GE(verdict.leaves, t + kFrameAt100Mbit + 4ms);
      EXPECT_LE(verdict.leaves, t + kFrameAt100Mbit + 6ms);
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
}

}  // namespace
}  // namespace mpb
