#include "net/interfaces.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Every namespace has this interface, and it has the address when it is up.
TEST(Interfaces, HaveTheOffloadsThatTheKernelShows) {
  EXPECT_THAT(offloads_of("lo"), Contains(StartsWith("tcp-segmentation-offload: o")));
  EXPECT_THAT(offloads_of("no-such-device"), IsEmpty());
}

TEST(Interfaces, AreFoundByTheirAddresses) {
  const auto devices = devices_by_address();
  ASSERT_TRUE(devices.contains("127.0.0.1")) << "this test needs lo: ip link set lo up";
  EXPECT_EQ(devices.at("127.0.0.1"), "lo");
}

}  // namespace
}  // namespace mpb
