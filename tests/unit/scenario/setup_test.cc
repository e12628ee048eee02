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
using ::testing::IsSupersetOf;

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

// The addresses of every link, without the commands that a world of IPv4 has too.
std::vector<std::string> ipv6_commands(const std::string& ip, Backend backend,
                                       int subflows_per_link = 1) {
  WorldOptions options;
  options.backend = backend;
  options.scenario.links = {{"link1", {}, {}}, {"link2", {}, {}}};
  options.mptcp = false;
  options.subflows_per_link = subflows_per_link;
  options.ip = ip;
  std::vector<std::string> found;
  for (const Step& step : topology(options)) {
    const std::string text = to_text(step);
    if (text.find("link2") == std::string::npos && text.find("lookup 102") == std::string::npos)
      continue;
    if (text.find(" -6 ") != std::string::npos) found.push_back(text);
  }
  return found;
}

TEST(Setup, GivesLinksAddressesOfIpv6) {
  EXPECT_THAT(ipv6_commands("v4", Backend::kTun), IsEmpty());
  for (const char* const ip : {"v6", "dual"}) {
    EXPECT_THAT(
        ipv6_commands(ip, Backend::kTun),
        ElementsAre("[client] ip -6 address add fd00:0:2::1 peer fd00:1:2::1 dev link2 nodad",
                    "[server] ip -6 address add fd00:1:2::1 peer fd00:0:2::1 dev link2 nodad",
                    "[client] ip -6 route add default dev link2 table 102",
                    "[client] ip -6 rule add from fd00:0:2::1 lookup 102"));
  }
  EXPECT_THAT(
      ipv6_commands("v6", Backend::kNetem),
      ElementsAre("[client] ip -6 address add fd00:0:2::1/64 dev link2 nodad",
                  "[client] ip -6 neighbour add fd00:0:2::fe lladdr 02:00:00:00:02:fe dev link2",
                  "[router] ip -6 address add fd00:0:2::fe/64 dev link2-c nodad",
                  "[router] ip -6 neighbour add fd00:0:2::1 lladdr 02:00:00:00:02:01 dev link2-c",
                  "[server] ip -6 address add fd00:1:2::1/64 dev link2 nodad",
                  "[server] ip -6 neighbour add fd00:1:2::fe lladdr 02:00:00:01:02:fe dev link2",
                  "[router] ip -6 address add fd00:1:2::fe/64 dev link2-s nodad",
                  "[router] ip -6 neighbour add fd00:1:2::1 lladdr 02:00:00:01:02:01 dev link2-s",
                  "[client] ip -6 route add fd00:1:2::/64 via fd00:0:2::fe dev link2",
                  "[client] ip -6 route add default via fd00:0:2::fe dev link2 table 102",
                  "[server] ip -6 route add fd00:0:2::/64 via fd00:1:2::fe dev link2",
                  "[router] ip -6 route add default via fd00:1:2::1 dev link2-s table 102",
                  "[router] ip -6 rule add iif link2-c lookup 102",
                  "[client] ip -6 rule add from fd00:0:2::1 lookup 102"));
  EXPECT_THAT(
      ipv6_commands("v6", Backend::kTun, 2),
      IsSupersetOf({"[client] ip -6 address add fd00:0:2::2/128 dev link2 preferred_lft 0 nodad",
                    "[client] ip -6 rule add from fd00:0:2::2 lookup 102",
                    "[server] ip -6 route add fd00:0:2::2 dev link2"}));
}

TEST(Setup, HasEndpointsOfTheVersionOfIpOfTheirLink) {
  const auto of_link2 = [](const std::string& ip, Endpoints mode, Role end) {
    Scenario scenario;
    scenario.links = {{"link1", {}, {}}, {"link2", {}, {}}};
    return end_settings({.endpoints = mode, .ip = ip}, scenario, end).endpoints.back().address;
  };
  EXPECT_EQ(of_link2("v6", Endpoints::kSubflow, Role::kClient), "fd00:0:2::1");
  EXPECT_EQ(of_link2("v6", Endpoints::kSignal, Role::kServer), "fd00:1:2::1");
  EXPECT_EQ(of_link2("dual", Endpoints::kSignal, Role::kServer), "10.1.2.1");
}

TEST(Setup, FindsTheLinkOfAnAddress) {
  Scenario scenario;
  scenario.links = {{"link1", {}, {}}, {"link2", {}, {}}};
  EXPECT_EQ(link_of_client("10.0.2.1", scenario), 1u);
  EXPECT_EQ(link_of_client("10.0.1.7", scenario), 0u);
  EXPECT_EQ(link_of_client("[fd00:0:2::1]", scenario), 1u);
  EXPECT_EQ(link_of_client("[fd00:1:2::1]", scenario), std::nullopt);
  EXPECT_EQ(link_of_client("127.0.0.1", scenario), std::nullopt);
  EXPECT_EQ(link_of_client("", scenario), std::nullopt);
}

TEST(Setup, RefusesVersionsOfIpThatCannotBe) {
  const Scenario two = scenario(R"({"links": [{"name": "a"}, {"name": "b"}]})");
  const auto refused = [](const mpb::Setup& setup, const Scenario& over) {
    return refusal([&] { check_setup(setup, over); });
  };
  EXPECT_EQ(refused({.ip = "v6"}, two), "taken");
  EXPECT_EQ(refused({.endpoints = Endpoints::kSignal, .ip = "dual"}, two), "taken");
  EXPECT_EQ(refused({.ip = "dual"}, two),
            "ip dual: with the endpoints subflow a client does not learn the server's address of "
            "the other version of IP; add --vary endpoints=signal, in which the server announces "
            "it");
  EXPECT_EQ(refused({.ip = "dual"}, scenario(R"({"links": [{"name": "a"}]})")),
            "ip dual: a single link has one version of IP; use v4 or v6");
  for (const char* const ip : {"v6", "dual"}) {
    EXPECT_EQ(refused({.path_manager = PathManager::kMptcpd, .ip = ip}, two),
              std::string("ip ") + ip +
                  ": mptcpd would make endpoints of the client's IPv4 addresses too; use v4, or "
                  "path-manager=kernel");
  }
  EXPECT_EQ(refused({.path_manager = PathManager::kMptcpd}, two), "taken");
  EXPECT_EQ(
      refused({.ip = "v6"}, eventful(R"({"at": "3s", "link": "lte", "state": "unplugged"})")),
      "ip v6: \"lte unplugged\" would remove the IPv6 addresses of that interface; use v4, or a "
      "scenario without \"unplugged\"");
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

TEST(Setup, GivesEachClientEndpointsOfItsOwnLinks) {
  Scenario s =
      scenario(R"({"clients": 2, "links": [{"name": "a"}, {"name": "b", "backup": true}]})");
  const auto client2 = [&](Endpoints endpoints, int subflows) {
    mpb::Setup setup;
    setup.endpoints = endpoints;
    setup.subflows_per_link = subflows;
    return end_settings(setup, s, {Role::kClient, 2});
  };
  EXPECT_THAT(client2(Endpoints::kSubflow, 1).endpoints,
              ElementsAre(Endpoint{"10.0.4.1", "b_c2", {"subflow", "backup"}}));
  EXPECT_THAT(client2(Endpoints::kSubflow, 2).endpoints,
              ElementsAre(Endpoint{"10.0.3.2", "a_c2", {"subflow"}},
                          Endpoint{"10.0.4.1", "b_c2", {"subflow", "backup"}},
                          Endpoint{"10.0.4.2", "b_c2", {"subflow", "backup"}}));
  s.backups.clear();
  EXPECT_THAT(client2(Endpoints::kBackup, 1).endpoints,
              ElementsAre(Endpoint{"10.0.4.1", "b_c2", {"subflow", "backup"}}));
  // A connection has the links of one client.
  const EndSettings server = end_settings({}, s, Role::kServer);
  EXPECT_EQ(server.subflows, 1);
  EXPECT_THAT(server.endpoints, IsEmpty());
  EXPECT_EQ(link_of_client("10.0.4.1", s), 3u);
}

TEST(Setup, RefusesWhatGoesWithOneClient) {
  const Scenario s = scenario(R"({"clients": 2, "links": [{"name": "a"}, {"name": "b"}]})");
  const auto refused = [&s](const auto& change) {
    mpb::Setup setup;
    change(setup);
    return refusal([&] { check_setup(setup, s); });
  };
  for (const Endpoints fine : {Endpoints::kSubflow, Endpoints::kBackup, Endpoints::kNone})
    EXPECT_EQ(refused([fine](mpb::Setup& setup) { setup.endpoints = fine; }), "taken");
  EXPECT_EQ(refused([](mpb::Setup& setup) { setup.endpoints = Endpoints::kFullmesh; }),
            "the mode of endpoints fullmesh goes with one client, but the scenario mine has 2; use "
            "subflow, backup or none, in which the clients alone know their links");
  EXPECT_EQ(refused([](mpb::Setup& setup) { setup.ip = "v6"; }),
            "ip v6 goes with one client, but the scenario mine has 2; use v4");
  EXPECT_EQ(refused([](mpb::Setup& setup) { setup.path_manager = PathManager::kMptcpd; }),
            "path-manager=mptcpd goes with one client, but the scenario mine has 2; use "
            "path-manager=kernel");
}

TEST(Setup, RefusesWhatCannotVary) {
  EXPECT_EQ(refusal([] {
              check_variable({"endpoint", {"signal"}});
            }),
            "\"endpoint\" cannot vary; did you mean \"endpoints\"?");
  EXPECT_EQ(
      refusal([] {
        check_variable({"kernel.panic", {"1"}});
      }),
      "\"kernel.panic\" cannot vary; choose from congestion, ip, endpoints, subflows-per-link, "
      "path-manager, scheduler, store-mptcp, net.mptcp.NAME or any other sysctl");
  EXPECT_EQ(refusal([] {
              check_variable({"ip", {"v4", "v5"}});
            }),
            "ip: unknown version \"v5\"; did you mean \"v4\"?");
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
         {"ip", "v6"},
         {"scheduler", "rr"},
         {"net.mptcp.stale_loss_cnt", "1"}},
        world, world);
  EXPECT_EQ(world.congestion, "bbr");
  EXPECT_EQ(world.endpoints, Endpoints::kSignal);
  EXPECT_EQ(world.ip, "v6");
  EXPECT_THAT(world.sysctls, ElementsAre(std::pair("net.mptcp.scheduler", "rr"),
                                         std::pair("net.mptcp.stale_loss_cnt", "1")));
}

// mptcpd makes the client's endpoints itself, of every address.
TEST(Setup, LeavesTheClientToMptcpd) {
  WorldOptions options;
  options.scenario.links = {{"a", {}, {}}, {"b", {}, {}}};
  apply({{"path-manager", "mptcpd"}}, options, options);
  for (const Step& step : topology(options)) {
    if (step.where.role == Role::kClient) {
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
