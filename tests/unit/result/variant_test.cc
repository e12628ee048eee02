#include "result/variant.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

using ::testing::ElementsAre;

PlanParameters varying(std::vector<Variable> vary, std::string base = "") {
  PlanParameters plan;
  plan.vary = std::move(vary);
  plan.base = std::move(base);
  return plan;
}

// "NAME vs BASE" of every contestant, in order.
std::vector<std::string> contestants(const std::vector<std::string>& protos,
                                     const PlanParameters& plan) {
  std::vector<std::string> texts;
  for (const Contestant& its : contestants_of(protos, plan)) {
    texts.push_back(contestant_name(its.proto, its.variant) +
                    (its.base.empty() ? "" : " vs " + its.base));
  }
  return texts;
}

TEST(Contestants, AreTheProtocolsIfNothingVaries) {
  EXPECT_THAT(contestants({"tcp", "tcp-split", "mptcp"}, {}),
              ElementsAre("tcp", "tcp-split vs tcp", "mptcp vs tcp"));
  EXPECT_THAT(contestants({"mptcp"}, {}), ElementsAre("mptcp"));
}

// TCP has no endpoints, so it runs once. The standard mode keeps the name "mptcp".
TEST(Contestants, HaveOnlySettingsThatConcernThem) {
  EXPECT_THAT(contestants({"tcp", "mptcp", "mptcp-one"},
                          varying({{"endpoints", {"subflow", "signal", "fullmesh"}}})),
              ElementsAre("tcp", "mptcp vs tcp", "mptcp+signal vs mptcp", "mptcp+fullmesh vs mptcp",
                          "mptcp-one vs tcp"));
  EXPECT_THAT(contestants({"tcp", "mptcp-one"}, varying({{"scheduler", {"default", "rr"}}})),
              ElementsAre("tcp", "mptcp-one vs tcp", "mptcp-one+scheduler=rr vs mptcp-one"));
}

TEST(Contestants, ShowEveryValueOfASysctl) {
  EXPECT_THAT(contestants({"tcp", "mptcp"}, varying({{"net.mptcp.stale_loss_cnt", {"1", "4"}}})),
              ElementsAre("tcp", "mptcp+stale_loss_cnt=1 vs tcp",
                          "mptcp+stale_loss_cnt=4 vs mptcp+stale_loss_cnt=1"));
}

// Such a value is a world of its own, in which everything is compared as usual.
TEST(Contestants, RunInEveryWorldThatASettingOfAllProtocolsMakes) {
  EXPECT_THAT(
      contestants({"tcp", "mptcp"}, varying({{"endpoints", {"subflow", "signal"}},
                                             {"congestion", {"cubic", "bbr"}}})),
      ElementsAre("tcp+cubic", "mptcp+cubic vs tcp+cubic", "mptcp+cubic+signal vs mptcp+cubic",
                  "tcp+bbr", "mptcp+bbr vs tcp+bbr", "mptcp+bbr+signal vs mptcp+bbr"));
  EXPECT_THAT(contestants({"tcp", "mptcp"}, varying({{"net.ipv4.tcp_sack", {"1", "0"}}})),
              ElementsAre("tcp+tcp_sack=1", "mptcp+tcp_sack=1 vs tcp+tcp_sack=1", "tcp+tcp_sack=0",
                          "mptcp+tcp_sack=0 vs tcp+tcp_sack=0"));
  EXPECT_THAT(contestants({"tcp", "mptcp"}, varying({{"ip", {"v4", "v6"}}})),
              ElementsAre("tcp", "mptcp vs tcp", "tcp+v6", "mptcp+v6 vs tcp+v6"));
}

TEST(Contestants, RunTwiceToShowTheNoise) {
  PlanParameters plan = varying({{"endpoints", {"subflow", "signal"}}});
  plan.again = true;
  EXPECT_THAT(contestants({"mptcp"}, plan),
              ElementsAre("mptcp", "mptcp-again vs mptcp", "mptcp+signal vs mptcp",
                          "mptcp-again+signal vs mptcp+signal"));
}

TEST(Contestants, AreComparedWithTheBaseThatTheUserNames) {
  const std::vector<Variable> endpoints{{"endpoints", {"subflow", "signal"}}};
  EXPECT_THAT(contestants({"tcp", "mptcp"}, varying(endpoints, "mptcp+signal")),
              ElementsAre("tcp vs mptcp+signal", "mptcp vs mptcp+signal", "mptcp+signal"));
  // A base without the congestion control is the one of the same world, and with it, it is one for
  // all worlds.
  const std::vector<Variable> congestion{{"congestion", {"cubic", "bbr"}}};
  EXPECT_THAT(
      contestants({"tcp", "mptcp"}, varying(congestion, "mptcp")),
      ElementsAre("tcp+cubic vs mptcp+cubic", "mptcp+cubic", "tcp+bbr vs mptcp+bbr", "mptcp+bbr"));
  EXPECT_THAT(contestants({"tcp"}, varying(congestion, "tcp+cubic")),
              ElementsAre("tcp+cubic", "tcp+bbr vs tcp+cubic"));
}

TEST(Contestants, HaveNamesThatARuleCanContain) {
  EXPECT_EQ(contestant_name("tcp", {{"net.ipv4.tcp_rmem", "4096 131072 6291456"}}),
            "tcp+tcp_rmem=4096,131072,6291456");
  EXPECT_EQ(contestant_name("mptcp", {{"net.core.somaxconn", "64"}}),
            "mptcp+net.core.somaxconn=64");
  EXPECT_EQ(plain_name("mptcp", {{"congestion", "bbr"}, {"endpoints", "signal"}}), "mptcp+signal");
}

}  // namespace
}  // namespace mpb
