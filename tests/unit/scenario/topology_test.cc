#include "scenario/topology.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "made_up_scenario.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Topology, GivesEveryInterfaceOfALinkItsMtu) {
  const WorldOptions options{
      {}, {}, scenario(R"({"links": [{"name": "a"}, {"name": "b", "mtu": "8000b"}]})")};
  for (const auto& [backend, devices] :
       {std::pair{Backend::kTun, std::set<std::string>{"b"}},
        std::pair{Backend::kVeth, std::set<std::string>{"b"}},
        std::pair{Backend::kNetem, std::set<std::string>{"b", "b-c", "b-s"}}}) {
    WorldOptions world = options;
    world.backend = backend;
    std::set<std::string> large, standard;
    for (const Step& step : topology(world)) {
      const auto mtu = std::find(step.argv.begin(), step.argv.end(), "mtu");
      if (mtu == step.argv.end()) continue;
      (*(mtu + 1) == "8000" ? large : standard).insert(*(mtu - 1));
    }
    EXPECT_EQ(large, devices);
    EXPECT_EQ(standard.size(), devices.size());
    EXPECT_TRUE(standard.contains("a"));
  }
}

// Every netem and every change of one, with the numbers after "seed".
std::vector<std::string> netem_seeds(const WorldOptions& options) {
  std::vector<Step> steps = topology(options);
  for (std::size_t event = 0; event < options.scenario.events.size(); ++event) {
    for (Step& step : event_steps(options.scenario, event, options.backend, netem_seed(options)))
      steps.push_back(std::move(step));
  }
  std::vector<std::string> seeds;
  for (const Step& step : steps) {
    if (step.argv[0] != "tc") continue;
    const bool seeded = step.argv[step.argv.size() - 2] == "seed";
    seeds.push_back(seeded ? step.argv.back() : "none");
  }
  return seeds;
}

TEST(Netem, HasASeedOfItsOwnAtEveryChange) {
  WorldOptions options{{},
                       {},
                       scenario(R"({"links": [
      {"name": "wifi", "rate": "50mbit", "delay": "4ms", "loss": "1%"}, {"name": "lte"}],
    "events": [{"at": "1s", "link": "wifi", "loss": "2%", "delay": "6ms"},
               {"at": "2s", "link": "wifi", "loss": "1%", "delay": "4ms"},
               {"at": "3s", "link": "lte", "state": "down"}]})"),
                       Backend::kNetem};
  // Two links, two directions, two netems; two events that change both, one that changes losses.
  constexpr std::size_t kNetems = 2 * 2 * 2 + 2 * (2 * 2) + 2;
  EXPECT_EQ(netem_seeds(options), std::vector<std::string>(kNetems, "none"));

  options.seeds_netem = true;
  const std::vector<std::string> seeds = netem_seeds(options);
  EXPECT_EQ(netem_seeds(options), seeds);
  std::set<std::string> different(seeds.begin(), seeds.end());
  EXPECT_EQ(different.size(), kNetems);
  EXPECT_FALSE(different.contains("none"));
  options.seed = 2;
  for (const std::string& seed : netem_seeds(options)) different.insert(seed);
  EXPECT_EQ(different.size(), 2 * kNetems);
}

std::vector<std::string> steps(Backend backend, const std::string& congestion, bool mptcp) {
  std::vector<std::string> texts;
  for (const Step& step : topology({{congestion, {}}, {}, scenario(kUnequal), backend, mptcp}))
    texts.push_back(to_text(step));
  return texts;
}

template <class Keep>
std::vector<std::string> only(std::vector<std::string> texts, Keep keep) {
  texts.erase(std::remove_if(texts.begin(), texts.end(), std::not_fn(keep)), texts.end());
  return texts;
}

auto with(const std::string& part) {
  return [part](const std::string& text) { return text.find(part) != std::string::npos; };
}

TEST(Topology, ShapesOnTheRouterAndNowhereElse) {
  EXPECT_THAT(
      only(steps(Backend::kNetem, "", true), with("netem")),
      ElementsAre(
          "[router] tc qdisc add dev dsl-s root handle 1: netem limit 1000000",
          "[router] tc qdisc add dev dsl-s parent 1:1 handle 2: netem rate 10mbit limit 1000000",
          "[router] tc qdisc add dev dsl-c root handle 1: netem limit 1000000",
          "[router] tc qdisc add dev dsl-c parent 1:1 handle 2: netem rate 50mbit limit 1000000",
          "[router] tc qdisc add dev lte-s root handle 1: netem limit 1000000",
          "[router] tc qdisc add dev lte-s parent 1:1 handle 2: netem delay 20ms limit 1000000",
          "[router] tc qdisc add dev lte-c root handle 1: netem limit 1000000",
          "[router] tc qdisc add dev lte-c parent 1:1 handle 2: netem delay 20ms limit 1000000"));
  EXPECT_TRUE(only(steps(Backend::kTun, "", true), with("tc ")).empty());
}

TEST(Topology, HoldsFlowsBackOnAnIfbBeforeTheLine) {
  WorldOptions options{{},
                       {},
                       scenario(R"({"links": [{"name": "a", "flow_rate": "30mbit",
                         "down": {"flow_rate": "0bit"}}, {"name": "b"}]})"),
                       Backend::kNetem};
  std::vector<std::string> steps;
  for (const Step& step : topology(options)) {
    const std::string text = to_text(step);
    if (text.find("a-u") != std::string::npos || text.find("ifb") != std::string::npos)
      steps.push_back(text);
  }
  EXPECT_THAT(steps,
              ElementsAre("[router] ip link add name a-u type ifb",
                          "[router] ip link set dev a-u up", HasSubstr("dev a-u root fq maxrate"),
                          "[router] tc filter add dev a-s egress matchall action mirred egress "
                          "redirect dev a-u"));
  options.backend = Backend::kTun;
  for (const Step& step : topology(options))
    EXPECT_EQ(to_text(step).find("30mbit"), std::string::npos);
}

TEST(Topology, TurnsOffloadsOffOnEveryEndOfAVeth) {
  EXPECT_EQ(only(steps(Backend::kNetem, "", true), with("tso off gso off gro off")).size(), 8u);
}

TEST(Topology, JoinsClientAndServerDirectlyWithVeth) {
  const std::vector<std::string> all = steps(Backend::kVeth, "", true);
  EXPECT_THAT(only(all, with("ip link add")),
              ElementsAre("[client] ip link add name dsl type veth peer name dsl netns server",
                          "[client] ip link add name lte type veth peer name lte netns server"));
  EXPECT_TRUE(only(all, with("router")).empty());
  EXPECT_TRUE(only(all, with("tc ")).empty());
}

TEST(Topology, GivesMptcpOneSubflowALink) {
  for (const Backend backend : {Backend::kTun, Backend::kNetem, Backend::kVeth}) {
    EXPECT_THAT(only(steps(backend, "", true), with("ip mptcp")),
                ElementsAre("[client] ip mptcp limits set subflows 1 add_addr_accepted 0",
                            "[server] ip mptcp limits set subflows 1 add_addr_accepted 0",
                            "[client] ip mptcp endpoint add 10.0.2.1 dev lte subflow"));
    EXPECT_TRUE(only(steps(backend, "", false), with("ip mptcp")).empty());
  }
}

TEST(Topology, SendsEachSourceAddressOutOfItsOwnLink) {
  for (const Backend backend : {Backend::kTun, Backend::kNetem, Backend::kVeth}) {
    const std::vector<std::string> all = steps(backend, "", true);
    EXPECT_THAT(only(all, with("[client] ip rule")),
                ElementsAre("[client] ip rule add from 10.0.1.1 lookup 101",
                            "[client] ip rule add from 10.0.2.1 lookup 102"));
    EXPECT_EQ(only(all, with("dev dsl table 101")).size(), 1u);
    EXPECT_EQ(only(all, with("dev lte table 102")).size(), 1u);
  }
}

TEST(Topology, SetsTheGuardsFirstAndTheScenariosOwnSettingsLast) {
  for (const Backend backend : {Backend::kTun, Backend::kNetem}) {
    const std::vector<std::string> all = steps(backend, "reno", true);
    const auto first = [&all](const std::string& part) {
      return std::find_if(all.begin(), all.end(), with(part)) - all.begin();
    };
    EXPECT_LT(first("[server] sysctl -w net.ipv4.conf.default.rp_filter=0"),
              first("dsl"));  // a device copies "default" when it appears
    EXPECT_EQ(only(all, with("tcp_congestion_control=reno")).size(), 2u);
    EXPECT_EQ(all.back(), "[server] sysctl -w 'net.ipv4.tcp_rmem=4096 131072 6291456'");
    EXPECT_TRUE(only(steps(backend, "", true), with("congestion")).empty());
  }
}

TEST(Topology, MakesALinkABackup) {
  const Scenario s = scenario(R"({"links": [{"name": "a"}, {"name": "b", "backup": true}]})");
  for (const Backend backend : {Backend::kTun, Backend::kNetem}) {
    std::vector<std::string> texts;
    for (const Step& step : topology({{}, {}, s, backend, true})) texts.push_back(to_text(step));
    EXPECT_EQ(texts.back(), "[client] ip mptcp endpoint add 10.0.2.1 dev b subflow backup");
  }
}

TEST(Topology, GivesEveryClientItsOwnNamespaceAndWay) {
  const Scenario s = scenario(
      R"({"clients": 2, "links": [{"name": "a"}, {"name": "b", "delay": "5ms"}],
          "sysctls": {"client": {"net.x": "1"}}})");
  for (const Backend backend : {Backend::kTun, Backend::kNetem, Backend::kVeth}) {
    std::vector<std::string> all;
    for (const Step& step : topology({{}, {}, s, backend, true})) all.push_back(to_text(step));
    EXPECT_THAT(only(all, with("ip rule add from")),
                ElementsAre("[client] ip rule add from 10.0.1.1 lookup 101",
                            "[client] ip rule add from 10.0.2.1 lookup 102",
                            "[client2] ip rule add from 10.0.3.1 lookup 103",
                            "[client2] ip rule add from 10.0.4.1 lookup 104"));
    EXPECT_THAT(only(all, with("ip mptcp")),
                ElementsAre("[client] ip mptcp limits set subflows 1 add_addr_accepted 0",
                            "[client2] ip mptcp limits set subflows 1 add_addr_accepted 0",
                            "[server] ip mptcp limits set subflows 1 add_addr_accepted 0",
                            "[client] ip mptcp endpoint add 10.0.2.1 dev b subflow",
                            "[client2] ip mptcp endpoint add 10.0.4.1 dev b_c2 subflow"));
    EXPECT_THAT(only(all, with("net.x")),
                ElementsAre("[client] sysctl -w net.x=1", "[client2] sysctl -w net.x=1"));
    // The first client knows no device of the second, and the reverse.
    EXPECT_TRUE(only(only(all, with("[client] ")), with("_c2")).empty());
    EXPECT_TRUE(only(only(all, with("[client2] ")), with("dev b ")).empty());
  }
  std::vector<std::string> netem;
  for (const Step& step : topology({{}, {}, s, Backend::kNetem, true}))
    netem.push_back(to_text(step));
  EXPECT_THAT(
      only(netem, with("netns client2")),
      ElementsAre("[router] ip link add name a_c2-c address 02:00:00:00:03:fe type veth peer "
                  "name a_c2 address 02:00:00:00:03:01 netns client2",
                  "[router] ip link add name b_c2-c address 02:00:00:00:04:fe type veth peer "
                  "name b_c2 address 02:00:00:00:04:01 netns client2"));
  EXPECT_THAT(only(only(netem, with("delay 5ms")), with("_c2")),
              ElementsAre("[router] tc qdisc add dev b_c2-s parent 1:1 handle 2: netem delay 5ms "
                          "limit 1000000",
                          "[router] tc qdisc add dev b_c2-c parent 1:1 handle 2: netem delay 5ms "
                          "limit 1000000"));
}

std::vector<std::string> steps_of(const Scenario& scenario, std::size_t event, Backend backend) {
  std::vector<std::string> texts;
  for (const Step& step : event_steps(scenario, event, backend, {})) texts.push_back(to_text(step));
  return texts;
}

TEST(Events, AreALineToTheEmulatorOrToTc) {
  const Scenario s = eventful(
      R"({"at": "1s", "link": "wifi", "state": "down"}, {"at": "2s", "link": "wifi", "state": "up"},
      {"at": "3s", "link": "lte", "state": "down", "direction": "up"}, {"at": "4s", "link": "lte", "delay": "5ms"})");
  const std::string open =
      R"({"rate":"50mbit","delay":"0ns","jitter":"0ns","loss":"1%","burst":"4p","queue":"0p"})";
  const std::string shut =
      R"({"rate":"50mbit","delay":"0ns","jitter":"0ns","loss":"1%","burst":"4p","queue":"0p","blackhole":true})";
  EXPECT_THAT(steps_of(s, 0, Backend::kTun), ElementsAre(R"([emulator] set {"name":"wifi","up":)" +
                                                         shut + R"(,"down":)" + shut + "}"));
  EXPECT_THAT(steps_of(s, 1, Backend::kTun), ElementsAre(R"([emulator] set {"name":"wifi","up":)" +
                                                         open + R"(,"down":)" + open + "}"));
  EXPECT_THAT(
      steps_of(s, 0, Backend::kNetem),
      ElementsAre(
          "[router] tc qdisc change dev wifi-s root handle 1: netem loss random 100% limit 1000000",
          "[router] tc qdisc change dev wifi-c root handle 1: netem loss random 100% limit "
          "1000000"));
  EXPECT_THAT(steps_of(s, 1, Backend::kNetem),
              ElementsAre("[router] tc qdisc change dev wifi-s root handle 1: netem loss gemodel "
                          "0.252525% 25% 100% 0% limit 1000000",
                          "[router] tc qdisc change dev wifi-c root handle 1: netem loss gemodel "
                          "0.252525% 25% 100% 0% limit 1000000"));
  EXPECT_THAT(steps_of(s, 2, Backend::kNetem),
              ElementsAre("[router] tc qdisc change dev lte-s root handle 1: netem loss random "
                          "100% limit 1000000"));
  // The one direction stays a blackhole while both get their delay.
  EXPECT_THAT(
      steps_of(s, 3, Backend::kNetem),
      ElementsAre(
          "[router] tc qdisc change dev lte-s parent 1:1 handle 2: netem delay 5ms limit 1000000",
          "[router] tc qdisc change dev lte-c parent 1:1 handle 2: netem delay 5ms limit 1000000"));
  EXPECT_THAT(steps_of(s, 3, Backend::kTun)[0],
              HasSubstr(R"("queue":"0p","blackhole":true},"down":{)"));
}

TEST(Events, APluggedInterfaceGetsBackWhatTheKernelForgot) {
  const Scenario s = eventful(
      R"({"at": "1s", "link": "lte", "state": "unplugged"}, {"at": "2s", "link": "lte", "state": "up", "delay": "1ms"})");
  for (const Backend backend : {Backend::kTun, Backend::kNetem}) {
    EXPECT_THAT(steps_of(s, 0, backend), ElementsAre("[client] ip link set dev lte down"));
    // Each route and neighbour that goes through the client's interface, in the words that made it.
    std::vector<std::string> made;
    for (const Step& step : topology({{}, {}, s, backend, false})) made.push_back(to_text(step));
    made = only(std::move(made), [](const std::string& text) {
      return text.rfind("[client] ip ", 0) == 0 && text.find("dev lte") != std::string::npos &&
             (text.find(" route ") != std::string::npos ||
              text.find(" neighbour ") != std::string::npos);
    });
    EXPECT_EQ(made.size(), backend == Backend::kTun ? 2u : 3u);
    made.insert(made.begin(), "[client] ip link set dev lte up");
    EXPECT_EQ(only(steps_of(s, 1, backend), with("[client]")), made);
  }
}

}  // namespace
}  // namespace mpb
