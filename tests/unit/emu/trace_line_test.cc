#include "emu/trace_line.hh"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "emu/link.hh"

namespace mpb {
namespace {

std::shared_ptr<const Trace> trace_of(const std::string& text) {
  return std::make_shared<const Trace>(text, "t");
}

LinkModel model_of(const std::string& text) { return {.trace = {"t", trace_of(text)}}; }

TEST(TraceLine, AnOpportunityCarriesOneFullFrame) {
  Link link(model_of("3\n10\n"), Seed{1});
  EXPECT_EQ(link.offer(1ms, kFullFrame).leaves, 3ms);
  EXPECT_EQ(link.offer(1ms, kFullFrame).leaves, 10ms);
  EXPECT_EQ(link.offer(1ms, kFullFrame).leaves, 13ms);
}

TEST(TraceLine, AnOpportunityAtTheTimeOfThePacketIsTooEarly) {
  Link link(model_of("3\n10\n"), Seed{1});
  EXPECT_EQ(link.offer(3ms, kFullFrame).leaves, 10ms);
}

TEST(TraceLine, SmallPacketsShareAnOpportunity) {
  // 104 bytes in its count: fourteen use 1456 of 1504 bytes, and the fifteenth needs a part of the
  // next opportunity too.
  Link link(model_of("1\n2\n"), Seed{1});
  for (int i = 0; i < 14; ++i) EXPECT_EQ(link.offer(0ms, 114_bytes).leaves, 1ms);
  EXPECT_EQ(link.offer(0ms, 114_bytes).leaves, 2ms);
}

TEST(TraceLine, AnOpportunityWithoutPacketsIsWasted) {
  Link link(model_of("1\n2\n3\n4\n"), Seed{1});
  EXPECT_EQ(link.offer(2500us, 114_bytes).leaves, 3ms);
  // The rest of it, 1400 bytes, is gone when the next packet comes.
  EXPECT_EQ(link.offer(3ms, kFullFrame).leaves, 4ms);
  EXPECT_EQ(link.offer(3ms, 114_bytes).leaves, 5ms);
}

TEST(TraceLine, ALargePacketTakesSeveralOpportunities) {
  LinkModel model = model_of("1\n2\n3\n4\n5\n6\n7\n8\n");
  model.mtu = 9000_bytes;
  Link link(model, Seed{1});
  EXPECT_EQ(link.offer(0ms, full_frame(model)).leaves, 6ms);  // 9004 bytes of 6 * 1504
  EXPECT_EQ(link.offer(0ms, 30_bytes).leaves, 6ms);           // the 20 bytes that are left
}

// mahimahi's queue as its source describes it: packets wait, and each opportunity carries 1504
// bytes of those that came before it.
class Oracle {
 public:
  explicit Oracle(const std::vector<int>& ms) : ms_(ms) {}

  void arrive(Nanos at, std::int64_t bytes) {
    run_to(at);
    queue_.push_back(bytes);
  }

  void run_to(Nanos now) {
    for (; time() <= now; ++next_) {
      std::int64_t left = 1504;
      while (left > 0 && !queue_.empty()) {
        const std::int64_t taken = std::min(left, queue_.front());
        left -= taken;
        if ((queue_.front() -= taken) > 0) continue;
        queue_.pop_front();
        departures.push_back(time());
      }
    }
  }

  std::vector<Nanos> departures;

 private:
  Nanos time() const {
    const auto size = ms_.size();
    return (static_cast<int>(next_ / size) * ms_.back() + ms_[next_ % size]) * 1ms;
  }

  std::vector<int> ms_;
  std::size_t next_ = 0;
  std::deque<std::int64_t> queue_;
};

TEST(TraceLine, DeliversAsMahimahiDoes) {
  std::mt19937_64 random(7);
  const auto below = [&random](int most) { return static_cast<int>(random() % most); };
  for (int round = 0; round < 200; ++round) {
    std::vector<int> ms{1 + below(20)};
    for (int i = below(30); i > 0; --i) ms.push_back(ms.back() + below(9) * below(3));
    std::string text;
    for (const int at : ms) text += std::to_string(at) + "\n";
    Link link(model_of(text), Seed{1});
    Oracle oracle(ms);
    std::vector<Nanos> departures;
    Nanos now{1};
    for (int i = 0; i < 300; ++i) {
      // Clumps, gaps, and times that are those of opportunities.
      now += below(4) == 0 ? Nanos{below(40) * 1'000'000} : Nanos{below(3) * 300'000};
      if (below(9) == 0) now = (now / 1ms + 1) * 1ms;
      const Bytes frame{34 + below(1481)};
      departures.push_back(link.offer(now, frame).leaves);
      oracle.arrive(now, frame.count - 10);
    }
    oracle.run_to(departures.back());
    ASSERT_EQ(departures, oracle.departures) << text;
  }
}

// Every byte that leaves by time t had an opportunity, and under saturation none is wasted.
TEST(TraceLine, ASaturatedLineUsesEveryByteOfTheTrace) {
  for (const std::string text : {"2\n2\n3\n9\n",
                                 "time,rate\n0,8mbit\n0.01,0bit\n0.05,3mbit\n"
                                 "0.06,100mbit\n0.1,repeat\n"}) {
    const std::shared_ptr<const Trace> trace = trace_of(text);
    TraceLine line(trace);
    double sent = 0;
    for (int i = 0; i < 5000; ++i) {
      const Bytes frame{34 + i * 37 % 1481};
      const Nanos leaves = line.send(0ns, frame);
      sent += static_cast<double>(trace->counted(frame).count);
      const double scale = static_cast<double>(trace->counted(kFullFrame).count) / 1514;
      const double offered = trace->capacity(0ns, leaves, kStandardMtu) * scale;
      // The next instant of an opportunity offers more; a rate ends to the nanosecond.
      ASSERT_LE(sent, offered + 13);  // 13 bytes last a nanosecond at 100 Gbit/s
      ASSERT_GE(sent, offered - (trace->kind() == Trace::Kind::kRates ? 1 : 3008));
    }
  }
}

TEST(TraceLine, AConstantRateIsThatOfALinkToTheNanosecond) {
  Link plain({.rate = BitsPerSecond{33'333'333}, .delay = 5ms, .jitter = 1ms}, Seed{1});
  LinkModel model = model_of("time,rate\n0,33333333bit\n0.007,33333333bit\n0.0113,repeat\n");
  model.delay = 5ms;
  model.jitter = 1ms;
  Link traced(model, Seed{1});
  std::mt19937_64 random(3);
  Nanos now{};
  for (int i = 0; i < 20'000; ++i) {
    now += Nanos{static_cast<std::int64_t>(random() % 700'000)};
    const Bytes frame{static_cast<std::int64_t>(34 + random() % 1481)};
    ASSERT_EQ(plain.offer(now, frame).leaves, traced.offer(now, frame).leaves) << i;
  }
  EXPECT_EQ(plain.depth(now).packets, traced.depth(now).packets);
}

TEST(TraceLine, AFrameSpansStepsAndAnOutage) {
  // 12112 bits: 4000 in the first 4 ms, nothing for 6 ms, then 8112 at 8 Mbit/s.
  Link link(model_of("time,rate\n0,1mbit\n0.004,0bit\n0.01,8mbit\n1,repeat\n"), Seed{1});
  EXPECT_EQ(link.offer(0ms, kFullFrame).leaves, 10ms + 1014us);
  EXPECT_EQ(link.offer(0ms, kFullFrame).leaves, 10ms + 1014us + 1514us);
}

TEST(TraceLine, AFrameThatEndsWithAStepDoesNotWaitForTheNext) {
  Link link(model_of("time,rate\n0,12112kbit\n0.001,0bit\n1,repeat\n"), Seed{1});
  EXPECT_EQ(link.offer(0ms, kFullFrame).leaves, 1ms);
  EXPECT_EQ(link.offer(0ms, kFullFrame).leaves, 1001ms);
}

TEST(TraceLine, StartsWhenToldTo) {
  Link link(model_of("3\n10\n"), Seed{1});
  link.start_trace(0ms, 100ms);  // so it began at 90 ms too, and so on
  EXPECT_EQ(link.offer(0ms, kFullFrame).leaves, 3ms);
  EXPECT_EQ(link.offer(101ms, kFullFrame).leaves, 103ms);
  link.start_trace(102ms, 101ms);
  EXPECT_EQ(link.offer(102ms, kFullFrame).leaves, 104ms);
  EXPECT_EQ(link.offer(102ms, kFullFrame).leaves, 111ms);
  // Times before are those of earlier repetitions.
  link.start_trace(120ms, 205ms);
  EXPECT_EQ(link.offer(120ms, kFullFrame).leaves, 125ms);
}

TEST(TraceLine, FollowsDelayAndLoss) {
  LinkModel model = model_of(
      "time,rate,delay,loss\n0,100mbit,20ms,0%\n1,100mbit,5ms,100%\n2,100mbit,5ms,0%\n"
      "3,repeat\n");
  Link link(model, Seed{1});
  const Nanos airtime = 121120ns;
  EXPECT_EQ(link.offer(0s, kFullFrame).leaves, airtime + 20ms);
  EXPECT_TRUE(link.offer(1500ms, kFullFrame).lost());
  EXPECT_EQ(link.offer(2s, kFullFrame).leaves, 2s + airtime + 5ms);
  // An event changes the rest of the model.
  model.jitter = 2ms;
  model.trace = {};
  link.set(2500ms, model);
  EXPECT_NEAR(seconds(link.offer(2500ms, kFullFrame).leaves - 2500ms), 0.005, 0.0022);
  EXPECT_GE(link.offer(3s, kFullFrame).leaves, 3s + airtime + 18ms);
  model.blackhole = true;
  link.set(3500ms, model);
  EXPECT_EQ(link.offer(3500ms, kFullFrame).fate, Fate::kBlackholed);
}

TEST(TraceLine, AShorterDelayLetsNoPacketOvertake) {
  Link link(model_of("time,rate,delay\n0,100mbit,20ms\n0.5,100mbit,1ms\n1,repeat\n"), Seed{1});
  const Nanos before = link.offer(499ms, kFullFrame).leaves;
  EXPECT_EQ(link.offer(501ms, kFullFrame).leaves, before + 121120ns);
}

TEST(TraceLine, TheQueueLimitCountsPacketsThatWaitForAnOpportunity) {
  LinkModel model = model_of("10\n");
  model.queue.packets = 3;
  Link link(model, Seed{1});
  int dropped = 0;
  for (int i = 0; i < 10; ++i) dropped += link.offer(1ms, kFullFrame).tail_dropped() ? 1 : 0;
  EXPECT_EQ(dropped, 7);
  EXPECT_EQ(link.depth(9ms).packets, 3);
  EXPECT_EQ(link.depth(10ms).packets, 2);
}

}  // namespace
}  // namespace mpb
