#include "scenario/setup.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "made_up_scenario.hh"
#include "refusal.hh"
#include "scenario/topology.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The MPTCP commands of a world over two links, without "ip mptcp" and the sysctls that every world
// has.
std::vector<std::string> commands(Endpoints endpoints, std::size_t links = 2,
                                  int subflows_per_link = 1) {
  WorldOptions options;
  options.scenario.name = "made-up";
  for (std::size_t i = 0; i < links; ++i)
    options.scenario.links.push_back({"link" + std::to_string(i + 1), {}, {}});
  options.endpoints = endpoints;
  options.subflows_per_link = subflows_per_link;
  std::vector<std::string> found;
  for (const Step& step : topology(options)) {
    const std::string text = to_text(step);
    const std::size_t ip = text.find("ip mptcp ");
    if (ip != std::string::npos) found.push_back(text.substr(0, ip) + text.substr(ip + 9));
    if (text.find("allow_join") != std::string::npos) found.push_back(text);
  }
  return found;
}

TEST(Setup, EachModeOfEndpointsHasItsCommands) {
  EXPECT_THAT(commands(Endpoints::kSubflow),
              ElementsAre("[client] limits set subflows 1 add_addr_accepted 0",
                          "[server] limits set subflows 1 add_addr_accepted 0",
                          "[client] endpoint add 10.0.2.1 dev link2 subflow"));
  EXPECT_THAT(commands(Endpoints::kSignal),
              ElementsAre("[client] limits set subflows 1 add_addr_accepted 1",
                          "[server] limits set subflows 1 add_addr_accepted 1",
                          "[server] endpoint add 10.1.2.1 dev link2 signal"));
  EXPECT_THAT(commands(Endpoints::kMaintainers),
              ElementsAre("[client] limits set subflows 2 add_addr_accepted 2",
                          "[server] limits set subflows 2 add_addr_accepted 0",
                          "[client] endpoint add 10.0.1.1 dev link1 subflow",
                          "[client] endpoint add 10.0.2.1 dev link2 subflow",
                          "[server] endpoint add 10.1.1.1 dev link1 signal",
                          "[server] endpoint add 10.1.2.1 dev link2 signal",
                          "[server] sysctl -w net.mptcp.allow_join_initial_addr_port=0"));
  EXPECT_THAT(commands(Endpoints::kFullmesh),
              ElementsAre("[client] limits set subflows 8 add_addr_accepted 8",
                          "[server] limits set subflows 8 add_addr_accepted 8",
                          "[client] endpoint add 10.0.1.1 dev link1 subflow fullmesh",
                          "[client] endpoint add 10.0.2.1 dev link2 subflow fullmesh",
                          "[server] endpoint add 10.1.2.1 dev link2 signal"));
  EXPECT_THAT(commands(Endpoints::kBackup, 3),
              ElementsAre("[client] limits set subflows 2 add_addr_accepted 0",
                          "[server] limits set subflows 2 add_addr_accepted 0",
                          "[client] endpoint add 10.0.2.1 dev link2 subflow backup",
                          "[client] endpoint add 10.0.3.1 dev link3 subflow backup"));
  EXPECT_THAT(commands(Endpoints::kLaminar),
              ElementsAre("[client] limits set subflows 8 add_addr_accepted 8",
                          "[server] limits set subflows 8 add_addr_accepted 8",
                          "[client] endpoint add 10.0.1.1 dev link1 laminar",
                          "[client] endpoint add 10.0.2.1 dev link2 laminar",
                          "[server] endpoint add 10.1.2.1 dev link2 signal"));
  EXPECT_THAT(commands(Endpoints::kNone),
              ElementsAre("[client] limits set subflows 0 add_addr_accepted 0",
                          "[server] limits set subflows 0 add_addr_accepted 0"));
}

// The connection begins at the first address of the first link.
TEST(Setup, HasAnAddressForEachSubflowOfALink) {
  EXPECT_THAT(commands(Endpoints::kSubflow, 2, 2),
              ElementsAre("[client] limits set subflows 3 add_addr_accepted 0",
                          "[server] limits set subflows 3 add_addr_accepted 0",
                          "[client] endpoint add 10.0.1.2 dev link1 subflow",
                          "[client] endpoint add 10.0.2.1 dev link2 subflow",
                          "[client] endpoint add 10.0.2.2 dev link2 subflow"));
  WorldOptions options;
  options.scenario.links = {{"wifi", {}, {}}};
  options.subflows_per_link = 2;
  const auto has = [&](const std::string& command) {
    const std::vector<Step> steps = topology(options);
    return std::any_of(steps.begin(), steps.end(),
                       [&](const Step& step) { return to_text(step) == command; });
  };
  EXPECT_TRUE(has("[client] ip address add 10.0.1.2/32 dev wifi"));
  EXPECT_TRUE(has("[client] ip rule add from 10.0.1.2 lookup 101"));
  EXPECT_TRUE(has("[server] ip route add 10.0.1.2 dev wifi"));
}

TEST(Setup, DeterminesTheNumberOfSubflows) {
  const auto subflows = [](Endpoints endpoints, std::size_t links, int per_link = 1) {
    return subflows_of({.endpoints = endpoints, .subflows_per_link = per_link}, links);
  };
  EXPECT_EQ(subflows(Endpoints::kSubflow, 2, 4), 8);
  EXPECT_EQ(subflows(Endpoints::kBackup, 1, 4), 4);
  for (const Endpoints each : {Endpoints::kSubflow, Endpoints::kSignal, Endpoints::kMaintainers,
                               Endpoints::kLaminar, Endpoints::kBackup}) {
    EXPECT_EQ(subflows(each, 1), 1);
    EXPECT_EQ(subflows(each, 2), 2);
    EXPECT_EQ(subflows(each, 4), 4);
  }
  EXPECT_EQ(subflows(Endpoints::kFullmesh, 2), 4);
  EXPECT_EQ(subflows(Endpoints::kFullmesh, 3), 9);
  EXPECT_EQ(subflows(Endpoints::kNone, 2), 1);
}

TEST(Setup, RefusesWhatCannotVary) {
  EXPECT_EQ(refusal([] {
              check_variable({"endpoint", {"signal"}});
            }),
            "\"endpoint\" cannot vary; did you mean \"endpoints\"?");
  EXPECT_EQ(refusal([] {
              check_variable({"kernel.panic", {"1"}});
            }),
            "\"kernel.panic\" cannot vary; choose from congestion, endpoints, subflows-per-link, "
            "path-manager, scheduler, store-mptcp, net.mptcp.NAME or any other sysctl");
  EXPECT_EQ(refusal([] {
              check_variable({"endpoints", {"sgnal"}});
            }),
            "endpoints: unknown mode \"sgnal\"; did you mean \"signal\"?");
  EXPECT_EQ(refusal([] {
              check_variable({"endpoints", {"both"}});
            }),
            "endpoints: unknown mode \"both\"; choose from subflow, signal, maintainers, fullmesh, "
            "laminar, backup, none");
  EXPECT_EQ(refusal([] {
              check_variable({"net.mptcp.scheduler", {"a\nb"}});
            }),
            "net.mptcp.scheduler: \"a\nb\" is not a value");
  EXPECT_EQ(refusal([] { check_variable({"net.mptcp.stale_loss_cnt", {"4"}}); }), "taken");
}

TEST(Setup, AppliesAVariantToTheWorld) {
  WorldOptions world;
  apply({{"congestion", "bbr"},
         {"endpoints", "signal"},
         {"scheduler", "rr"},
         {"net.mptcp.stale_loss_cnt", "1"}},
        world, world);
  EXPECT_EQ(world.congestion, "bbr");
  EXPECT_EQ(world.endpoints, Endpoints::kSignal);
  EXPECT_THAT(world.sysctls, ElementsAre(std::pair("net.mptcp.scheduler", "rr"),
                                         std::pair("net.mptcp.stale_loss_cnt", "1")));
}

// mptcpd makes the client's endpoints itself, of every address.
TEST(Setup, LeavesTheClientToMptcpd) {
  WorldOptions options;
  options.scenario.links = {{"a", {}, {}}, {"b", {}, {}}};
  apply({{"path-manager", "mptcpd"}}, options, options);
  for (const Step& step : topology(options)) {
    if (step.where == Role::kClient) {
      EXPECT_EQ(to_text(step).find("ip mptcp"), std::string::npos);
    }
  }
  EXPECT_THAT(
      end_settings(options, options.scenario, Role::kClient).endpoints,
      ElementsAre(Endpoint{"10.0.1.1", "a", {"subflow"}}, Endpoint{"10.0.2.1", "b", {"subflow"}}));
  EXPECT_EQ(subflows_of(options, 2), 2);
  options.scenario.backups = {1};
  EXPECT_NE(refusal([&] { check_setup(options, options.scenario); }).find("no backup link"),
            std::string::npos);
}

TEST(Setup, RefusesPathManagersWithoutSubflows) {
  EXPECT_EQ(
      refusal([] {
        check_variable({"path-manager", {"sspi"}});
      }),
      "path-manager: mptcpd's path manager sspi opens no further subflow; write mptcpd, which "
      "runs its path manager addr_adv");
  EXPECT_EQ(refusal([] {
              check_variable({"path-manager", {"kernels"}});
            }),
            "path-manager: unknown name \"kernels\"; did you mean \"kernel\"?");
}

}  // namespace
}  // namespace mpb
