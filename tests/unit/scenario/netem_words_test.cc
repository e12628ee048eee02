#include "scenario/netem_words.hh"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace mpb {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// The losses of the outer netem | the work of the inner one, the line.
std::string words(const LinkModel& model) {
  return joined(netem_loss_words(model)) + " | " + joined(netem_line_words(model));
}

// A queue of 2^63 - 1 packets came out as "limit -9223372036854775808".
TEST(Netem, HasALimitThatTcTakesAtTheBoundsOfALink) {
  const LinkModel most{kLinkBounds.fastest,
                       kLinkBounds.delay,
                       kLinkBounds.delay,
                       {0.5, kLinkBounds.burst},
                       {.packets = kLinkBounds.queue.packets}};
  EXPECT_THAT(words(most), EndsWith("rate 100gbit limit 1990752973"));
  LinkModel bytes = most;
  bytes.queue = {.bytes = kLinkBounds.queue.bytes};
  bytes.mtu = kLinkBounds.least_mtu;
  EXPECT_LT(std::stoull(netem_line_words(bytes).back()), std::uint64_t{1} << 32);
}

TEST(Netem, SaysTheModelInTheWordsOfTc) {
  EXPECT_EQ(words({100_mbit, 5ms, 0ms, {0.01, 1}, {.packets = 250}}),
            "loss random 1% limit 1000000 | delay 5ms rate 100mbit limit 292");
  EXPECT_EQ(words({.rate = 1_gbit, .delay = 500us, .jitter = 100us}),
            "limit 1000000 | delay 500us 100us rate 1gbit limit 1000000");
  EXPECT_EQ(words({}), "limit 1000000 | limit 1000000");  // tc's own default of 1000 would drop
}

TEST(FlowCapWords, PaceEveryPacketAndLimitTheQueueOfEachFlow) {
  EXPECT_EQ(joined(flow_cap_words({.flow_rate = 30_mbit, .flow_queue = {.packets = 250}})),
            "maxrate 30mbit flow_limit 250 limit 1000000 orphan_mask 65535 "
            "low_rate_threshold 34gbit");
  EXPECT_THAT(joined(flow_cap_words({.flow_rate = 30_mbit})),
              HasSubstr("flow_limit 1000000 limit 1000000"));
  EXPECT_THAT(joined(flow_cap_words({.flow_rate = 30_mbit, .flow_queue = {.bytes = 1515_bytes}})),
              HasSubstr("flow_limit 2 "));
}

// Mean loss L and mean burst B as Gilbert-Elliott: r = 1/B, p = rL/(1-L); in the long run p/(p+r) =
// L of the packets are lost.
TEST(Netem, LosesBurstsWithTheMeanAskedFor) {
  EXPECT_EQ(words({.loss = {0.02, 4}, .queue = {.packets = 10}}),
            "loss gemodel 0.510204% 25% 100% 0% limit 1000000 | limit 10");
  EXPECT_NEAR(0.00510204 / (0.00510204 + 0.25), 0.02, 1e-6);
}

// netem's limit includes packets in propagation: 100 Mbit/s for 5 ms are 41.28 full frames of 1514
// bytes, on top of the queue.
TEST(Netem, LimitsTheQueueBeyondTheBandwidthDelayProduct) {
  EXPECT_THAT(words({.rate = 100_mbit, .delay = 5ms, .queue = {.packets = 100}}),
              HasSubstr("limit 142"));
  EXPECT_THAT(words({.rate = 100_mbit, .delay = 4ms, .jitter = 1ms, .queue = {.packets = 100}}),
              HasSubstr("limit 142"));
  EXPECT_THAT(words({.rate = 100_mbit, .delay = 5ms, .queue = {.bytes = 151400_bytes}}),
              HasSubstr("limit 142"));
  EXPECT_THAT(words({.delay = 5ms, .queue = {.packets = 100}}), HasSubstr("limit 100"));
  // 7.8 frames of 8014 bytes are in propagation.
  EXPECT_THAT(words({.rate = 100_mbit, .delay = 5ms, .queue = {.packets = 100}, .mtu = 8000_bytes}),
              HasSubstr("limit 108"));
  EXPECT_THAT(
      words({.rate = 100_mbit, .delay = 5ms, .queue = {.bytes = 80140_bytes}, .mtu = 8000_bytes}),
      HasSubstr("limit 18"));
}

}  // namespace
}  // namespace mpb
