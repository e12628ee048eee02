#include "world/veth_ends.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_scenario.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;

TEST(VethEnds, AreTheDevicesOfOneHost) {
  const Scenario s =
      scenario(R"({"clients": 2, "links": [{"name": "a", "mtu": "8000b"}, {"name": "b"}]})");
  const auto devices = [&s](const Place& place) {
    std::vector<std::string> names;
    for (const VethEnd& end : veth_ends(place, s)) {
      names.push_back(end.device);
      EXPECT_EQ(end.link.up.mtu.count, end.device.starts_with("a") ? 8000 : 1500);
    }
    return names;
  };
  EXPECT_THAT(devices(Role::kClient), ElementsAre("a", "b"));
  EXPECT_THAT(devices({Role::kClient, 2}), ElementsAre("a_c2", "b_c2"));
  EXPECT_THAT(devices(Role::kServer), ElementsAre("a", "b", "a_c2", "b_c2"));
  EXPECT_THAT(devices(Role::kRouter),
              ElementsAre("a-c", "a-s", "b-c", "b-s", "a_c2-c", "a_c2-s", "b_c2-c", "b_c2-s"));
}

}  // namespace
}  // namespace mpb
