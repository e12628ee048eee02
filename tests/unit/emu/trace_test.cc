#include "emu/trace.hh"

#include <gtest/gtest.h>

#include "refusal.hh"

namespace mpb {
namespace {

std::string refused(const std::string& text) {
  return refusal([&] { Trace(text, "t"); });
}

TEST(Trace, ReadsOpportunitiesOfMahimahi) {
  // Two at 3 ms, and the one at 0 belongs to the end of the time before.
  const Trace trace("0\n3\n3\n10\r\n", "t");
  EXPECT_EQ(trace.kind(), Trace::Kind::kOpportunities);
  EXPECT_EQ(trace.period(), 10ms);
  ASSERT_EQ(trace.steps().size(), 2U);
  EXPECT_EQ(trace.steps()[0].at, 3ms);
  EXPECT_EQ(trace.steps()[0].amount, 2 * 1504);
  EXPECT_EQ(trace.steps()[1].at, 10ms);
  EXPECT_EQ(trace.steps()[1].amount, 2 * 1504);
  EXPECT_EQ(trace.longest_pause(), 7ms);
  // Four opportunities in 10 ms, of which each carries one full frame.
  EXPECT_EQ(trace.mean_rate(kStandardMtu).count, 4 * 1514 * 8 * 100);
}

TEST(Trace, ReadsRatesWithDelayAndLoss) {
  const Trace trace("time,rate,delay,loss\n0,8mbit,20ms,1%\n0.5, 0bit ,45ms,0%\n2,repeat\n", "t");
  EXPECT_EQ(trace.kind(), Trace::Kind::kRates);
  EXPECT_EQ(trace.period(), 2s);
  ASSERT_EQ(trace.steps().size(), 2U);
  EXPECT_EQ(trace.steps()[1].at, 500ms);
  EXPECT_EQ(trace.steps()[1].amount, 0);
  EXPECT_EQ(trace.steps()[1].delay, 45ms);
  EXPECT_EQ(trace.least_delay(), 20ms);
  EXPECT_EQ(trace.longest_pause(), 1500ms);
  EXPECT_EQ(trace.mean_rate(kStandardMtu), 2_mbit);
  EXPECT_DOUBLE_EQ(trace.mean_loss(0s, 2s), 0.0025);
  EXPECT_DOUBLE_EQ(trace.mean_loss(1900ms, 2100ms), 0.005);
}

TEST(Trace, HasOnlyTheColumnsOfItsHeader) {
  EXPECT_DOUBLE_EQ(Trace("time,rate,loss\n0,1mbit,2%\n1,repeat", "t").mean_loss(0s, 1s), 0.02);
  const Trace delay("time,rate,delay\n0,1mbit,2ms\n1,repeat", "t");
  EXPECT_TRUE(delay.has_delay() && !delay.has_loss());
}

TEST(Trace, CountsItsCapacityBetweenAnyTwoTimes) {
  const Trace rates("time,rate\n0,8mbit\n1,0bit\n2,16mbit\n4,repeat\n", "t");
  EXPECT_DOUBLE_EQ(rates.capacity(0s, 4s, kStandardMtu), 5e6);
  EXPECT_DOUBLE_EQ(rates.capacity(500ms, 2500ms, kStandardMtu), 1.5e6);
  EXPECT_DOUBLE_EQ(rates.capacity(-1s, 1s, kStandardMtu), 3e6);  // it repeats backwards too
  EXPECT_DOUBLE_EQ(rates.capacity(400s, 402s, kStandardMtu), 1e6);
  const Trace times("2\n5\n", "t");
  EXPECT_DOUBLE_EQ(times.capacity(0ms, 1999us, kStandardMtu), 0);
  EXPECT_DOUBLE_EQ(times.capacity(0ms, 2ms, kStandardMtu), 1514);
  EXPECT_DOUBLE_EQ(times.capacity(2ms, 5ms, kStandardMtu), 1514);
  EXPECT_DOUBLE_EQ(times.capacity(-5ms, 10ms, kStandardMtu), 6 * 1514);
}

TEST(Trace, ShowsItsRangeOverAWindow) {
  const Trace trace("time,rate\n0,8mbit\n1,0bit\n1.2,16mbit\n2,repeat\n", "t");
  const TraceRange range = range_of(trace, 2s, kStandardMtu);
  EXPECT_NEAR(range.mean_bps, (8e6 + 0.8 * 16e6) / 2, 1);
  EXPECT_NEAR(range.least_bps, 0, 1);
  EXPECT_NEAR(range.most_bps, 16e6, 1);
  EXPECT_NEAR(range_of(trace, 50ms, kStandardMtu).least_bps, 8e6, 1);  // shorter than a tenth
  EXPECT_NEAR(range_of(trace, 1s, kStandardMtu).most_bps, 8e6, 1);
}

TEST(Trace, HasTheDigestOfItsText) {
  EXPECT_EQ(Trace("1\n", "t").sha256(),
            "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865");
  EXPECT_NE(Trace("1\n", "t").sha256(), Trace("1", "t").sha256());
}

TEST(Trace, NamesTheLineTheFieldAndTheRemedy) {
  EXPECT_EQ(refused(""),
            "t: line 1: \"\" is neither a number of milliseconds (mahimahi) nor one of the headers "
            "time,rate | time,rate,delay | time,rate,loss | time,rate,delay,loss");
  EXPECT_EQ(refused("1\n\n2\n"),
            "t: line 2: \"\" is not a number of milliseconds; a trace of mahimahi has one on each "
            "line");
  EXPECT_EQ(refused("1\n5\n4\n"),
            "t: line 3: 4 ms is before the line above; put the lines in order of time");
  EXPECT_EQ(refused("0\n0\n"), "t: ends at 0 ms; the last line is the length of the trace");
  EXPECT_EQ(refused("99999999999\n"),
            "t: line 1: 99999999999 ms is after 86400s; a trace is at most so long");
  EXPECT_EQ(refused("86400000\n"), "t: its mean rate of 0 bit/s is not between 1kbit and 100gbit");
  const std::string header = "time,rate\n";
  EXPECT_EQ(refused(header + "0,80\n"), "t: line 2: rate: \"80\" has no unit; write \"80mbit\"");
  EXPECT_EQ(refused(header + "0,5bit\n"),
            "t: line 2: rate: \"5bit\" is neither 0bit nor between 1kbit and 100gbit");
  EXPECT_EQ(refused(header + "1,1mbit\n"), "t: line 2: time: the first row has to begin at 0");
  EXPECT_EQ(refused(header + "0,1mbit\n0.0005,2mbit\n"),
            "t: line 3: time: 0.0005 is not 1ms after the row above");
  EXPECT_EQ(refused(header + "0,1mbit\nsoon,2mbit\n"),
            "t: line 3: time: \"soon\" is not a number of seconds; write 0, 0.1, 15 and so on");
  EXPECT_EQ(refused(header + "0,1mbit,5ms\n"), "t: line 2: has 3 columns, but the header has 2");
  EXPECT_EQ(refused(header + "0,1mbit\n"),
            "t: has no end; write a last row such as \"60,repeat\": the time in seconds at which "
            "the trace starts again");
  EXPECT_EQ(refused(header + "0,1mbit\n1,repeat\n2,1mbit\n"),
            "t: line 3: no row can follow \"repeat\"");
  EXPECT_EQ(refused("time,rate,delay\n0,1mbit,61s\n"),
            "t: line 2: delay: \"61s\" is longer than 60s");
  EXPECT_EQ(refused("time,rate,loss\n0,1mbit,101%\n").substr(0, 16), "t: line 2: loss:");
  EXPECT_EQ(refused(header + "0,0bit\n1,repeat\n"),
            "t: its mean rate of 0 bit/s is not between 1kbit and 100gbit");
}

TEST(Trace, EscapesTheTextOfAStranger) {
  const std::string message = refused("1\n\x1b[2J\n");
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_LT(refused(std::string(100'000, 'x')).size(), 300U);
}

}  // namespace
}  // namespace mpb
