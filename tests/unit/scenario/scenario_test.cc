#include "scenario/scenario.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "made_up_scenario.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string scenario_refusal(const std::string& json) {
  try {
    scenario(json);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

std::string link_refusal(const std::string& fields) {
  return scenario_refusal(R"({"links": [{"name": "a"}, {"name": "b", )" + fields + "}]}");
}

TEST(Scenario, IsReadWithItsDirections) {
  const Scenario s =
      scenario(R"({"description": "d", "sysctls": {"server": {"net.mptcp.enabled": "0"}}, "links": [
      {"name": "dsl", "rate": "50mbit", "delay": "10ms", "jitter": "1ms", "loss": "1%", "burst": "4p", "queue": "100p",
       "up": {"rate": "10mbit", "queue": "64k"}, "down": {"loss": "0%"}}]})");
  EXPECT_EQ(s.name, "mine");
  EXPECT_EQ(s.description, "d");
  ASSERT_EQ(s.links.size(), 1u);
  EXPECT_EQ(s.links[0].up, (LinkModel{10_mbit, 10ms, 1ms, {0.01, 4}, {.bytes = 64_kib}}));
  EXPECT_EQ(s.links[0].down, (LinkModel{50_mbit, 10ms, 1ms, {0, 4}, {.packets = 100}}));
  EXPECT_EQ(s.sysctls.at(Role::kServer).at("net.mptcp.enabled"), "0");
}

TEST(Scenario, DescribesItsLinksWithTheRoundTrip) {
  const Scenario s = scenario(R"({"links": [
      {"name": "link1", "rate": "100mbit", "delay": "5ms", "loss": "1%", "queue": "250p"},
      {"name": "dsl", "rate": "50mbit", "delay": "10ms", "jitter": "1ms", "loss": "1%",
       "burst": "4p", "up": {"rate": "10mbit", "delay": "12ms", "loss": "0%", "queue": "64k"}},
      {"name": "bare"}]})");
  EXPECT_EQ(to_text(s.links[0]),
            "link1, each way: rate 100mbit, delay 5ms, loss 1%, queue 250p; RTT 10ms");
  EXPECT_EQ(to_text(s.links[1]),
            "dsl, client to server: rate 10mbit, delay 12ms, jitter 1ms, no loss, burst 4p, "
            "queue 64k; server to client: rate 50mbit, delay 10ms, jitter 1ms, loss 1%, burst 4p, "
            "no queue limit; RTT 22ms");
  EXPECT_EQ(to_text(s.links[2]),
            "bare, each way: no rate limit, no delay, no loss, no queue limit");
}

TEST(Scenario, RefusesWithTheFileThePlaceAndTheRemedy) {
  EXPECT_EQ(link_refusal(R"("delay": "5")"),
            R"(mine.json: /links/1/delay: "5" has no unit; write "5s" or "5ms")");
  EXPECT_EQ(link_refusal(R"("delay": 5)"),
            "mine.json: /links/1/delay: 5 is not text; write it in quotes, with its unit");
  EXPECT_EQ(link_refusal(R"("loss": "1")"),
            R"(mine.json: /links/1/loss: "1" has no unit; write "1%")");
  EXPECT_EQ(link_refusal(R"("down": {"rate": "9"})"),
            R"(mine.json: /links/1/down/rate: "9" has no unit; write "9mbit")");
  EXPECT_EQ(link_refusal(R"("rate": "9", "down": {"rate": "9mbit"})"),
            R"(mine.json: /links/1/rate: "9" has no unit; write "9mbit")");
  // The place is that of the field, whatever the value looks like.
  EXPECT_EQ(link_refusal(R"("rate": "9/0/up/")"),
            R"(mine.json: /links/1/rate: "9/0/up/" has an unknown unit "/0/up/"; write "100mbit")");
  EXPECT_EQ(link_refusal(R"("queue": "9")"),
            R"(mine.json: /links/1/queue: "9" has no unit; write "9b" or "9k")");
  EXPECT_EQ(link_refusal(R"("dealy": "5ms")"),
            R"(mine.json: /links/1/dealy: unknown field; did you mean "delay"?)");
  EXPECT_EQ(
      link_refusal(R"("up": {"zzzz": "x"})"),
      "mine.json: /links/1/up/zzzz: unknown field; the fields are rate, trace, delay, jitter, "
      "loss, burst, queue, flow_rate, flow_queue");
  EXPECT_EQ(link_refusal(R"("flow_queue": "250p", "down": {"rate": "1mbit"})"),
            "mine.json: /links/1/flow_queue: does nothing without a flow_rate, the rate to which "
            "each flow is held; add one, or leave it out");
  EXPECT_EQ(link_refusal(R"("flow_rate": "50gbit")"),
            R"(mine.json: /links/1/flow_rate: "50gbit" is not between 100kbit and 34gbit)");
  EXPECT_EQ(link_refusal(R"("up": "10mbit")"), "mine.json: /links/1/up: is not an object {…}");
  EXPECT_EQ(scenario_refusal(R"({"links": [{"delay": "5ms"}]})"),
            R"(mine.json: /links/0/name: missing; name the link, for example "name": "link1")");
  EXPECT_EQ(scenario_refusal(R"({"links": [{"name": "a"}, {"name": "a"}]})"),
            R"(mine.json: /links/1/name: "a" names two links; give each its own name)");
  EXPECT_EQ(scenario_refusal(R"({"links": [{"name": "lo"}]})"),
            "mine.json: /links/0/name: \"lo\" cannot name an interface; use 1 to 13 of the "
            "characters a-z and 0-9");
  const std::string no_links =
      "mine.json: /links: missing or empty; describe at least one link (see netns/README.md)";
  EXPECT_EQ(scenario_refusal(R"({"links": []})"), no_links);
  EXPECT_EQ(scenario_refusal("{}"), no_links);
  EXPECT_EQ(scenario_refusal("[]"), "mine.json: /: is not an object {…}");
  EXPECT_EQ(scenario_refusal(
                R"({"links": [{"name": "a"}], "sysctls": {"server": {"kernel.panic": "1"}}})"),
            "mine.json: /sysctls/server/kernel.panic: only net.* settings belong to a namespace");
  EXPECT_EQ(scenario_refusal(R"({"links": [{"name": "a"}], "sysctls": {"sevrer": {}}})"),
            R"(mine.json: /sysctls/sevrer: unknown field; did you mean "server"?)");
  EXPECT_EQ(
      scenario_refusal(R"({"links": [{"name": "a"}], "sysctls": {"server": {"net.x": 1}}})"),
      R"(mine.json: /sysctls/server/net.x: is not text; write it in quotes, for example "0")");
  std::string nine;
  for (const char c : std::string("abcdefghi"))
    nine += std::string(nine.empty() ? "" : ", ") + R"({"name": ")" + c + "\"}";
  EXPECT_EQ(scenario_refusal(R"({"links": [)" + nine + "]}"),
            "mine.json: /links: has 9 links; the kernel supports at most 8");
  EXPECT_THAT(scenario_refusal("{\"links\": ["), HasSubstr("mine.json: is not JSON: "));
}

TEST(Scenario, CapsTheFlowsOfEachDirection) {
  const Scenario s = scenario(R"({"links": [
      {"name": "a", "flow_rate": "30mbit", "flow_queue": "250p", "up": {"flow_rate": "1mbit"}},
      {"name": "b", "down": {"flow_rate": "1gbit"}}, {"name": "c"}]})");
  EXPECT_EQ(s.links[0].up, (LinkModel{.flow_rate = 1_mbit, .flow_queue = {.packets = 250}}));
  EXPECT_EQ(s.links[0].down, (LinkModel{.flow_rate = 30_mbit, .flow_queue = {.packets = 250}}));
  EXPECT_EQ(s.links[1].down, (LinkModel{.flow_rate = 1_gbit}));
  EXPECT_TRUE(has_flow_cap(s.links[1]));
  EXPECT_FALSE(has_flow_cap(s.links[2]));
  EXPECT_TRUE(has_flow_cap(s));
  EXPECT_EQ(to_text(s.links[1].down),
            "no rate limit, no delay, no loss, no queue limit, flow_rate 1gbit");
  const Scenario only = scenario(R"({"links": [{"name": "a", "flow_rate": "1mbit"}]})");
  EXPECT_FALSE(has_plain_links(only));
}

std::string event_refusal(const std::string& events) {
  return scenario_refusal(R"({"links": [{"name": "wifi"}, {"name": "lte"}], "events": [)" + events +
                          "]}");
}

TEST(Scenario, IsReadWithWhatHappens) {
  const Scenario s =
      eventful(R"({"at": "1500ms", "link": "lte", "state": "down", "direction": "up"},
      {"at": "1500ms", "link": "wifi", "rate": "5mbit", "delay": "50ms", "jitter": "1ms", "loss": "10%", "burst": "2p", "direction": "down"},
      {"at": "2s", "link": "lte", "state": "unplugged"}, {"at": "3s", "link": "lte", "state": "up", "delay": "1ms"})");
  ASSERT_EQ(s.events.size(), 4u);
  using State = LinkEvent::State;
  EXPECT_EQ(
      s.events[0],
      (LinkEvent{.at = 1500ms, .link = 1, .direction = Direction::kUp, .state = State::kDown}));
  EXPECT_EQ(s.events[1].direction, Direction::kDown);
  EXPECT_EQ(s.events[1].state, std::nullopt);
  EXPECT_EQ(s.events[1].values, (LinkModel{5_mbit, 50ms, 1ms, {0.1, 2}}));
  EXPECT_EQ(s.events[1].changes.size(), 5u);
  EXPECT_EQ(s.events[2], (LinkEvent{.at = 2s, .link = 1, .state = State::kUnplugged}));
  std::vector<std::string> texts;
  for (const LinkEvent& event : s.events) texts.push_back(to_text(event, s));
  EXPECT_THAT(
      texts,
      ElementsAre("lte down, client to server",
                  "wifi rate 5mbit, delay 50ms, jitter 1ms, loss 10%, burst 2p, server to client",
                  "lte unplugged", "lte up, delay 1ms"));
  nlohmann::ordered_json json;
  for (const LinkEvent& event : s.events) {
    auto& its = json.emplace_back();
    for (const auto& [name, text] : event_texts(event, s)) its[name] = text;
  }
  EXPECT_EQ(
      json.dump(),
      R"([{"at":"1500ms","link":"lte","direction":"up","state":"down"},)"
      R"({"at":"1500ms","link":"wifi","direction":"down","rate":"5mbit","delay":"50ms","jitter":"1ms","loss":"10%","burst":"2p"},)"
      R"({"at":"2s","link":"lte","state":"unplugged"},{"at":"3s","link":"lte","state":"up","delay":"1ms"}])");
  EXPECT_EQ(eventful(json.dump().substr(1, json.dump().size() - 2)).events, s.events);
}

TEST(Scenario, AnEventChangesItsOwnFieldsInItsOwnDirection) {
  const Scenario s = eventful(
      R"({"at": "1s", "link": "wifi", "rate": "5mbit", "burst": "2p", "direction": "up"})");
  const LinkSpec& before = s.links[0];
  const LinkSpec after = changed({before}, s.events[0]).spec;
  LinkModel expected = before.up;
  expected.rate = 5_mbit;
  expected.loss.burst = 2;
  EXPECT_EQ(after.up, expected);
  EXPECT_EQ(after.down, before.down);
}

// These list the fields too, and cannot take them from the table.
TEST(Scenario, EveryFieldOfALinkIsInTheSchemaAndTheManual) {
  const auto members = [](const nlohmann::json& object) {
    std::set<std::string> names;
    for (const auto& [name, value] : object.items()) names.insert(name);
    return names;
  };
  const nlohmann::json schema =
      nlohmann::json::parse(read_file(SOURCE_ROOT "/results/result.schema.json"))["$defs"];
  std::set<std::string> all, always, of_events{"at", "link", "direction", "state"};
  for (const LinkField& field : link_fields()) {
    all.insert(field.name);
    if (field.always_written) always.insert(field.name);
    if (field.in_events) of_events.insert(field.name);
  }
  // A trace may determine these instead.
  for (const char* name : {"rate", "delay", "loss"}) always.erase(name);
  EXPECT_EQ(members(schema["direction"]["properties"]), all);
  EXPECT_EQ(schema["direction"]["required"].get<std::set<std::string>>(), always);
  EXPECT_EQ(members(schema["link_event"]["properties"]), of_events);
  const std::string manual = read_file(SOURCE_ROOT "/netns/README.md");
  for (const std::string& name : all) EXPECT_THAT(manual, HasSubstr("| `links[]." + name + "` |"));
  const std::size_t events = manual.find("## Events");
  for (const std::string& name : link_event_names())
    EXPECT_NE(manual.find("`" + name + "`", events), std::string::npos) << name;
}

TEST(Scenario, RefusesAnEventWithThePlaceAndTheRemedy) {
  EXPECT_EQ(
      event_refusal(R"({"link": "lte", "state": "down"})"),
      "mine.json: /events/0/at: missing; give the time since the start of the measured window, for "
      "example \"at\": \"3s\"");
  EXPECT_EQ(event_refusal(R"({"at": 3, "link": "lte", "state": "down"})"),
            "mine.json: /events/0/at: 3 is not text; write it in quotes, with its unit");
  EXPECT_EQ(event_refusal(R"({"at": "3", "link": "lte", "state": "down"})"),
            R"(mine.json: /events/0/at: "3" has no unit; write "3s" or "3ms")");
  EXPECT_EQ(event_refusal(R"({"at": "0s", "link": "lte", "state": "down"})"),
            "mine.json: /events/0/at: is the start of the measured window; give a later time, or "
            "describe this state in the link itself");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "state": "down"})"),
            R"(mine.json: /events/0/link: missing; name a link, for example "link": "wifi")");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "wfi", "state": "down"})"),
            R"(mine.json: /events/0/link: unknown link "wfi"; did you mean "wifi"?)");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "ethernet", "state": "down"})"),
            R"(mine.json: /events/0/link: unknown link "ethernet"; write wifi or lte)");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": 1, "state": "down"})"),
            "mine.json: /events/0/link: 1 is not text; write it in quotes");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "lte", "state": "unpluged"})"),
            R"(mine.json: /events/0/state: unknown state "unpluged"; did you mean "unplugged"?)");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "lte", "state": "sideways"})"),
            R"(mine.json: /events/0/state: unknown state "sideways"; write up, down or unplugged)");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "lte", "direction": "upwards", "delay": "5ms"})"),
            R"(mine.json: /events/0/direction: unknown direction "upwards"; write up or down)");
  EXPECT_EQ(
      event_refusal(R"({"at": "3s", "link": "lte", "direction": "up", "state": "unplugged"})"),
      "mine.json: /events/0/direction: an interface is always unplugged in both directions; omit "
      "the direction, or write \"state\": \"down\"");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "lte", "delay": "5"})"),
            R"(mine.json: /events/0/delay: "5" has no unit; write "5s" or "5ms")");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "lte", "loss": 1})"),
            "mine.json: /events/0/loss: 1 is not text; write it in quotes, with its unit");
  EXPECT_EQ(
      event_refusal(R"({"at": "3s", "link": "lte", "rate": "0bit"})"),
      "mine.json: /events/0/rate: 0 means no rate limit; for a link that carries nothing, write "
      "\"state\": \"down\"");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "lte", "queue": "9p"})"),
            "mine.json: /events/0/queue: unknown field; the fields are at, link, direction, state, "
            "rate, delay, jitter, loss, burst");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "lte", "sate": "up"})"),
            R"(mine.json: /events/0/sate: unknown field; did you mean "state"?)");
  EXPECT_EQ(
      event_refusal(
          R"({"at": "3s", "link": "lte", "state": "down"}, {"at": "2s", "link": "lte", "state": "up"})"),
      "mine.json: /events/1/at: 2s is before the event above it; put the events in order of time");
  EXPECT_EQ(scenario_refusal(R"({"links": [{"name": "a"}], "events": {}})"),
            "mine.json: /events: is not an array […]");
}

TEST(Scenario, RefusesAnEventThatChangesNothing) {
  EXPECT_EQ(
      event_refusal(R"({"at": "3s", "link": "lte", "direction": "up"})"),
      "mine.json: /events/0: changes nothing; give a state, rate, delay, jitter, loss or burst");
  EXPECT_EQ(
      event_refusal(
          R"({"at": "3s", "link": "lte", "state": "down"}, {"at": "4s", "link": "lte", "state": "down", "direction": "up"})"),
      "mine.json: /events/1: changes nothing: lte is already in this state");
  EXPECT_EQ(
      event_refusal(
          R"({"at": "3s", "link": "lte", "state": "unplugged"}, {"at": "4s", "link": "lte", "state": "up", "direction": "up"})"),
      "mine.json: /events/1: changes nothing: lte is already in this state, and unplugged");
}

TEST(Scenario, GivesBothDirectionsOfALinkItsMtu) {
  const Scenario large = scenario(
      R"({"links": [{"name": "a", "mtu": "8000b", "down": {"rate": "1mbit"}}, {"name": "b"}]})");
  EXPECT_EQ(large.links[0].up.mtu, 8000_bytes);
  EXPECT_EQ(large.links[0].down.mtu, 8000_bytes);
  EXPECT_EQ(large.links[1].up.mtu, kStandardMtu);
  EXPECT_EQ(to_text(large.links[1].up), "no rate limit, no delay, no loss, no queue limit");
  EXPECT_THAT(to_text(large.links[0].up), HasSubstr(", mtu 8000b"));
  EXPECT_EQ(link_refusal(R"("mtu": "64k")"),
            R"(mine.json: /links/1/mtu: "64k" is not between 1280b and 9000b)");
  EXPECT_EQ(
      link_refusal(R"("up": {"mtu": "8000b"})"),
      "mine.json: /links/1/up/mtu: both directions of a link have the same mtu; write it next "
      "to \"name\"");
  EXPECT_EQ(event_refusal(R"({"at": "3s", "link": "lte", "mtu": "8000b"})"),
            "mine.json: /events/0/mtu: unknown field; the fields are at, link, direction, state, "
            "rate, delay, jitter, loss, burst");
}

TEST(Scenario, HasAModeOfEndpoints) {
  EXPECT_EQ(scenario(R"({"links": [{"name": "a"}]})").endpoints, std::nullopt);
  EXPECT_EQ(scenario(R"({"endpoints": "signal", "links": [{"name": "a"}]})").endpoints,
            Endpoints::kSignal);
  EXPECT_EQ(load_scenario(SOURCE_ROOT "/netns/mptcp-dev.json").endpoints, Endpoints::kMaintainers);
  EXPECT_EQ(scenario_refusal(R"({"endpoints": "sgnal", "links": [{"name": "a"}]})"),
            R"(mine.json: /endpoints: unknown endpoints "sgnal"; did you mean "signal"?)");
  EXPECT_EQ(scenario_refusal(R"({"endpoints": 1, "links": [{"name": "a"}]})"),
            "mine.json: /endpoints: 1 is not text; write it in quotes");
}

TEST(Scenario, HasANumberOfSubflowsAndACompetingFlow) {
  const Scenario plain = scenario(R"({"links": [{"name": "a"}]})");
  EXPECT_EQ(plain.subflows_per_link, std::nullopt);
  EXPECT_EQ(plain.competing_flow, std::nullopt);
  const Scenario shared = scenario(
      R"({"subflows_per_link": 3, "competing_flow": "b", "links": [{"name": "a"}, {"name": "b"}]})");
  EXPECT_EQ(shared.subflows_per_link, 3);
  EXPECT_EQ(shared.competing_flow, 1u);
  for (const char* count : {"0", "66", "1.5", "\"2\"", "18446744073709551615"}) {
    EXPECT_EQ(
        scenario_refusal(std::string(R"({"links": [{"name": "a"}], "subflows_per_link": )") +
                         count + "}"),
        std::string("mine.json: /subflows_per_link: ") + count + " is not a number from 1 to 65");
  }
  EXPECT_EQ(scenario_refusal(R"({"links": [{"name": "wifi"}], "competing_flow": "wify"})"),
            "mine.json: /competing_flow: unknown competing_flow \"wify\"; did you mean \"wifi\"?");
  EXPECT_EQ(scenario_refusal(R"({"links": [{"name": "wifi"}], "competing_flow": true})"),
            "mine.json: /competing_flow: true is not text; write it in quotes");
}

std::string clients_refusal(const std::string& clients, const std::string& more = "",
                            const std::string& name = "b") {
  return scenario_refusal(R"({"clients": )" + clients + R"(, "links": [{"name": "a"}, {"name": ")" +
                          name + "\"}]" + more + "}");
}

TEST(Scenario, GivesEveryClientItsOwnLinks) {
  const Scenario s = scenario(
      R"({"clients": 3, "links": [{"name": "wifi", "rate": "5mbit"}, {"name": "lte", "backup": true}]})");
  EXPECT_EQ(s.clients, 3);
  EXPECT_EQ(s.links_per_client(), 2u);
  std::vector<std::string> names;
  for (const LinkSpec& link : s.links) names.push_back(link.name);
  EXPECT_THAT(names, ElementsAre("wifi", "lte", "wifi_c2", "lte_c2", "wifi_c3", "lte_c3"));
  EXPECT_EQ(s.links[4].up, s.links[0].up);
  EXPECT_EQ(s.links[5].down, s.links[1].down);
  EXPECT_THAT(s.backups, ElementsAre(1, 3, 5));
  EXPECT_EQ(s.first_link_of(3), 4u);
  EXPECT_EQ(to_text(s.client_of(1)), "client");
  EXPECT_EQ(to_text(s.client_of(4)), "client3");
}

TEST(Scenario, HasOneClientIfItNamesNoNumber) {
  for (const char* const clients : {"", R"("clients": 1, )"}) {
    const Scenario s =
        scenario(std::string("{") + clients + R"("links": [{"name": "a13charslong1"}],
      "events": [{"at": "1s", "link": "a13charslong1", "state": "down"}], "endpoints": "signal"})");
    EXPECT_EQ(s.clients, 1);
    EXPECT_EQ(s.links.size(), 1u);
  }
}

TEST(Scenario, RefusesClientsThatCannotBe) {
  const std::string range =
      " is not a number from 1 to 32; with 2 links each, more clients would have more than 64 "
      "links "
      "together";
  for (const char* const wrong : {"0", "-1", "33", "1.5", R"("4")", "18446744073709551615"})
    EXPECT_EQ(clients_refusal(wrong), std::string("mine.json: /clients: ") + wrong + range);
  EXPECT_EQ(clients_refusal("32"), "taken");
  EXPECT_EQ(clients_refusal("9", "", "tenletters"), "taken");
  EXPECT_EQ(
      clients_refusal("10", "", "tenletters"),
      "mine.json: /links/1/name: client 10 would call it \"tenletters_c10\", which is too long "
      "for an interface; use at most 9 characters");
  EXPECT_EQ(clients_refusal("2", R"(, "endpoints": "signal")"),
            "mine.json: /endpoints: signal goes with one client; write subflow, backup or none, or "
            "leave out \"clients\"");
  EXPECT_EQ(clients_refusal("2", R"(, "competing_flow": "a")"),
            "mine.json: /competing_flow: goes with one client; leave it out, or leave out "
            "\"clients\"");
  EXPECT_EQ(clients_refusal("2", R"(, "events": [])"),
            "mine.json: /events: goes with one client; leave it out, or leave out \"clients\"");
}

TEST(Scenario, RefusesABackupThatCannotBeOne) {
  EXPECT_EQ(
      scenario(R"({"links": [{"name": "a", "backup": false}, {"name": "b", "backup": true}]})")
          .backups,
      std::set<std::size_t>{1});
  EXPECT_EQ(link_refusal(R"("backup": "yes")"),
            R"(mine.json: /links/1/backup: "yes" is neither true nor false)");
  EXPECT_EQ(scenario_refusal(R"({"links": [{"name": "a", "backup": true}, {"name": "b"}]})"),
            "mine.json: /links/0/backup: connections start on the first link, so it cannot be a "
            "backup; put another link first");
}

TEST(Scenario, EveryShippedFileIsOne) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(SOURCE_ROOT "/netns")) {
    if (entry.path().extension() != ".json") continue;
    const Scenario s = load_scenario(entry.path().string());
    EXPECT_FALSE(s.description.empty()) << entry.path();
    names.insert(s.name);
  }
  for (const char* name :
       {"two-lossy-links", "two-clean-links", "one-lossy-link", "stack-cost",
        "keyspace-beijing-2025", "wifi-and-lte", "failover", "failover-unplugged", "backup-link",
        "flapping", "handover", "mptcp-dev", "simult-flows", "four-nics", "shared-bottleneck",
        "many-clients", "ec2-single-flow", "starlink-and-lte", "fading-wifi-and-lte"}) {
    EXPECT_EQ(names.count(name), 1u) << name;
  }
}

TEST(Scenario, HasPlainLinksWhereThereIsNothingToEmulate) {
  EXPECT_TRUE(has_plain_links(load_scenario(SOURCE_ROOT "/netns/stack-cost.json")));
  EXPECT_TRUE(has_plain_links(scenario(R"({"links": [{"name": "a"}, {"name": "b"}]})")));
  EXPECT_TRUE(has_plain_links(scenario(R"({"links": [{"name": "a", "mtu": "9000b"}]})")));
  EXPECT_FALSE(has_plain_links(scenario(R"({"links": [{"name": "a", "delay": "1ms"}]})")));
  EXPECT_FALSE(has_plain_links(scenario(R"({"links": [{"name": "a", "down": {"loss": "1%"}}]})")));
  EXPECT_FALSE(has_plain_links(scenario(
      R"({"links": [{"name": "a"}], "events": [{"at": "1s", "link": "a", "state": "down"}]})")));
}

TEST(Scenario, FindsTheLinkWithoutARate) {
  EXPECT_EQ(link_without_rate(load_scenario(SOURCE_ROOT "/netns/two-lossy-links.json")), nullptr);
  const Scenario plain = load_scenario(SOURCE_ROOT "/netns/stack-cost.json");
  ASSERT_NE(link_without_rate(plain), nullptr);
  EXPECT_EQ(link_without_rate(plain)->name, "link1");
  const Scenario one_way = scenario(
      R"({"links": [{"name": "a", "rate": "10mbit"}, {"name": "b", "up": {"rate": "1mbit"}}]})");
  ASSERT_NE(link_without_rate(one_way), nullptr);
  EXPECT_EQ(link_without_rate(one_way)->name, "b");
}

TEST(Scenario, HasAtMostAThousandEvents) {
  const auto with_events = [](int events) {
    std::string text = R"({"links": [{"name": "a", "rate": "1mbit"}], "events": [)";
    for (int i = 1; i <= events; ++i) {
      text += (i == 1 ? "" : ",") + std::string(R"({"at": ")") + std::to_string(i) +
              R"(ms", "link": "a", "state": ")" + (i % 2 == 1 ? "down" : "up") + R"("})";
    }
    return scenario_from_json(text + "]}", "many.json");
  };
  EXPECT_EQ(with_events(1000).events.size(), 1000u);
  EXPECT_THROW(with_events(1001), BadInput);
}

}  // namespace
}  // namespace mpb
