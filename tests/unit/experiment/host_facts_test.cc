#include "experiment/host_facts.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

NamespaceRecord facts() {
  NamespaceRecord its;
  its.qdiscs = {"qdisc mq 0: dev eth0 root",
                "qdisc fq 0: dev eth0 parent :1 refcnt 2 limit 10000p"};
  its.offloads = {{"eth0", {"tcp-segmentation-offload: on"}}};
  its.mptcp_endpoints = {"10.0.1.1 id 1 subflow dev eth0"};
  its.mptcp_limits = "add_addr_accepted 0 subflows 2";
  its.sysctls = {{"net.mptcp.enabled", "1"}};
  return its;
}

TEST(HostFacts, AreRecordedOnce) {
  NamespaceRecord known;
  EXPECT_THAT(add_facts(facts(), known), IsEmpty());
  EXPECT_THAT(known.qdiscs, ElementsAre(facts().qdiscs[0], facts().qdiscs[1]));
  EXPECT_EQ(known.offloads, facts().offloads);
  EXPECT_EQ(known.mptcp_endpoints, facts().mptcp_endpoints);
  EXPECT_EQ(known.mptcp_limits, facts().mptcp_limits);
  EXPECT_THAT(add_facts(facts(), known), IsEmpty());
  EXPECT_EQ(known.qdiscs.size(), 2U);
}

TEST(HostFacts, OfADeviceThatALaterRunUsesAreAdded) {
  NamespaceRecord known = facts(), more = facts();
  more.qdiscs.emplace_back("qdisc noqueue 0: dev wlan0 root refcnt 2");
  more.offloads["wlan0"] = {"tcp-segmentation-offload: off"};
  EXPECT_THAT(add_facts(more, known), IsEmpty());
  EXPECT_EQ(known.qdiscs.size(), 3U);
  EXPECT_TRUE(known.offloads.contains("wlan0"));
}

TEST(HostFacts, ThatChangeAreNamed) {
  NamespaceRecord known = facts(), now = facts();
  now.qdiscs = {"qdisc noqueue 0: dev eth0 root refcnt 2"};
  now.offloads["eth0"] = {"tcp-segmentation-offload: off"};
  now.mptcp_endpoints->clear();
  now.mptcp_limits = "add_addr_accepted 0 subflows 1";
  now.sysctls["net.mptcp.enabled"] = "0";
  EXPECT_THAT(
      add_facts(now, known),
      ElementsAre("qdisc of eth0: \"qdisc mq 0: dev eth0 root qdisc fq 0: dev eth0 parent :1 limit "
                  "10000p\" and \"qdisc noqueue 0: dev eth0 root\"",
                  "offloads of eth0: \"tcp-segmentation-offload: on\" and "
                  "\"tcp-segmentation-offload: off\"",
                  "MPTCP endpoints: \"10.0.1.1 dev eth0 subflow\" and \"none\"",
                  "MPTCP limits: \"add_addr_accepted 0 subflows 2\" and \"add_addr_accepted 0 "
                  "subflows 1\"",
                  "net.mptcp.enabled: \"1\" and \"0\""));
}

// The number of an endpoint, implicit endpoints and references to a qdisc change without any effect
// on packets.
TEST(HostFacts, IgnoreChangesWithoutEffect) {
  NamespaceRecord known = facts(), now = facts();
  now.qdiscs[1] = "qdisc fq 0: dev eth0 parent :1 refcnt 5 limit 10000p";
  now.mptcp_endpoints = {"10.0.1.1 id 7 subflow dev eth0", "10.0.2.1 id 8 implicit dev eth1"};
  EXPECT_THAT(add_facts(now, known), IsEmpty());
}

TEST(HostFacts, ThatNoToolShowsAreNotCompared) {
  NamespaceRecord known = facts(), now = facts();
  now.qdiscs.clear();
  now.mptcp_endpoints.reset();
  now.mptcp_limits.reset();
  EXPECT_THAT(add_facts(now, known), IsEmpty());
}

}  // namespace
}  // namespace mpb
