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
  const Settings conditions{{"link2.delay", "20ms"},       {"link*.loss", "1%"},
                            {"link2.rate", "50mbit"},      {"link1.mtu", "9000b"},
                            {"link2.flow_rate", "30mbit"}, {"pipeline", "4"}};
  const std::vector<LinkRecord> links = links_under(result, conditions);
  EXPECT_EQ(round_trips(links), "link1 10ms, link2 40ms");
  EXPECT_EQ(links[0].down,
            (Settings{{"rate", "10mbit"}, {"delay", "5ms"}, {"loss", "1%"}, {"mtu", "9000b"}}));
  EXPECT_EQ(
      links[1].down,
      (Settings{{"rate", "50mbit"}, {"delay", "20ms"}, {"loss", "1%"}, {"flow_rate", "30mbit"}}));
  EXPECT_EQ(link_description(links[1]),
            "both ways rate 50mbit, delay 20ms, loss 1%, flow_rate 30mbit; round trip 40ms");
  const std::vector<LinkCapacity> capacities = capacities_under(result, conditions);
  EXPECT_EQ(capacities[0].up_bps, 100e6);
  EXPECT_EQ(capacities[0].down_bps, 10e6);
  EXPECT_EQ(capacities[1].up_bps, 50e6);
  EXPECT_EQ(capacities[1].down_bps, 50e6);
  EXPECT_EQ(capacities[0].mtu_bytes, 9000);
  EXPECT_EQ(capacities[1].mtu_bytes, 1500);
  EXPECT_EQ(capacities[0].down_flow_bps, 0);
  EXPECT_EQ(capacities[1].up_flow_bps, 30e6);
  EXPECT_EQ(capacities[1].down_flow_bps, 30e6);
}

TEST(Links, HaveTheFlowsOfTheProtocol) {
  Result result;
  result.capacities = {{"link1", 100e6, 100e6}, {"link2", 50e6, 50e6}};
  mpb::Run run;
  run.connections = 12;
  run.proto = "tcp";
  EXPECT_EQ(flows_on_link(result, run, 0), 12);
  run.proto = "tcp-split";
  EXPECT_EQ(flows_on_link(result, run, 0), 8);
  EXPECT_EQ(flows_on_link(result, run, 1), 4);
  run.proto = "mptcp", run.mptcp.connections = 12, run.mptcp.subflows_max = 2;
  EXPECT_EQ(flows_on_link(result, run, 0), 12);
  EXPECT_EQ(flows_on_link(result, run, 1), 12);
  run.mptcp.subflows_max = 8;
  EXPECT_EQ(flows_on_link(result, run, 1), 48);
  run.mptcp.subflows_max = 1;  // without endpoints
  EXPECT_EQ(flows_on_link(result, run, 0), 12);
  EXPECT_EQ(flows_on_link(result, run, 1), 0);
  result.scenario.clients = 2;  // of one link each
  run.mptcp.subflows_max = 2;
  EXPECT_EQ(flows_on_link(result, run, 0), 12);
}

TEST(Links, ShowTheRatesOfATrace) {
  LinkRecord link{"a",
                  {{"trace", "t/up.csv"}, {"jitter", "1ms"}, {"queue", "100p"}},
                  {{"rate", "5mbit"}, {"delay", "3ms"}, {"queue", "0p"}}};
  link.up_trace = TraceRecord{.sha256 = {},
                              .period = 10s,
                              .mean_bps = 12.34e6,
                              .least_bps = 0,
                              .most_bps = 40e6,
                              .least_delay = 20ms,
                              .most_delay = 45ms};
  EXPECT_EQ(link_description(link),
            "up trace t/up.csv (12.3 Mbit/s, 0.0 to 40.0 in a tenth of a second), delay 20ms to "
            "45ms, jitter 1ms, queue 100p; down rate 5mbit, delay 3ms, no queue limit");
  EXPECT_FALSE(round_trip_of(link));
  link.up_trace->least_delay = link.up_trace->most_delay = {};
  EXPECT_EQ(round_trip_of(link), 3ms);
}

}  // namespace
}  // namespace mpb
