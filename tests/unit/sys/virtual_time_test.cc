#include "sys/virtual_time.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

TEST(VirtualTime, IsThatOfUserModeLinux) {
  for (const char* name : {"time-travel-clock", "time-travel-clock-external"})
    EXPECT_TRUE(is_virtual_clock(name)) << name;
  for (const char* name : {"", "tsc", "kvm-clock", "timer"})
    EXPECT_FALSE(is_virtual_clock(name)) << name;
}

TEST(VirtualTime, BeginsAtMultiples) {
  EXPECT_EQ(next_multiple(0ms, 100ms), 0ms);
  EXPECT_EQ(next_multiple(1ns, 100ms), 100ms);
  EXPECT_EQ(next_multiple(100ms, 100ms), 100ms);
  EXPECT_EQ(next_multiple(100ms + 1ns, 100ms), 200ms);
  EXPECT_EQ(next_multiple(24h + 3us, 100ms), 24h + 100ms);
}

// This test runs in real and in virtual time.
TEST(VirtualTime, HasComeWhenItIsToBegin) {
  const Nanos before = now();
  const Nanos begin = begin_aligned();
  EXPECT_LE(begin, now());
  EXPECT_GE(begin, before);
  if (in_virtual_time()) {
    EXPECT_EQ(begin % kVirtualGrid, 0ns);
  }
}

}  // namespace
}  // namespace mpb
