// The verdicts of `lab --check` about its measurements: arithmetic, without a packet.
#include "tools/link_deviations.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const LinkModel kLossy{100_mbit, 5ms, 0ms, {0.01, 1}, {.packets = 250}};

Measured as_configured() {
  return {100_mbit, 5020us, 5060us, 100, 5000, 50, {.mean = 5140us, .p99 = 5230us}};
}

template <class Change>
std::vector<std::string> after(Change change, const LinkModel& model = kLossy) {
  Measured measured = as_configured();
  change(measured);
  return deviations(model, measured);
}

TEST(Check, TakesWhatIsAsConfigured) {
  EXPECT_THAT(deviations(kLossy, as_configured()), ElementsAre());
}

TEST(Check, SeesAnotherRate) {
  EXPECT_THAT(after([](Measured& m) { m.rate = 90_mbit; }),
              ElementsAre("the rate is 90.0 Mbit/s instead of 100"));
  EXPECT_THAT(after([](Measured& m) { m.rate = 110_mbit; }),
              ElementsAre("the rate is 110.0 Mbit/s instead of 100"));
  EXPECT_THAT(after([](Measured& m) { m.rate = BitsPerSecond{99'500'000}; }), ElementsAre());
  EXPECT_THAT(after([](Measured& m) { m.rate.reset(); }), ElementsAre());  // a link without one
}

TEST(Check, SeesAnotherRateOfASingleFlow) {
  LinkModel model = kLossy;
  model.flow_rate = 30_mbit;
  EXPECT_EQ(single_flow_rate(model), 30_mbit);
  EXPECT_EQ(flows_to_fill(model), 5);
  EXPECT_THAT(after([](Measured& m) { m.flow_rate = BitsPerSecond{29'700'000}; }, model),
              ElementsAre());
  EXPECT_THAT(after([](Measured& m) { m.flow_rate = 100_mbit; }, model),
              ElementsAre("the rate of a single flow is 100.0 Mbit/s instead of 30"));
  Measured measured = as_configured();
  measured.flow_rate = 30_mbit;
  const std::string text =
      to_text(check_table({{"a", Direction::kUp, model, measured, {}},
                           {"b", Direction::kUp, kLossy, as_configured(), {}}}));
  EXPECT_THAT(text, HasSubstr("30.0 (30)"));
  model.flow_rate = 200_mbit;  // more than the line
  EXPECT_EQ(single_flow_rate(model), 100_mbit);
  EXPECT_EQ(flows_to_fill(model), 1);
  model.rate = {};
  EXPECT_EQ(single_flow_rate(model), 200_mbit);
  EXPECT_EQ(single_flow_rate(kLossy), 100_mbit);
  EXPECT_EQ(flows_to_fill(kLossy), 1);
}

TEST(Check, SeesAnotherMtu) {
  EXPECT_THAT(after([](Measured& m) { m.mtu = 1400_bytes; }),
              ElementsAre("the MTU is 1400 bytes instead of 1500"));
}

TEST(CheckTable, ShowsMtusWhereOneIsNotTheStandard) {
  LinkModel jumbo = kLossy;
  jumbo.mtu = 9000_bytes;
  Measured measured = as_configured();
  measured.mtu = 9000_bytes;
  const std::string text =
      to_text(check_table({{"a", Direction::kUp, jumbo, measured, {}},
                           {"b", Direction::kUp, kLossy, as_configured(), {}}}));
  EXPECT_THAT(text, HasSubstr("a     up   9000 (9000)"));
  EXPECT_THAT(text, HasSubstr("b     up   1500 (1500)"));
}

TEST(Check, SeesAnotherDelay) {
  EXPECT_THAT(after([](Measured& m) { m.least_delay = 4800us; }),
              ElementsAre("the least delay is 4.80 ms instead of 5"));
  EXPECT_THAT(after([](Measured& m) { m.least_delay = m.median_delay = 10ms; }),
              ElementsAre("the least delay is 10.00 ms instead of 5"));
  EXPECT_THAT(after([](Measured& m) { m.median_delay = 7ms; }),
              ElementsAre("the median delay is 7.00 ms instead of 5"));
}

TEST(Check, AllowsForJitterAndNoMore) {
  LinkModel model = kLossy;
  model.jitter = 2ms;
  EXPECT_THAT(after([](Measured& m) { m.least_delay = 3100us; }, model), ElementsAre());
  EXPECT_THAT(after([](Measured& m) { m.least_delay = 2900us; }, model),
              ElementsAre("the least delay is 2.90 ms instead of 3 to 7"));
  EXPECT_THAT(after([](Measured& m) { m.median_delay = 7ms; }, model),
              ElementsAre("the median delay is 7.00 ms instead of 3 to 7"));
}

// A slow line takes 91.2 ms for a probe of 114 bytes at 10 kbit/s: no deviation.
TEST(Check, KnowsTheTimeOnTheLine) {
  LinkModel model = kLossy;
  model.rate = BitsPerSecond{10'000};
  EXPECT_THAT(
      after([&](Measured& m) { m = {model.rate, 96300us, 96400us, 100, 5000, 50, {}}; }, model),
      ElementsAre());
}

TEST(Check, LeavesLossItsLuck) {
  // Binomial: 50 of 5000 at 1 %, with a standard deviation of 7.04.
  EXPECT_THAT(after([](Measured& m) { m.lost = 78; }), ElementsAre());
  EXPECT_THAT(
      after([](Measured& m) { m.lost = 79; }),
      ElementsAre(
          "79 of 5000 packets were lost (1.58 %) instead of 1 % (by chance 0.44 % to 1.56 %)"));
  EXPECT_THAT(
      after([](Measured& m) { m.lost = 21; }),
      ElementsAre(
          "21 of 5000 packets were lost (0.42 %) instead of 1 % (by chance 0.44 % to 1.56 %)"));
  EXPECT_THAT(after([](Measured& m) { m.lost = 1; }, LinkModel{100_mbit, 5ms}),
              ElementsAre("1 of 5000 packets were lost (0.02 %) instead of 0 %"));
}

TEST(Check, WidensTheBandForBursts) {
  const LossBand lone = loss_band({0.01, 1}, 5000);
  const LossBand bursts = loss_band({0.01, 4}, 5000);
  EXPECT_NEAR(lone.most - 50, 28.1, 0.1);
  // 1 - m = 1/(4 * 0.99), so the variance is (2 - 0.2525)/0.2525 = 6.92 times that of lone losses.
  EXPECT_NEAR((bursts.most - 50) / (lone.most - 50), std::sqrt(6.92), 0.01);
  EXPECT_EQ(bursts.least, 0);
  EXPECT_EQ(loss_band({1, 1}, 5000).least, 5000);
}

TEST(Check, SaysThatALinkIsDead) {
  EXPECT_THAT(after([](Measured& m) { m = {BitsPerSecond{}, 0ns, 0ns, 0, 5000, 5000, {}}; }),
              ElementsAre("the rate is 0.000 Mbit/s instead of 100", "no packet arrived"));
}

std::vector<Nanos> every(Nanos gap, int count) {
  std::vector<Nanos> arrivals;
  for (int i = 0; i < count; ++i) arrivals.push_back(i * gap);
  return arrivals;
}

TEST(CheckRate, IsThatOfTheLineWhateverThePausesOfTheMachine) {
  // Full frames at 100 Mbit/s are 121.12 us apart.
  std::vector<Nanos> arrivals = every(121120ns, 4000);
  EXPECT_EQ(rate_of(arrivals, kFullFrame), 100_mbit);
  for (std::size_t i = 1000; i < arrivals.size(); ++i)
    arrivals[i] += 30ms;  // one pause, in one of the ten parts
  EXPECT_EQ(rate_of(arrivals, kFullFrame), 100_mbit);
  EXPECT_EQ(rate_of(every(121120ns, 10), kFullFrame), 100_mbit);
  EXPECT_EQ(rate_of({1ms}, kFullFrame), BitsPerSecond{});
}

TEST(CheckLoadedDelay, HasAP99OfAThousandFramesAndMore) {
  const std::vector<Nanos> delays = every(1ms, 1000);  // as times, but they do for delays
  EXPECT_EQ(loaded_delay(delays).mean, 499500us);
  EXPECT_EQ(loaded_delay(delays).p99, 990ms);
  EXPECT_EQ(loaded_delay({delays.begin() + 1, delays.end()}).p99, std::nullopt);
  EXPECT_EQ(loaded_delay({}).mean, std::nullopt);
}

TEST(CheckTable, PutsTheVerdictAtTheEndOfEachRow) {
  Measured off = as_configured();
  off.lost = 0;
  off.loaded.p99.reset();
  const std::string text = to_text(check_table({{"a", Direction::kUp, kLossy, as_configured(), {}},
                                                {"a", Direction::kDown, kLossy, off, {}}}));
  EXPECT_EQ(
      text,
      R"(  link  way   rate Mbit/s  delay ms  least ms  loaded ms  p99 ms  lost          verdict
  -------------------------------------------------------------------------------------
  a     up    100.0 (100)  5.06 (5)  5.02      5.14       5.23    1.00 % (1 %)  ok
  a     down  100.0 (100)  5.06 (5)  5.02      5.14       -       0.00 % (1 %)  OFF

  a down: 0 of 5000 packets were lost (0.00 %) instead of 1 % (by chance 0.44 % to 1.56 %).
)");
  EXPECT_THAT(text, Not(HasSubstr("tcp")));
  EXPECT_THAT(to_text(check_table({{"a", Direction::kUp, kLossy, as_configured(), 81.25e6}})),
              HasSubstr("1.00 % (1 %)  81.2        ok\n"));
}

// 8 Mbit/s for a second, then nothing for a second.
LinkModel traced() {
  LinkModel model;
  model.trace = {"t", std::make_shared<const Trace>("time,rate\n0,8mbit\n1,0bit\n2,repeat\n", "t")};
  return model;
}

// Full frames that leave a saturated line of 8 Mbit/s until a time.
std::vector<Nanos> frames_until(Nanos end) {
  std::vector<Nanos> arrivals;
  for (Nanos at = 1514us; at <= end; at += 1514us) arrivals.push_back(at);
  return arrivals;
}

std::vector<std::string> after_arrivals(const std::vector<Nanos>& arrivals) {
  const LinkModel model = traced();
  Measured measured{.least_delay = 300ms, .median_delay = 500ms, .delay_probes = 100, .sent = 100};
  measured.parts = parts_of(*model.trace.data, model.mtu, 2s, 10ms, arrivals);
  return deviations(model, measured);
}

TEST(CheckOfTrace, TakesALineThatFollowsIt) {
  // Probes may wait through the pause.
  EXPECT_THAT(after_arrivals(frames_until(1s)), ElementsAre());
  std::vector<Nanos> late = frames_until(1s);
  for (Nanos& at : late) at += 5ms;
  EXPECT_THAT(after_arrivals(late), ElementsAre());
}

TEST(CheckOfTrace, SeesTheTimeAtWhichALineDoesNot) {
  EXPECT_THAT(
      after_arrivals(frames_until(2s)),
      ElementsAre("the rate from 1.2 to 1.4 s of the trace is 7.99 Mbit/s instead of 0.000"));
  // As many frames, but evenly over both seconds.
  std::vector<Nanos> even = frames_until(1s);
  for (Nanos& at : even) at *= 2;
  EXPECT_THAT(after_arrivals(even), ElementsAre(HasSubstr("of the trace is ")));
  EXPECT_THAT(after_arrivals(frames_until(900ms)),
              ElementsAre(HasSubstr("the rate from 0.8 to 1.0 s of the trace is 4.0")));
  EXPECT_THAT(after_arrivals({}), ElementsAre(HasSubstr("is 0.000 Mbit/s instead of 8.00")));
}

TEST(CheckOfTrace, ShowsItsMean) {
  const LinkModel model = traced();
  Measured measured{.rate = 4_mbit, .delay_probes = 100, .sent = 100};
  measured.parts = parts_of(*model.trace.data, model.mtu, 2s, 10ms, frames_until(1s));
  const std::string text = to_text(check_table({{"a", Direction::kUp, model, measured, {}}}));
  EXPECT_THAT(text, HasSubstr("4.00 (trace: 4.00)"));
  EXPECT_THAT(text, HasSubstr(" ok"));
}

}  // namespace
}  // namespace mpb
