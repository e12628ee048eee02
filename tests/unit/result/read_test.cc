#include "result/read.hh"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "analysis/write.hh"
#include "made_up.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// Every field that is written is read again.
TEST(Read, GivesTheSameTextAgain) {
  Result result = result_of({run_of("tcp", 1000.5), run_of("mptcp", 2000)});
  result.command = {"mptcp-bench", "--size", "4k\"</script>"};
  result.environment.kernel = "Linux 6.1", result.environment.cpus = 2;
  result.started = "2026-01-02T03:04:05Z";
  result.seed = 18446744073709551615ULL;
  result.scenario.name = "s", result.scenario.backend = "tun";
  for (const char* link : {"link1", "link2"})
    result.scenario.links.push_back(
        {link, {{"rate", "100mbit"}}, {{"rate", "100mbit"}}, link == std::string("link2")});
  result.scenario.events = {{{"at", "1s"}, {"link", "link1"}, {"state", "down"}}};
  result.scenario.sysctls = {{"server", {{"net.mptcp.enabled", "0"}}}};
  result.scenario.subflows_per_link = 2, result.scenario.competing_flow = "link1";
  result.workload.ops = {"get"}, result.workload.rates_rps = {1, 2.5},
  result.workload.warmup = 1500ms;
  result.parameters.protos = {"tcp"}, result.parameters.congestion = "bbr",
  result.parameters.until_ci = 0.05;
  result.parameters.grid = {{"link2.delay", {"5ms", "20ms"}}, {"link*.loss", {"0.5%"}}};
  result.defaults.connections = 20;
  result.environment.namespaces["client"].mptcp_endpoints = {"10.0.2.1 id 1"};
  result.store = {"redis", "7.0", "why", {"redis-server"}, true, {{"save", ""}}};
  mpb::Run& run = result.runs[1];
  run.arrivals = "poisson";
  run.rate_rps = 2000;
  run.outcome.error(Loss::kReset) = 3;
  run.outcome.interrupted = true, run.outcome.time_to_ready = 21ms, run.outcome.payload_bytes = 5;
  run.outcome.mptcp_start = run.outcome.mptcp_end = {1, 0, 2, 2, 1};
  run.invalid_reasons = {"late"};
  run.notes = {"a note"};
  run.conditions = {{"link2.delay", "20ms"}, {"link*.loss", "0.5%"}};
  run.outcome.response.record(3ms, 50);
  run.saturated = true;
  run.outcome.backlog = {0, 1, 2, 3};
  run.probe_rtt = {{"server", {50, 3, 4}}};
  run.competing_flow = CompetingRecord{"link1", 1000, 2000, 1600.5, 3ms};
  run.competing_flow_pct = 2.5;
  run.outcome.unfinished_stall = 3ms;
  run.outcome.after_idle = 2;
  run.outcome.ready_after.record(21ms, 2);
  run.outcome.complete_after.record(43ms, 2);
  run.outcome.joined_after.resize(3);
  run.outcome.joined_after[0].record(41ms, 2);
  run.search = true;
  result.tool_version = "0.0.9";
  result.slo = SloAsked{parse_slo("p99 < 20ms"), 213.4};
  result.probes = {{"get", "4k", "tcp", 1000.5, 3, {"late"}}};
  run.links[0].dropped_packets.reset();
  run.emulator = EmulatorRecord{{1us, 2us, 3us}};
  run.outcome.timeline = {
      100ms, {100ms, 200ms}, {{"requests", {3, 4}}, {"latency_p50_ns", {std::nullopt, 5}}}};
  run.outcome.subflows = {{3, "10.0.1.1", "10.1.1.1", "bbr", "link1", true, {{"cwnd", {10, 12}}}},
                          {3, "", "", "bbr", "", {}, {{"mptcp", {1, 1}}}}};
  Segment segment;
  segment.event = "link1 down", segment.link = "link1", segment.state = "down", segment.to = 1s,
  segment.first_success = 5ms;
  run.outcome.segments = {Segment{}, segment};
  run.outcome.segments[1].links = run.links;
  run.replication =
      Replication{1.5, 1.25, 100, 5e6, 3, Spread{1, std::nullopt, 2}, Spread{1, 2, 3}};
  result.scenario.links[1].down = {{"trace", "t/down.csv"}};
  result.scenario.links[1].down_trace = TraceRecord{.sha256 = std::string(64, 'a'),
                                                    .period = 1500ms,
                                                    .mean_bps = 12.5e6,
                                                    .least_bps = 0,
                                                    .most_bps = 20e6,
                                                    .least_delay = 5ms,
                                                    .most_delay = 7ms};
  result.capacities[1].down_bps = 12.5e6;
  run.links[1].down_capacity_bytes = 1000;
  const std::string text = to_json(analyse(result));
  const Result again = result_from_json(text, "r.json");
  EXPECT_EQ(to_json(analyse(again)), text);
  EXPECT_EQ(again.capacities[1].down_bps, 12.5e6) << "the wire model has the mean of the trace";
  EXPECT_TRUE(follows_trace(again.runs[1]));
}

// A result of version 1 keeps its figures, and is written again as version 2.
TEST(Read, AcceptsVersion1) {
  const std::string text = read_file(SOURCE_ROOT "/tests/golden/result-version-1.json");
  ASSERT_THAT(text, HasSubstr("mptcp-bench/result/1"));
  const Result result = result_from_json(text, "r.json");
  const std::string again = to_json(analyse(result));
  EXPECT_THAT(again, HasSubstr("\"mptcp-bench/result/2\""));
  EXPECT_EQ(to_json(analyse(result_from_json(again, "again.json"))), again);
  const auto was = nlohmann::json::parse(text), is = nlohmann::json::parse(again);
  for (const char* list : {"figures", "comparisons"}) {
    auto figure = was[list].begin();
    for (const nlohmann::json& its : is[list]) {
      if (its["metric"] == "first_success") continue;  // version 1 had none
      ASSERT_NE(figure, was[list].end());
      for (const char* field : {"metric", "proto", "median", "ratio", "interval"})
        EXPECT_EQ(its.value(field, nlohmann::json()), figure->value(field, nlohmann::json()))
            << its["name"];
      ++figure;
    }
    EXPECT_EQ(figure, was[list].end());
  }
}

TEST(Read, NamesTheFileTheFieldAndTheRemedy) {
  const auto refusal = [](std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    try {
      result_from_json(text, "r.json");
    } catch (const BadInput& error) {
      return std::string(error.what());
    }
    return std::string("was read");
  };
  Result result = result_of({run_of("tcp", 1000)});
  result.scenario.name = "s", result.scenario.backend = "tun";
  result.environment.kernel = "Linux 6.1", result.environment.cpus = 2;
  const std::string text = to_json(analyse(result));
  EXPECT_EQ(refusal(text, "\"requests\":", "\"reqests\":"),
            "r.json: /runs/0/requests: is missing; run the experiment again with "
            "mptcp-bench " MPB_VERSION);
  EXPECT_EQ(refusal(text, "\"block\": 0", "\"block\": \"0\""),
            "r.json: /runs/0/block: is not a whole number; run the experiment again with "
            "mptcp-bench " MPB_VERSION);
  EXPECT_THAT(refusal(text, "\"block\": 0", "\"block\": 3000000000"),
              HasSubstr("r.json: /runs/0/block: is out of range"));
  EXPECT_THAT(refusal(text, "\"block\": 0", "\"block\": 2000000000"),
              HasSubstr("r.json: /runs/0/block: is out of range"));
  EXPECT_THAT(refusal(text, "\"order\": 0", "\"order\": -1"),
              HasSubstr("r.json: /runs/0/order: is out of range"));
  EXPECT_THAT(refusal(text, "\"kernel\": \"Linux 6.1\"", "\"kernel\": 6"),
              HasSubstr("r.json: /environment/kernel: is not text"));
  EXPECT_THAT(refusal(text, "\"cpus\": 2", "\"cpus\": 0"),
              HasSubstr("r.json: /environment/cpus: is not a number of CPUs"));
  EXPECT_THAT(
      refusal(text, "\"cpus\": 2",
              "\"cpus\": 2, \"x\": " + std::string(100, '[') + std::string(100, ']')),
      HasSubstr(
          "/0/0: is nested more than 64 levels deep; give a result that mptcp-bench has written"));
  EXPECT_THAT(refusal(text, "\"index_delta\": [", "\"index_delta\": [1, "),
              HasSubstr("r.json: /runs/0/latency_ns/first_byte/histogram/count: "));
  EXPECT_THAT(refusal(text, "\"proto\": \"tcp\"", "\"proto\": \"tcp|<b>\""),
              HasSubstr("r.json: /runs/0/proto: is not a protocol: tcp, mptcp, tcp-split, "
                        "mptcp-one, tcp-on-mptcp, or one of these with -again"));
  EXPECT_EQ(refusal(text, "{", "{"),
            "r.json: /runs/0/links: are not the links of the scenario; run the experiment again "
            "with mptcp-bench " MPB_VERSION);
  EXPECT_EQ(refusal(text, "result/2", "result/3"),
            "r.json: /schema: is neither \"mptcp-bench/result/2\" nor \"mptcp-bench/result/1\"; "
            "give a result that mptcp-bench has written");
  EXPECT_THAT(refusal(text, "{", "["),
              AllOf(HasSubstr("r.json: is not JSON: parse error at line 2, column 11: "),
                    EndsWith("; give a result that mptcp-bench has written")));
  EXPECT_THAT(refusal(text, "\"order\": 0", "\"order\": 1e999"),
              HasSubstr("r.json: /runs/0/order: 1e999 is out of range; "));
  EXPECT_THAT(refusal(text, "\"store_pct\": 40.0", "\"store_pct\": 1e308"),
              HasSubstr("r.json: /runs/0/cpu: has a value that is not a percentage; "));
  // Of several faults, the schema is reported, because it identifies the file.
  EXPECT_THAT(refusal(R"({"runs": [{}], "schema": 1})", "1", "2"), HasSubstr("r.json: /schema: "));
}

}  // namespace
}  // namespace mpb
