#include "analysis/links.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

TEST(RoundTrips, AreThoseOfBothDirections) {
  const auto link = [](const std::string& name, const std::string& delay) {
    return LinkRecord{name, {{"delay", delay}}, {{"delay", delay}}};
  };
  EXPECT_EQ(round_trips({link("a", "5ms"), link("b", "5ms")}), "10ms");
  EXPECT_EQ(round_trips({link("wifi", "4ms"), link("lte", "30ms")}), "wifi 8ms, lte 60ms");
  EXPECT_EQ(round_trips({link("a", "0s"), link("b", "0s")}), "");
  EXPECT_EQ(round_trips({link("a", "5ms"), link("b", "long")}), "") << "a file of others";
}

TEST(Links, AreThoseOfTheConditions) {
  Result result;
  for (const char* name : {"link1", "link2"}) {
    result.scenario.links.push_back(
        {name, {{"rate", "100mbit"}, {"delay", "5ms"}}, {{"rate", "10mbit"}, {"delay", "5ms"}}});
    result.capacities.push_back({name, 100e6, 10e6});
  }
  const Settings conditions{{"link2.delay", "20ms"},
                            {"link*.loss", "1%"},
                            {"link2.rate", "50mbit"},
                            {"link1.mtu", "9000b"},
                            {"pipeline", "4"}};
  const std::vector<LinkRecord> links = links_under(result, conditions);
  EXPECT_EQ(round_trips(links), "link1 10ms, link2 40ms");
  EXPECT_EQ(links[0].down,
            (Settings{{"rate", "10mbit"}, {"delay", "5ms"}, {"loss", "1%"}, {"mtu", "9000b"}}));
  EXPECT_EQ(links[1].down, (Settings{{"rate", "50mbit"}, {"delay", "20ms"}, {"loss", "1%"}}));
  const std::vector<LinkCapacity> capacities = capacities_under(result, conditions);
  EXPECT_EQ(capacities[0].up_bps, 100e6);
  EXPECT_EQ(capacities[0].down_bps, 10e6);
  EXPECT_EQ(capacities[1].up_bps, 50e6);
  EXPECT_EQ(capacities[1].down_bps, 50e6);
  EXPECT_EQ(capacities[0].mtu_bytes, 9000);
  EXPECT_EQ(capacities[1].mtu_bytes, 1500);
}

}  // namespace
}  // namespace mpb
