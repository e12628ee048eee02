// An experiment before anything is done: scenarios, the commands that build them, and the order of
// the runs. tests/system/dry_run.sh compares the whole output of --dry-run with tests/golden.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/figures.hh"
#include "experiment/commands.hh"
#include "experiment/dry_run.hh"
#include "experiment/judge.hh"
#include "experiment/record.hh"
#include "experiment/run.hh"
#include "result/json.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "tools/doctor.hh"

namespace mpb {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Scenario scenario(const std::string& json) { return scenario_from_json(json, "mine.json"); }

std::string refusal(const std::string& json) {
  try {
    scenario(json);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

std::string link_refusal(const std::string& fields) {
  return refusal(R"({"links": [{"name": "a"}, {"name": "b", )" + fields + "}]}");
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
            R"(mine.json: /links/1/delay: "5" has no unit; write "5ms" or "5us")");
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
  EXPECT_EQ(link_refusal(R"("up": {"zzzz": "x"})"),
            "mine.json: /links/1/up/zzzz: unknown field; the fields are rate, delay, jitter, loss, "
            "burst, queue");
  EXPECT_EQ(link_refusal(R"("up": "10mbit")"), "mine.json: /links/1/up: is not an object {…}");
  EXPECT_EQ(refusal(R"({"links": [{"delay": "5ms"}]})"),
            R"(mine.json: /links/0/name: missing; name the link, for example "name": "link1")");
  EXPECT_EQ(refusal(R"({"links": [{"name": "a"}, {"name": "a"}]})"),
            R"(mine.json: /links/1/name: "a" names two links; give each its own name)");
  EXPECT_EQ(refusal(R"({"links": [{"name": "lo"}]})"),
            "mine.json: /links/0/name: \"lo\" cannot name an interface; use 1 to 13 of the "
            "characters a-z and 0-9");
  const std::string no_links =
      "mine.json: /links: missing or empty; describe at least one link (see netns/README.md)";
  EXPECT_EQ(refusal(R"({"links": []})"), no_links);
  EXPECT_EQ(refusal("{}"), no_links);
  EXPECT_EQ(refusal("[]"), "mine.json: /: is not an object {…}");
  EXPECT_EQ(refusal(R"({"links": [{"name": "a"}], "sysctls": {"server": {"kernel.panic": "1"}}})"),
            "mine.json: /sysctls/server/kernel.panic: only net.* settings belong to a namespace");
  EXPECT_EQ(refusal(R"({"links": [{"name": "a"}], "sysctls": {"sevrer": {}}})"),
            R"(mine.json: /sysctls/sevrer: unknown field; did you mean "server"?)");
  EXPECT_EQ(
      refusal(R"({"links": [{"name": "a"}], "sysctls": {"server": {"net.x": 1}}})"),
      R"(mine.json: /sysctls/server/net.x: is not text; write it in quotes, for example "0")");
  std::string nine;
  for (const char c : std::string("abcdefghi"))
    nine += std::string(nine.empty() ? "" : ", ") + R"({"name": ")" + c + "\"}";
  EXPECT_EQ(refusal(R"({"links": [)" + nine + "]}"),
            "mine.json: /links: has 9 links; the kernel supports at most 8");
  EXPECT_THAT(refusal("{\"links\": ["), HasSubstr("mine.json: is not JSON: "));
}

std::string event_refusal(const std::string& events) {
  return refusal(R"({"links": [{"name": "wifi"}, {"name": "lte"}], "events": [)" + events + "]}");
}

Scenario eventful(const std::string& events) {
  return scenario(
      R"({"links": [{"name": "wifi", "rate": "50mbit", "loss": "1%", "burst": "4p"}, {"name": "lte"}], "events": [)" +
      events + "]}");
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
            R"(mine.json: /events/0/at: "3" has no unit; write "3ms" or "3us")");
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
            R"(mine.json: /events/0/delay: "5" has no unit; write "5ms" or "5us")");
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
  EXPECT_EQ(refusal(R"({"links": [{"name": "a"}], "events": {}})"),
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

TEST(Scenario, RefusesABackupThatCannotBeOne) {
  EXPECT_EQ(
      scenario(R"({"links": [{"name": "a", "backup": false}, {"name": "b", "backup": true}]})")
          .backups,
      std::set<std::size_t>{1});
  EXPECT_EQ(link_refusal(R"("backup": "yes")"),
            R"(mine.json: /links/1/backup: "yes" is neither true nor false)");
  EXPECT_EQ(refusal(R"({"links": [{"name": "a", "backup": true}, {"name": "b"}]})"),
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
  for (const char* name : {"two-lossy-links", "two-clean-links", "one-lossy-link", "stack-cost",
                           "keyspace-beijing-2025", "wifi-and-lte", "failover",
                           "failover-unplugged", "backup-link", "flapping", "handover"}) {
    EXPECT_EQ(names.count(name), 1u) << name;
  }
}

TEST(Workload, EveryShippedFileIsOne) {
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(SOURCE_ROOT "/workloads")) {
    if (entry.path().extension() != ".json") continue;
    EXPECT_FALSE(read_workload(entry.path().string()).description.empty()) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 1);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// The losses of the outer netem | the work of the inner one, the line.
std::string words(const LinkModel& model) {
  return joined(netem_loss_words(model)) + " | " + joined(netem_line_words(model));
}

// A queue of 2^63 - 1 packets came out as "limit -9223372036854775808".
TEST(Netem, HasALimitThatTcTakesAtTheBoundsOfALink) {
  const LinkModel most{kLinkBounds.fastest,
                       kLinkBounds.delay,
                       kLinkBounds.delay,
                       {0.5, kLinkBounds.burst},
                       {.packets = kLinkBounds.queue.packets}};
  EXPECT_THAT(words(most), EndsWith("rate 100gbit limit 1990752973"));
  LinkModel bytes = most;
  bytes.queue = {.bytes = kLinkBounds.queue.bytes};
  EXPECT_LT(std::stoull(netem_line_words(bytes).back()), std::uint64_t{1} << 32);
}

TEST(Netem, SaysTheModelInTheWordsOfTc) {
  EXPECT_EQ(words({100_mbit, 5ms, 0ms, {0.01, 1}, {.packets = 250}}),
            "loss random 1% limit 1000000 | delay 5ms rate 100mbit limit 292");
  EXPECT_EQ(words({.rate = 1_gbit, .delay = 500us, .jitter = 100us}),
            "limit 1000000 | delay 500us 100us rate 1gbit limit 1000000");
  EXPECT_EQ(words({}), "limit 1000000 | limit 1000000");  // tc's own default of 1000 would drop
}

// Mean loss L and mean burst B as Gilbert-Elliott: r = 1/B, p = rL/(1-L); in the long run p/(p+r) =
// L of the packets are lost.
TEST(Netem, LosesBurstsWithTheMeanAskedFor) {
  EXPECT_EQ(words({.loss = {0.02, 4}, .queue = {.packets = 10}}),
            "loss gemodel 0.510204% 25% 100% 0% limit 1000000 | limit 10");
  EXPECT_NEAR(0.00510204 / (0.00510204 + 0.25), 0.02, 1e-6);
}

// netem's limit holds what is in propagation too: 100 Mbit/s for 5 ms are 41.28 full frames of 1514
// bytes, on top of the queue.
TEST(Netem, LimitsTheQueueBeyondTheBandwidthDelayProduct) {
  EXPECT_THAT(words({.rate = 100_mbit, .delay = 5ms, .queue = {.packets = 100}}),
              HasSubstr("limit 142"));
  EXPECT_THAT(words({.rate = 100_mbit, .delay = 4ms, .jitter = 1ms, .queue = {.packets = 100}}),
              HasSubstr("limit 142"));
  EXPECT_THAT(words({.rate = 100_mbit, .delay = 5ms, .queue = {.bytes = 151400_bytes}}),
              HasSubstr("limit 142"));
  EXPECT_THAT(words({.delay = 5ms, .queue = {.packets = 100}}), HasSubstr("limit 100"));
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

const char* const kUnequal =
    R"({"links": [{"name": "dsl", "rate": "50mbit", "up": {"rate": "10mbit"}}, {"name": "lte", "delay": "20ms"}],
                                 "sysctls": {"server": {"net.ipv4.tcp_rmem": "4096 131072 6291456"}}})";

std::vector<std::string> steps(Backend backend, const std::string& congestion, bool mptcp) {
  std::vector<std::string> texts;
  for (const Step& step : topology({{congestion}, scenario(kUnequal), backend, mptcp}))
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

TEST(Scenario, HasPlainLinksWhereThereIsNothingToEmulate) {
  EXPECT_TRUE(has_plain_links(load_scenario(SOURCE_ROOT "/netns/stack-cost.json")));
  EXPECT_TRUE(has_plain_links(scenario(R"({"links": [{"name": "a"}, {"name": "b"}]})")));
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
    for (const Step& step : topology({{}, s, backend, true})) texts.push_back(to_text(step));
    EXPECT_EQ(texts.back(), "[client] ip mptcp endpoint add 10.0.2.1 dev b subflow backup");
  }
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
    for (const Step& step : topology({{}, s, backend, false})) made.push_back(to_text(step));
    made = only(std::move(made), [](const std::string& text) {
      return text.rfind("[client] ip ", 0) == 0 && text.find("dev lte") != std::string::npos &&
             (text.find(" route ") != std::string::npos ||
              text.find(" neighbour ") != std::string::npos);
    });
    EXPECT_EQ(made.size(), backend == Backend::kTun ? 1u : 3u);
    made.insert(made.begin(), "[client] ip link set dev lte up");
    EXPECT_EQ(only(steps_of(s, 1, backend), with("[client]")), made);
  }
}

ExperimentOptions experiment(std::uint64_t seed, int repeat) {
  ExperimentOptions options;
  options.scenario = scenario(kUnequal);
  options.protos = {Proto::kTcp, Proto::kMptcp};
  options.repeat = repeat;
  options.seed = seed;
  return options;
}

std::string order(const ExperimentOptions& options) {
  std::string text;
  for (const Cell& cell : plan_cells(options)) text += cell.proto == Proto::kTcp ? 't' : 'm';
  return text;
}

TEST(Plan, RunsEveryCellInBothProtocolsOneAfterTheOther) {
  const std::vector<Cell> cells = plan_cells(experiment(1, 3));
  ASSERT_EQ(cells.size(), 3u * 2 * 3 * 2);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    const Cell& partner = cells[i ^ 1];
    EXPECT_EQ(cell.order, static_cast<int>(i));
    EXPECT_EQ(cell.block, static_cast<int>(i / 12));
    EXPECT_EQ(to_text(cell.op) + to_text(cell.size), to_text(partner.op) + to_text(partner.size));
    EXPECT_NE(cell.proto, partner.proto);
    seen.insert(std::to_string(cell.block) + to_text(cell.op) + to_text(cell.size) +
                to_text(cell.proto));
  }
  EXPECT_EQ(seen.size(), cells.size());
}

TEST(Plan, DrawsTheOrderFromTheSeed) {
  EXPECT_EQ(order(experiment(1, 1)),
            "mtmtmtmtmttm");  // on every machine, with every library: a result can be repeated
  EXPECT_EQ(order(experiment(7, 20)), order(experiment(7, 20)));
  EXPECT_NE(order(experiment(1, 20)), order(experiment(2, 20)));
  int tcp_first = 0;
  const std::string runs = order(experiment(1, 100));
  for (std::size_t i = 0; i < runs.size(); i += 2) tcp_first += runs[i] == 't';
  EXPECT_NEAR(tcp_first, 300, 4 * std::sqrt(600 * 0.25));
}

// The number of verdicts that will be decided together, which the start of an experiment reports.
TEST(Plan, CountsItsVerdicts) {
  ExperimentOptions options = experiment(1, 6);
  EXPECT_EQ(planned_verdicts(options), 6u) << "GET and SET, three sizes, MPTCP against TCP";
  options.again = true;
  EXPECT_EQ(planned_verdicts(options), 18u) << "and each against itself";
  options.again = false;
  options.workload.rate = 500;
  EXPECT_EQ(planned_verdicts(options), 18u) << "throughput, p50 and p99";
  options.scenario.events.emplace_back();
  EXPECT_EQ(planned_verdicts(options), 12u) << "the longest stall and the first success";
  options.protos = {Proto::kMptcp};
  EXPECT_EQ(planned_verdicts(options), 0u);
}

// The cells of a gate's rules, before anything was measured.
TEST(Plan, IsAResultWithoutFigures) {
  ExperimentOptions options;
  options.protos = {Proto::kTcp, Proto::kMptcp};
  options.workload.connections = 200;
  options.workload.sizes = {parse_value_size("4k")};
  const Result result = planned(options);
  ASSERT_EQ(result.runs.size(), 4u) << "GET and SET, two protocols";
  EXPECT_EQ(cell_name(result, groups_of(result).front()), "get_4k_c200");
  EXPECT_TRUE(result.runs[0].outcome.segments.empty());
  options.scenario.events.resize(2);
  EXPECT_EQ(planned(options).runs[0].outcome.segments.size(), 3u);
  options.auto_rates = true;
  EXPECT_TRUE(planned(options).runs.empty()) << "nobody knows the rates yet";
  options.repeat = 3;
  EXPECT_EQ(least_blocks(options), 3);
  options.until_ci = 0.02;
  EXPECT_EQ(least_blocks(options), 6);
}

TEST(Plan, GivesBbrAWindowThatHoldsItsProbe) {
  const auto window = [](const std::vector<std::string>& used, bool asked = false) {
    ExperimentOptions options = experiment(1, 6);
    options.workload.duration = 5s;
    fit_window_to(options, used, asked);
    return std::pair(options.workload.duration, options.pilot);
  };
  EXPECT_EQ(window({"bbr"}), std::pair(Nanos{10s}, Nanos{40s}));
  EXPECT_EQ(window({"bbr"}, true), std::pair(Nanos{5s}, Nanos{40s}));
  EXPECT_EQ(window({"cubic", "bbr"}), std::pair(Nanos{10s}, Nanos{40s}));
  EXPECT_EQ(window({"cubic"}), std::pair(Nanos{5s}, Nanos{20s}));
}

// Packet i of either protocol meets the same luck; the second run of a protocol that is compared
// with itself does not share it, as no two protocols do in what matters.
TEST(Plan, GivesASecondRunLuckOfItsOwn) {
  ExperimentOptions options = experiment(7, 3);
  options.again = true;
  std::map<int, std::set<std::uint64_t>> first, second;
  for (const Cell& cell : plan_cells(options))
    (cell.again ? second : first)[cell.block].insert(block_seed(options, cell));
  std::set<std::uint64_t> all;
  for (int block = 0; block < 3; ++block) {
    EXPECT_EQ(first[block].size(), 1u);
    EXPECT_EQ(second[block].size(), 1u);
    all.insert(*first[block].begin());
    all.insert(*second[block].begin());
  }
  EXPECT_EQ(all.size(), 6u);
  EXPECT_EQ(*first[0].begin(), 7u);
}

// Only an MPTCP subflow has what a connection's sampler cannot ask.
TEST(Subflows, AreToldWhatTheSocketsOfTheirAddressShow) {
  const std::vector<TcpSocket> ours{{"10.0.1.1", 6379, "bbr", true, false},
                                    {"10.0.2.1", 6379, "cubic", true, true},
                                    {"10.0.3.1", 6379, "reno", false, false}};
  mpb::Run run;
  run.outcome.subflows.resize(3);
  run.outcome.subflows[0].local = "10.0.2.1";
  run.outcome.subflows[1].local = "10.0.1.1";
  run.outcome.subflows[2].local = "10.0.3.1";
  describe_subflows(ours, run);
  EXPECT_EQ(run.outcome.subflows[0].backup, true);
  EXPECT_EQ(run.outcome.subflows[0].congestion_control, "cubic");
  EXPECT_EQ(run.outcome.subflows[1].backup, false);
  EXPECT_EQ(run.outcome.subflows[1].congestion_control, "bbr");
  EXPECT_EQ(run.outcome.subflows[2].backup, std::nullopt);
}

TEST(Judge, WantsTheCongestionControlOfBothEnds) {
  mpb::Run run;
  note_congestion_controls({{"10.0.1.1", 6379, "reno", true, false}}, "client", run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  EXPECT_THAT(run.outcome.congestion_control, ElementsAre("reno"));
  note_congestion_controls({{"10.1.1.1", 40000, "", true, false}}, "server", run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("the congestion control of the server's connections could not be read "
                          "back (sock_diag)"));
}

TEST(Judge, DoesNotBelieveARunInWhichTheStoreWasAway) {
  const ExperimentOptions options = experiment(1, 1);
  Outcome outcome;
  outcome.requests = 1000;
  outcome.duration = 2s;
  outcome.error(Loss::kReset) = 5;
  mpb::Run run;  // testing::Test has one too
  judge_outcome(outcome, Cell{}, options, 0, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());  // reset and made again: counted, and believed
  outcome.error(Loss::kConnect) = 30;
  judge_outcome(outcome, Cell{}, options, 0, run);
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre("the store was unreachable during part of the run: 30 attempts to reconnect "
                  "failed"));
}

// An outage that outlasts the time-out of a connect is what the scenario asks for.
TEST(Judge, BelievesARunWhoseLinksWereAway) {
  ExperimentOptions options = experiment(1, 1);
  options.scenario.events.emplace_back();
  options.workload.connections = 10;
  Outcome outcome;
  outcome.requests = 1000;
  outcome.duration = 2s;
  outcome.error(Loss::kConnect) = 30;
  outcome.mptcp_start = {10, 0, 2, 2, 10};
  outcome.mptcp_end = {8, 0, 2, 2, 8};
  mpb::Run run;
  Cell cell;
  cell.proto = Proto::kMptcp;
  judge_outcome(outcome, cell, options, 2, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  EXPECT_THAT(run.notes, ElementsAre("only 8 of 10 connections were open at the end",
                                     "30 attempts to reconnect failed"));
}

TEST(Judge, WantsExactlyOneSubflowALink) {
  ExperimentOptions options = experiment(1, 1);
  options.workload.connections = 2;
  const auto reasons = [&](int min, int max) {
    Outcome outcome;
    outcome.requests = 1000;
    outcome.duration = 2s;
    outcome.mptcp_start = outcome.mptcp_end = {2, 0, min, max, 2};
    mpb::Run run;
    Cell cell;
    cell.proto = Proto::kMptcp;
    judge_outcome(outcome, cell, options, 2, run);
    return run.invalid_reasons;
  };
  EXPECT_THAT(reasons(2, 2), ElementsAre());
  EXPECT_THAT(reasons(1, 2), ElementsAre("some connections started with 1 of 2 subflows"));
  EXPECT_THAT(reasons(2, 3),
              ElementsAre("some connections had 3 subflows where there are 2 links"));
}

TEST(Judge, NamesTheProcessThatLimitedTheRun) {
  mpb::Run run;
  run.outcome.cpu_pct = {20, 85};
  run.store_pct = 85;
  run.emulator_pct = 85;
  judge_cpu(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.outcome.cpu_pct = {20, 93.4};
  run.store_pct = 190;  // of its threads together, which may use a CPU each
  run.store_thread_pct = 60;
  run.emulator_pct = 95;
  judge_cpu(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("a load thread used 93 % of a CPU (limit 85 %): the links were not the "
                          "limit; use more threads (-t)",
                          "the link emulator used 95 % of a CPU (limit 85 %): the links were not "
                          "the limit; use fewer connections or slower links"));
  run.invalid_reasons.clear();
  run.outcome.cpu_pct.clear(), run.emulator_pct.reset(), run.store_thread_pct.reset();
  judge_cpu(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre(HasSubstr("the store used 190 % of a CPU")));
}

// The readings that are meaningless in virtual time are removed from the run, so that no check uses
// them. A gap is measured by the clock, and stays.
TEST(Judge, ForgetsTheCpuInVirtualTime) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.outcome.requests = 1000;
  run.outcome.last_byte.record(10ms, 1000);
  run.outcome.cpu_pct = {100, 100};
  run.outcome.threads = {{3ms, 2s, 9}, {4ms, 2s, 9}};
  for (std::optional<double>* pct :
       {&run.store_pct, &run.store_thread_pct, &run.emulator_pct, &run.system_pct, &run.nice_pct,
        &run.softirq_pct, &run.system_before_pct, &run.steal_pct, &run.pressure_pct})
    *pct = 100;
  run.store_attendance = run.emulator_attendance = Attendance{5ms, 2s, 9};
  mpb::Run judged = run;
  judge_cpu(judged);
  judge_waiting(judged);
  judge_crowding(judged);
  EXPECT_FALSE(judged.valid());
  forget_cpu(run);
  judge_cpu(run);
  judge_waiting(run);
  judge_crowding(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  const auto document = nlohmann::json::parse(json_of(run).dump());
  EXPECT_EQ(document["cpu"].dump(), R"({"load_threads_pct":[]})");
  EXPECT_EQ(document["attendance"].dump(),
            R"({"emulator":{"longest_gap_ns":5000000},)"
            R"("load_threads":[{"longest_gap_ns":3000000},{"longest_gap_ns":4000000}],)"
            R"("store":{"longest_gap_ns":5000000}})");
}

// Our processes use 70 % of two CPUs. Their waits for each other do not invalidate a run, but waits
// for other programs do.
TEST(Judge, RefusesACpuThatOthersTookFromAnEmulatedRun) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.outcome.threads = {{{}, 240ms, {}}};
  run.outcome.cpu_pct = {15};
  run.store_pct = 10, run.emulator_pct = 45, run.system_pct = 90, run.steal_pct = 0.2;
  judge_rivals(2, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  mpb::Run starved = run, niced = run, harmless = run, stolen = run, large_host = run, netem = run;
  starved.system_pct = 199;
  judge_rivals(2, starved);
  EXPECT_THAT(starved.invalid_reasons,
              ElementsAre(HasSubstr("other programs or the hypervisor took 129 % of a CPU (limit "
                                    "25 %), and a load thread waited for a CPU for 12 % of the "
                                    "window (limit 5 %): this machine is too busy")));
  niced.nice_pct = 100;  // in a session of its own
  judge_rivals(2, niced);
  EXPECT_THAT(niced.invalid_reasons, ElementsAre(HasSubstr("took 120 % of a CPU")));
  harmless.nice_pct = 100, harmless.outcome.threads[0].waited = 90ms;  // in ours
  judge_rivals(2, harmless);
  EXPECT_THAT(harmless.invalid_reasons, ElementsAre());
  stolen.steal_pct = 10;
  judge_rivals(2, stolen);
  EXPECT_THAT(stolen.invalid_reasons, ElementsAre(HasSubstr("took 40 % of a CPU")));
  large_host.system_pct = 3000, large_host.outcome.threads[0].waited = 10ms;
  judge_rivals(64, large_host);
  EXPECT_THAT(large_host.invalid_reasons, ElementsAre());
  // With netem, and at a target, only what ran before the load is surely not ours.
  netem.emulator_pct.reset(), netem.system_pct = 150, netem.system_before_pct = 20;
  judge_rivals(2, netem);
  EXPECT_THAT(netem.invalid_reasons, ElementsAre());
  netem.system_before_pct = 110;
  judge_rivals(2, netem);
  EXPECT_THAT(netem.invalid_reasons, ElementsAre(HasSubstr("took 110 % of a CPU")));
  mpb::Run target = netem;
  target.invalid_reasons.clear(), target.system_pct.reset();
  judge_rivals(2, target);
  EXPECT_THAT(target.invalid_reasons, ElementsAre(HasSubstr("took 110 % of a CPU")));
  target.invalid_reasons.clear(), target.outcome.threads[0].waited = 90ms;
  judge_rivals(2, target);
  EXPECT_THAT(target.invalid_reasons, ElementsAre());
}

// netem's own work, which is charged to nobody, or to a thread of the kernel.
TEST(Judge, RefusesLinksOfNetemThatWereShortOfACpu) {
  mpb::Run run;
  run.softirq_pct = 85, run.system_pct = 180;
  judge_netem(2, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.system_pct = 190;
  judge_netem(2, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("the CPUs of this host were busy for 95 % of the window "
                                    "(limit 90 %)")));
  run.invalid_reasons.clear();
  run.softirq_pct = 99;
  judge_netem(2, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("a CPU spent 99 % of the window in soft interrupts (limit "
                                    "85 %)")));
}

// 2 s of a window: the worse load thread waits for 90 ms, and the store for 120.
TEST(Judge, RefusesACpuThatIsSharedWithOthersWhereItLimits) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.outcome.threads = {{{}, 20ms, {}}, {{}, 90ms, {}}};
  run.store_attendance = Attendance{{}, 99ms, {}};
  judge_crowding(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.store_attendance->waited = 120ms;
  judge_crowding(run);
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre(HasSubstr("the store waited for a CPU for 6 % of the window (limit 5 %)")));
  run.outcome.threads[1].waited = 200ms;
  judge_crowding(run);
  EXPECT_THAT(run.invalid_reasons, ::testing::Contains(HasSubstr("a load thread waited for a CPU "
                                                                 "for 10 %")));
}

TEST(Judge, RefusesAProcessThatDidNothingForTooLong) {
  mpb::Run run;
  run.outcome.duration = 4s;
  run.outcome.threads = {{80ms}, {}, {5ms}};
  run.store_attendance = {80ms};
  run.emulator_attendance = {80ms};
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.outcome.threads = {{80ms}, {}, {950ms}};
  judge_gaps(run);
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre("a load thread did nothing for 950ms of the window of 4s (limit 80ms): "
                  "it was stopped, or this machine is too busy; stop other programs, or use "
                  "a machine with more CPUs"));
  run.outcome.threads.clear();
  run.store_attendance = {81ms}, run.emulator_attendance = {1s};
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("a load thread"), HasSubstr("the store did not answer a PING"),
                          HasSubstr("the link emulator did nothing for 1s")));
  run.invalid_reasons.clear();
  run.outcome.duration = 100ms;
  run.store_attendance = {10ms}, run.emulator_attendance = {10ms};
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
}

// Stopped for 150 ms of every 300, none of which is too long by itself.
TEST(Judge, RefusesAProcessThatDidNothingTimeAndAgain) {
  mpb::Run run;
  run.outcome.duration = 10s;
  const auto attended = [](Nanos longest, Nanos gaps) {
    return Attendance{.longest_gap = longest, .gaps = gaps};
  };
  run.outcome.threads = {attended(150ms, 150ms), attended(50ms, 200ms)};
  run.store_attendance = run.emulator_attendance = attended(20ms, 200ms);
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.outcome.threads = {attended(190ms, 190ms), attended(155ms, 4960ms)};
  run.store_attendance = attended(150ms, 5s), run.emulator_attendance = attended(11ms, 201ms);
  judge_gaps(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("a load thread did nothing for 4960ms in total, 155ms at a "
                                    "time, of the window of 10s (limit 200ms): it was stopped, or "
                                    "this machine is too busy"),
                          HasSubstr("the store did not answer a PING for 5s in total, 150ms"),
                          HasSubstr("the link emulator did nothing for 201ms in total, 11ms")));
}

TEST(Judge, RefusesAProcessThatWantedMoreOfACpuThanItGot) {
  mpb::Run run;
  run.outcome.duration = 4s;
  run.outcome.cpu_pct = {20, 60};
  run.outcome.threads = {{{}, 2s, 9}, {{}, 1s, 9}};
  run.store_pct = 15;
  run.store_attendance = {{}, 2800ms, 9};
  judge_cpu(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.store_attendance = {{}, 3s, 9};
  judge_cpu(run);
  EXPECT_THAT(
      run.invalid_reasons,
      ElementsAre(
          "the store used 15 % of a CPU and waited for one 75 % of the time (limit "
          "85 %): this machine is too busy; stop other programs, or use a machine with more CPUs"));
}

TEST(Judge, RefusesARunWhoseRequestsWaitedForACpu) {
  mpb::Run run;
  run.outcome.duration = 4s;
  run.outcome.requests = 1000;
  run.outcome.last_byte.record(10ms, 1000);
  // Four turns a request, each of which waited; and four requests a turn, all of which did.
  run.outcome.threads = {{{}, 100ms, 2000}, {{}, 100ms, 2000}};
  run.store_attendance = {{}, 50ms, 250};
  run.emulator_attendance = {{}, 90ms, 4000};
  judge_waiting(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.emulator_attendance = {{}, 110ms, 4000};
  judge_waiting(run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre("a request waited 510us for a CPU (limit 500us, at a median latency of "
                          "10ms; load 200us, store 200us, link emulator 110us): this machine is "
                          "too busy; stop other programs, or use a machine with more CPUs"));
  run.invalid_reasons.clear();
  // So short that an idle machine takes more than 5 % of it to wake the three.
  run.outcome.last_byte.record(60us, 10000);
  run.outcome.threads = {{{}, 20ms, 1000}};
  run.store_attendance = {{}, 20ms, 1000}, run.emulator_attendance = {{}, 10ms, 1000};
  judge_waiting(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  run.emulator_attendance = {{}, 11ms, 1000};
  judge_waiting(run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre(HasSubstr("waited 51us for a CPU (limit 50us")));
  run.invalid_reasons.clear();
  run.outcome.threads.clear(), run.store_attendance.reset(), run.emulator_attendance.reset();
  judge_waiting(run);  // of a kernel that does not count
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
}

TEST(Judge, RefusesCountersOfAnotherWindow) {
  mpb::Run run;
  run.outcome.duration = 4s;
  judge_edges(50ms, 50ms, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
  judge_edges(400ms, 400ms, run);  // as far apart as the window is long
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("read 400ms after the window opened (limit 50ms): mptcp-bench "
                                    "was stopped, or this machine is too busy"),
                          HasSubstr("read 400ms after the window closed (limit 50ms)")));
  run.invalid_reasons.clear();
  run.outcome.duration = 20s;
  judge_edges(0ms, 200ms, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
}

TEST(Judge, RefusesPacketsThatNoLinkLost) {
  mpb::Run run;
  const auto reasons = [&run](std::map<std::string, std::int64_t> server, std::int64_t softnet) {
    run.invalid_reasons.clear();
    run.kernel["server"] = difference({{"TcpExtTCPBacklogDrop", 2}}, server);
    judge_losses(softnet, run);
    return run.invalid_reasons;
  };
  EXPECT_THAT(reasons({{"TcpExtTCPBacklogDrop", 2}, {"TcpRetransSegs", 9}}, 0), ElementsAre());
  EXPECT_THAT(reasons({{"TcpExtTCPBacklogDrop", 5}, {"TcpExtRcvPruned", 1}}, 0),
              ElementsAre("the server's kernel lost packets that no link had lost (TcpExtRcvPruned "
                          "1, TcpExtTCPBacklogDrop 3): use fewer connections, or give the sockets "
                          "more memory (net.ipv4.tcp_rmem, net.ipv4.tcp_mem)"));
  EXPECT_THAT(reasons({}, 4), ElementsAre(HasSubstr("receive queues dropped 4 packets")));
  EXPECT_THAT(run.notes, ElementsAre());
  EXPECT_THAT(reasons({{"TcpExtPruneCalled", 3}}, 0), ElementsAre());
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("server's kernel pruned receive queues 3 times")));
}

TEST(Judge, KnowsWhatARequestTakesAtLeast) {
  ExperimentOptions options = experiment(1, 1);
  options.workload.connections = 50;
  Cell cell;
  cell.op = parse_op("get");
  cell.size = parse_value_size("4k");
  const auto base = [&](const std::string& delay) {
    options.scenario = scenario(R"({"links": [{"name": "a", "rate": "100mbit", "delay": "40ms"},
        {"name": "b", "rate": "100mbit", "delay": ")" +
                                delay + R"("}]})");
    return std::chrono::round<std::chrono::microseconds>(base_latency(options, cell));
  };
  // A reply of 4303 bytes takes 344 us of a line.
  EXPECT_EQ(base("5ms"), 10344us);
  EXPECT_EQ(base("0ms"), 8606us);  // 50 of them over both
  cell.rate = 100;
  EXPECT_EQ(base("0ms"), 344us);
  options.scenario = scenario(R"({"links": [{"name": "a", "delay": "1ms"}]})");
  cell.rate.reset();
  EXPECT_EQ(base_latency(options, cell), 2ms);
}

TEST(Judge, RefusesAnEmulatorThatWasLate) {
  mpb::Run run;
  run.outcome.last_byte.record(12ms, 1000);
  const auto reasons = [&run](Lateness late, Nanos read, Nanos read_p99 = 500us) {
    run.emulator = {late, Lateness{read, read_p99, 90ms}, true};
    run.invalid_reasons.clear();
    judge_lateness(10ms, run);
    return run.invalid_reasons;
  };
  EXPECT_THAT(reasons({150us, 500us, 80ms}, 100us), ElementsAre());
  EXPECT_THAT(
      reasons({0us, 501us, 80ms}, 0us),
      ElementsAre(HasSubstr("late: p99 501us (limit 500us where a request takes 10ms): this "
                            "machine is too busy")));
  EXPECT_THAT(
      reasons({150us, 300us, 300us}, 101us),
      ElementsAre(HasSubstr("half of all packets by more than 251us each way (limit 250us")));
  EXPECT_THAT(
      reasons({150us, 500us, 80ms}, 100us, 501us),
      ElementsAre(HasSubstr("waited to be read by the link emulator: p99 501us (limit 500us "
                            "where a request takes 10ms): this machine is too busy")));
  run.outcome.last_byte.record(4ms, 2000);  // a median below what the scenario takes
  EXPECT_THAT(reasons({0us, 300us, 300us}, 0us), ElementsAre(HasSubstr("limit 200us")));
  // Links so short that only the median counts.
  run.outcome.last_byte.record(400us, 10000);
  EXPECT_THAT(reasons({5us, 100us, 300us}, 4us), ElementsAre());
  EXPECT_THAT(reasons({5us, 101us, 300us}, 4us), ElementsAre(HasSubstr("p99 101us (limit 100us")));
  EXPECT_THAT(reasons({6us, 90us, 300us}, 5us), ElementsAre(HasSubstr("half of all packets")));
  EXPECT_THAT(
      reasons({5us, 90us, 300us}, 4us, 501us),
      ElementsAre(HasSubstr("waited to be read by the link emulator: p99 501us (limit 500us "
                            "where a request takes 400us)")));
  run.outcome.last_byte.record(40ms, 100000);
  run.emulator = {{}, Lateness{0us, 1001us, 90ms}, true};
  run.invalid_reasons.clear();
  judge_lateness(20ms, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre(HasSubstr("p99 1001us (limit 1ms ")));
  run.emulator.reset();
  run.invalid_reasons.clear();
  judge_lateness(0ms, run);
  EXPECT_THAT(run.invalid_reasons, ElementsAre());
}

TEST(DryRun, OfATargetBuildsNothingAndCleansUp) {
  ExperimentOptions options = experiment(1, 1);
  options.target = Target{"10.20.0.5", "6379", "STORE_PASSWORD", "", 3};
  const std::string text = dry_run(options);
  EXPECT_THAT(text, HasSubstr("# store: 10.20.0.5:6379, over this host's network\n"));
  EXPECT_THAT(text, Not(HasSubstr("[client]")));
  EXPECT_THAT(text, HasSubstr("[host] mptcp-bench load -h 10.20.0.5 -p 6379 --auth-env "
                              "STORE_PASSWORD --db 3 --cleanup -r 1000\n"));
}

TEST(DryRun, NamesTheRoundTripOfEachLinkAndTheTimeOfAllRuns) {
  ExperimentOptions options = experiment(1, 1);
  options.workload.sizes = {parse_value_size("4k")};
  options.workload.duration = 5s;
  options.workload.warmup = 1s;
  options.scenario = scenario(R"({"links": [{"name": "a", "delay": "5ms"},
      {"name": "b", "up": {"delay": "5ms"}, "down": {"delay": "20ms"}}, {"name": "c"}]})");
  const std::string text = dry_run(options);
  EXPECT_THAT(text, HasSubstr("\n# a, each way: no rate limit, delay 5ms, no loss, no queue "
                              "limit; RTT 10ms\n"));
  EXPECT_THAT(text, HasSubstr("delay 20ms, no loss, no queue limit; RTT 25ms\n"));
  EXPECT_THAT(text, EndsWith("\n# 4 runs, about 28 s\n"));
}

TEST(RoundTrips, AreThoseOfTheLinksAtFirst) {
  const auto text = [](const std::string& links) {
    return round_trips(scenario(R"({"links": [)" + links + "]}"));
  };
  EXPECT_EQ(text(R"({"name": "a", "delay": "5ms"}, {"name": "b", "delay": "5ms"})"), "10ms");
  EXPECT_EQ(text(R"({"name": "wifi", "delay": "4ms"}, {"name": "lte", "delay": "30ms"})"),
            "wifi 8ms, lte 60ms");
  EXPECT_EQ(text(R"({"name": "a"}, {"name": "b"})"), "");
}

// By the direction in which the values go. A link without a limit has no rate to go by.
TEST(TcpSplit, DividesConnectionsByTheRatesOfTheLinks) {
  ExperimentOptions options = experiment(1, 1);
  options.scenario = scenario_from_json(
      R"({"links": [{"name": "a", "rate": "80mbit"},
                    {"name": "b", "rate": "20mbit", "up": {"rate": "80mbit"}}]})",
      "mine.json");
  Cell cell{.proto = Proto::kTcpSplit, .op = {100}, .size = parse_value_size("4k")};
  const auto words = [&] { return shown_text(load_command(options, cell, 0)); };
  EXPECT_THAT(words(), HasSubstr(" load -h 10.1.1.1,10.1.2.1 -p 6379 --split 40,10 --proto tcp "));
  cell.op = {0};
  EXPECT_THAT(words(), HasSubstr(" --split 25,25 "));
  cell.op = {50};  // 80 and 50
  EXPECT_THAT(words(), HasSubstr(" --split 31,19 "));
  options.workload.connections = 1;
  EXPECT_THAT(words(), HasSubstr(" --split 1,0 "));
  options.workload.connections = 50;
  options.scenario.links[1].down.rate = {};
  EXPECT_THAT(words(), HasSubstr(" --split 25,25 "));
  cell.proto = Proto::kTcp;
  EXPECT_THAT(words(), Not(HasSubstr("--split")));
}

TEST(Load, ThatPrintsAnInvalidLineHasFailed) {
  try {
    parse_load_line("Segmentation fault");
    FAIL() << "taken";
  } catch (const RunFailed& error) {
    EXPECT_THAT(error.what(), HasSubstr("an invalid line: not an event of the load: Segm"));
  }
}

TEST(StoreCommand, AsksForMptcpInTheWayThatTheStoreKnows) {
  const auto command = [](StoreKind kind, bool native, Transport transport) {
    std::string text;
    for (const std::string& word : store_command({kind, "STORE", "", native, ""}, transport, 6379))
      text += word + " ";
    return text;
  };
  EXPECT_THAT(command(StoreKind::kValkey, true, Transport::kMptcp), HasSubstr("--mptcp yes"));
  EXPECT_THAT(command(StoreKind::kValkey, true, Transport::kTcp), Not(HasSubstr("mptcp")));
  EXPECT_THAT(command(StoreKind::kRedis, false, Transport::kMptcp),
              HasSubstr("mptcpize run STORE --port 6379"));
  EXPECT_THAT(command(StoreKind::kRedis, false, Transport::kTcp), Not(HasSubstr("mptcp")));
  EXPECT_THAT(command(StoreKind::kRedis, false, Transport::kTcp),
              HasSubstr("--save  --appendonly no"));
  EXPECT_THAT(command(StoreKind::kBuiltin, true, Transport::kMptcp),
              HasSubstr("serve --bind 0.0.0.0 --port 6379 --proto mptcp"));
}

TEST(Judge, NotesTheChecksThatTheKernelDoesNotAllow) {
  mpb::Run run;
  run.outcome.duration = 2s;
  run.outcome.threads = {{3ms, 1ms, 9}, {3ms, 1ms, 9}};
  run.store_attendance = run.emulator_attendance = Attendance{5ms, 1ms, 9};
  run.system_pct = 90;
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre());
  run.outcome.threads[1].waited.reset();
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("how long processes waited for a CPU")));
  run.notes.clear(), run.outcome.threads.pop_back(), run.system_pct.reset();
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre(HasSubstr("the CPU time of other programs")));
  run.notes.clear();
  run.system_before_pct = 3;  // at a target
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre());
  run.outcome = {};  // of a load that died
  run.store_attendance->waited.reset();
  note_unchecked(run);
  EXPECT_THAT(run.notes, ElementsAre());
}

TEST(Doctor, SaysWhenNobodyCountsTheWaiting) {
  EXPECT_EQ(scheduler_finding(CpuUse{1ms, 1ms, 1}).level, Finding::Level::kGood);
  const Finding finding = scheduler_finding(parse_schedstat("0 0 0"));
  EXPECT_EQ(finding.level, Finding::Level::kLimit);
  EXPECT_THAT(finding.text, HasSubstr("kernel.task_delayacct=1"));
}

TEST(StoreCommand, HasARemedyForAListenerThatIsNotMptcp) {
  EXPECT_EQ(listener_reason({StoreKind::kRedis, "STORE", "7.0.15", false, ""}),
            "mptcpize run did not make the listener of redis-server 7.0.15 MPTCP; use Valkey 9 or "
            "later, which has the option --mptcp yes, or --store builtin");
  EXPECT_EQ(listener_reason({StoreKind::kValkey, "STORE", "9.1.0", true, ""}),
            "the listener of valkey-server 9.1.0 is not MPTCP; use another version, or --store "
            "builtin");
  EXPECT_EQ(listener_reason({StoreKind::kBuiltin, "", "0.1.0", true, ""}),
            "the listener of the built-in store is not MPTCP");
}

TEST(Doctor, PrintsALineAFinding) {
  const std::string text = report({{Finding::Level::kGood, "store", "redis \x1b[31m\nBAD  ip"},
                                   {Finding::Level::kBad, "ip", "is missing"}});
  EXPECT_EQ(text.substr(0, text.find("\n\n")),
            "ok    store  redis \\x1b[31m\\nBAD  ip\nBAD   ip     is missing");
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
