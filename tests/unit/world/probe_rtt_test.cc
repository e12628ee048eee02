#include "world/probe_rtt.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

// Consecutive looks that find a phase have found one phase.
TEST(ProbeRtt, CountsPhasesAndTheSocketsThatHadOne) {
  ProbeRttCount count;
  count.add({{1, false}, {2, true}, {3, false}});
  count.add({{1, false}, {2, true}, {3, true}});
  count.add({{1, false}, {2, false}, {3, true}, {4, false}});
  count.add({{1, false}, {2, true}, {4, false}});  // 3 has gone
  EXPECT_EQ(count.counted(), (ProbeRtt{4, 2, 3}));
}

}  // namespace
}  // namespace mpb
