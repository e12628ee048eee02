#include "stats/gaps.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

TEST(Gaps, AddUpWhereTheyAreNoWaits) {
  Gaps gaps;
  for (const Nanos gap : {5ms, 10ms, 150ms, 12ms, 9ms}) gaps.add(gap);
  EXPECT_EQ(gaps.longest, 150ms);
  EXPECT_EQ(gaps.sum, 162ms);
}

}  // namespace
}  // namespace mpb
