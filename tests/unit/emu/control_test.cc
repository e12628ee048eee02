#include "emu/control.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emu/link_fields.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;

std::string control_refusal(std::string_view text) {
  try {
    links_from_json(text);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

TEST(LinksJson, ReadsWhatPeopleWrite) {
  const auto links = links_from_json(R"([{"name": "link1",
      "up": {"rate": "100mbit", "delay": "5ms", "jitter": "1ms", "loss": "1%", "burst": "4p", "queue": "1000p"},
      "down": {"rate": "1gbit", "queue": "1500000b"}}])");
  ASSERT_EQ(links.size(), 1u);
  EXPECT_EQ(links[0].up, (LinkModel{100_mbit, 5ms, 1ms, {0.01, 4}, {.packets = 1000}}));
  EXPECT_EQ(links[0].down, (LinkModel{.rate = 1_gbit, .queue = {.bytes = 1500000_bytes}}));
}

TEST(LinksJson, WritesWhatItReads) {
  const std::vector<LinkSpec> links{
      {"link1", {100_mbit, 5ms, 1ms, {0.005, 4}, {.packets = 1000}}, {}},
      {"link2", {}, {.rate = 3_mbit, .queue = {.bytes = 64_kib}}}};
  EXPECT_EQ(links_from_json(links_to_json(links)), links);
  EXPECT_EQ(
      links_to_json({{"a", {.rate = 1_mbit}, {}}}),
      R"([{"name":"a","up":{"rate":"1mbit","delay":"0ns","jitter":"0ns","loss":"0%","burst":"1p","queue":"0p"},)"
      R"("down":{"rate":"0bit","delay":"0ns","jitter":"0ns","loss":"0%","burst":"1p","queue":"0p"}}])");
}

// Links are sent to the emulator and recorded as text, so nothing may be lost in it.
TEST(LinkFields, TextsAreReadBackAndCopiesCopyNothingElse) {
  LinkModel from{3_mbit,     1234567ns, 89us,          {0.012345, 3.5}, {.bytes = 64_kib},
                 8000_bytes, 1_mbit,    {.packets = 7}};
  from.trace = {"t/a.csv"};
  LinkModel all;
  for (const LinkField& field : link_fields()) {
    LinkModel read, copied;
    field.read(read, field.text(from));
    field.copy(copied, from);
    EXPECT_EQ(read, copied) << field.name;
    EXPECT_NE(read, LinkModel{}) << field.name;
    EXPECT_EQ(field.text(read), field.text(from));
    field.copy(all, from);
  }
  EXPECT_EQ(all, from);
}

TEST(LinksJson, SaysThatADirectionIsABlackholeOnlyWhileItIs) {
  const LinkSpec link{"a", {.rate = 1_mbit, .blackhole = true}, {}};
  EXPECT_EQ(links_from_json("[" + link_to_json(link) + "]"), std::vector<LinkSpec>{link});
  EXPECT_EQ(link_to_json({"a", {}, {}}).find("blackhole"), std::string::npos);
}

TEST(LinksJson, RefusesWithThePlaceAndTheRemedy) {
  EXPECT_EQ(control_refusal(R"([{"name":"a","up":{"delay":"5"},"down":{}}])"),
            R"(/0/up/delay: "5" has no unit; write "5s" or "5ms")");
  EXPECT_EQ(control_refusal(R"([{"name":"a","up":{},"down":{"loss":1}}])"),
            "/0/down/loss: 1 is not text; write it in quotes, with its unit");
  EXPECT_EQ(control_refusal(R"([{"name":"a","up":{},"down":{"queue":"10.5p"}}])"),
            R"(/0/down/queue: "10.5p" is not a queue limit; write "1000p" or "1500000b")");
  EXPECT_EQ(control_refusal(R"([{"name":"a","up":{"burst":"-1p"},"down":{}}])"),
            "/0/up/burst: \"-1p\" is not a number of packets; write \"4p\"");
  const auto refused = [](const std::string& field, const std::string& value) {
    return control_refusal(R"([{"name":"a","up":{},"down":{")" + field + R"(":")" + value +
                           R"("}}])");
  };
  // NaN passes every comparison that it should not.
  for (const char* const packets : {"nanp", "infp", "-infp", "1e400p", "-1p", "p"}) {
    EXPECT_EQ(refused("burst", packets), "/0/down/burst: \"" + std::string(packets) +
                                             "\" is not a number of packets; write \"4p\"");
  }
  EXPECT_EQ(refused("burst", "0p"), R"(/0/down/burst: "0p" is not between 1p and 1000000p)");
  EXPECT_EQ(refused("burst", "1000001p"),
            R"(/0/down/burst: "1000001p" is not between 1p and 1000000p)");
  EXPECT_EQ(refused("rate", "1bit"), R"(/0/down/rate: "1bit" is not between 1kbit and 100gbit)");
  EXPECT_EQ(refused("rate", "101gbit"),
            R"(/0/down/rate: "101gbit" is not between 1kbit and 100gbit)");
  for (const char* const field : {"delay", "jitter"}) {
    EXPECT_EQ(refused(field, "150000000m"),
              "/0/down/" + std::string(field) + R"(: "150000000m" is not between 0s and 60s)");
    EXPECT_EQ(refused(field, "1e400s"), "/0/down/" + std::string(field) +
                                            R"(: "1e400s" is not a quantity; write "5s" or "5ms")");
    EXPECT_EQ(refused(field, "nans"), "/0/down/" + std::string(field) +
                                          R"(: "nans" is not a quantity; write "5s" or "5ms")");
  }
  EXPECT_EQ(refused("queue", "9223372036854775807p"),
            R"(/0/down/queue: "9223372036854775807p" is not between 0p and 1000000000p)");
  EXPECT_EQ(refused("queue", "1025g"), R"(/0/down/queue: "1025g" is not between 0b and 1024g)");
  for (const char* const mtu : {"1279b", "9001b", "0b"}) {
    EXPECT_EQ(refused("mtu", mtu),
              "/0/down/mtu: \"" + std::string(mtu) + "\" is not between 1280b and 9000b");
  }
  EXPECT_EQ(refused("mtu", "8000"), R"(/0/down/mtu: "8000" has no unit; write "8000b" or "8000k")");
  for (const char* const rate : {"35gbit", "99kbit"}) {
    EXPECT_EQ(refused("flow_rate", rate),
              "/0/down/flow_rate: \"" + std::string(rate) + "\" is not between 100kbit and 34gbit");
  }
  EXPECT_EQ(refused("flow_queue", "1025g"),
            R"(/0/down/flow_queue: "1025g" is not between 0b and 1024g)");
  EXPECT_EQ(refused("loss", "101%"), R"(/0/down/loss: "101%" is more than 100%)");
  EXPECT_EQ(
      control_refusal(
          R"([{"name":"a","up":{"rate":"1kbit","delay":"60s","jitter":"60s","loss":"100%","burst":"1000000p","queue":"1024g","mtu":"1280b"},
                         "down":{"rate":"100gbit","burst":"1p","queue":"1000000000p","mtu":"9000b"}}])"),
      "taken");
  EXPECT_EQ(control_refusal(R"([{"name":"a","up":{"dealy":"5ms"},"down":{}}])"),
            R"(/0/up/dealy: unknown field; did you mean "delay"?)");
  EXPECT_EQ(control_refusal(R"([{"name":"a","up":{"blackhole":"yes"},"down":{}}])"),
            R"(/0/up/blackhole: "yes" is neither true nor false)");
  EXPECT_EQ(control_refusal(R"([{"name":"a","up":{}}])"), "/0/down: missing");
  EXPECT_EQ(control_refusal(R"([{"name":"a","up":{},"down":{}},{"name":"a","up":{},"down":{}}])"),
            R"(/1/name: "a" is the name of another link)");
  EXPECT_EQ(control_refusal("[]"), "/: is not an array of links");
  EXPECT_THAT(control_refusal("{"), HasSubstr("is not JSON: parse error at line 1, column 2: "));
}

TEST(SnapshotJson, SurvivesTheTrip) {
  Snapshot s{.at = 5s,
             .cpu = 3ms,
             .sched_fifo = true,
             .longest_gap = 7ms,
             .gaps = 8ms,
             .lateness = {10, 1us, 2us, 3us},
             .read_delay = {11, 4us, 5us, 6us}};
  s.links.push_back({"link1",
                     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 27},
                     {14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28}});
  EXPECT_EQ(snapshot_from_json(to_json(s)), s);
  EXPECT_NE(to_json(s).find(R"("client_tx_bytes":2,"client_rx_bytes":22)"), std::string::npos);
  EXPECT_EQ(to_json(s).find('\n'), std::string::npos);
}

TEST(SnapshotJson, AnErrorIsTheEmulatorsOwnWords) {
  EXPECT_THROW(snapshot_from_json(R"({"error":"no"})"), RunFailed);
  EXPECT_THROW(snapshot_from_json("[]"), RunFailed);
  EXPECT_THROW(snapshot_from_json("{}"), RunFailed);
  EXPECT_THROW(snapshot_from_json(""), RunFailed);
  std::string text = to_json(Snapshot{.at = 5s});
  text.replace(text.find("5000000000"), 10, "1e30");
  try {
    snapshot_from_json(text);
    ADD_FAILURE() << "was read";
  } catch (const RunFailed& error) {
    EXPECT_THAT(error.what(), HasSubstr("at_ns: is not a whole number"));
  }
}

TEST(CaptureJson, SurvivesTheTrip) {
  CaptureReport report{
      {.packets = 1, .missed = 2, .beyond_limit = 3, .clock_offset = 4s, .error = 5},
      Snapshot{.at = 6s}};
  report.at_end.links.push_back({"link1", {}, {}});
  EXPECT_EQ(capture_report_from_json(to_json(report)), report);
  EXPECT_EQ(to_json(report).find('\n'), std::string::npos);
  EXPECT_THROW(capture_report_from_json(to_json(report.at_end)), RunFailed);
  EXPECT_THROW(capture_report_from_json(R"({"error":"there is no capture"})"), RunFailed);
}

TEST(Answer, KnowsItsCommands) {
  std::vector<LinkEnds> none;
  Ferry ferry(std::move(none), Seed{1});
  EXPECT_TRUE(snapshot_from_json(answer(ferry, "snapshot")).links.empty());
  EXPECT_EQ(answer(ferry, "reset-lateness"), "{}");
  EXPECT_EQ(answer(ferry, R"(set {"name":"a","up":{},"down":{}})"),
            R"({"error":"there is no link \"a\""})");
  EXPECT_EQ(answer(ferry, R"(set {"name":"a","up":{"rate":"1"},"down":{}})"),
            R"({"error":"/up/rate: \"1\" has no unit; write \"1mbit\""})");
  EXPECT_EQ(
      answer(ferry, "sing"),
      R"({"error":"unknown command \"sing\"; write snapshot, reset-lateness, end-capture, set LINK )"
      R"(or start-traces NS"})");
  EXPECT_EQ(answer(ferry, "start-traces 123"), "{}");
  EXPECT_EQ(answer(ferry, "start-traces -1"), R"({"error":"\"-1\" is not a time in nanoseconds"})");
  EXPECT_EQ(answer(ferry, "end-capture"), R"({"error":"there is no capture"})");
  EXPECT_EQ(answer(ferry, "\xff").rfind(R"({"error":)", 0), 0u);
}

}  // namespace
}  // namespace mpb
