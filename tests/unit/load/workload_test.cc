#include "load/workload.hh"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "load/events.hh"
#include "refusal.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"

namespace mpb {
namespace {

namespace fs = std::filesystem;

std::string refused(std::string_view json) {
  return refusal([&] { parse_workload(json, "w.json"); });
}

TEST(Workload, MayBeAboutAReplica) {
  const Workload w =
      parse_workload(R"({"kind": "replica-sync", "data": "8m", "rate": "100/s"})", "w.json");
  EXPECT_EQ(w.kind, WorkloadKind::kReplicaSync);
  EXPECT_EQ(w.data.count, 8 << 20);
  EXPECT_EQ(refused(R"({"kind": "replica"})"),
            R"(w.json: /kind: unknown kind "replica"; write "requests" or "replica-sync")");
}

TEST(Workload, EmptyMeansTheDefaults) { EXPECT_EQ(parse_workload("{}", "w.json"), Workload{}); }

TEST(Workload, ReadsEveryField) {
  const Workload w = parse_workload(
      R"({"description": "d", "ops": ["get", "set", "get80set20"], "sizes": ["4k", "1k-16k", "1k:70+16k:30"],
    "keys": "zipf", "keyspace": 10, "connections": 7, "threads": 2, "pipeline": 3, "requests_per_connection": 9, "rate": "2000/s", "arrivals": "constant",
    "duration": "1s", "warmup": "0s", "timeout": "500ms"})",
      "w.json");
  EXPECT_EQ(w.ops, (std::vector<Op>{{100}, {0}, {80}}));
  EXPECT_EQ(w.sizes[1].parts[0].high, 16_kib);
  EXPECT_EQ(w.sizes[2].parts[1].weight, 30u);
  EXPECT_EQ(w.keys, (Keys{KeyOrder::kZipf, 0.99}));
  EXPECT_EQ(w.keyspace, 10u);
  EXPECT_EQ(w.connections, 7);
  EXPECT_EQ(w.threads, 2);
  EXPECT_EQ(w.pipeline, 3);
  EXPECT_EQ(w.requests_per_connection, 9);
  EXPECT_EQ(w.rate, 2000);
  EXPECT_EQ(w.arrivals, Arrivals::kConstant);
  EXPECT_EQ(w.duration, 1s);
  EXPECT_EQ(w.warmup, 0s);
  EXPECT_EQ(w.timeout, 500ms);
}

TEST(LoadFields, HaveTextsThatReadBackEveryParameter) {
  const LoadParameters all{.keys = {KeyOrder::kZipf, 1.5},
                           .keyspace = 12,
                           .connections = 3,
                           .threads = 2,
                           .pipeline = 4,
                           .requests_per_connection = 5,
                           .rate = 0.5,
                           .arrivals = Arrivals::kConstant,
                           .duration = 6s,
                           .warmup = 7ms,
                           .timeout = 8s};
  LoadParameters read;
  for (const LoadField& field : load_fields()) {
    const LoadParameters before = read;
    const bool rate = field.name == std::string_view("rate");
    field.read(read, field.text(all) + (rate ? "/s" : ""));
    EXPECT_NE(read, before) << field.name;
    EXPECT_EQ(find_load_field(field.name), &field);
  }
  EXPECT_EQ(read, all);
  EXPECT_EQ(find_load_field("xyzzy"), nullptr);
}

TEST(LoadFields, StandInTheManual) {
  const std::string manual = read_file(SOURCE_ROOT "/workloads/README.md");
  for (const LoadField& field : load_fields())
    EXPECT_NE(manual.find("| `" + std::string(field.name) + "` |"), std::string::npos)
        << field.name;
}

TEST(LoadFields, RefuseWhatIsNoCount) {
  LoadParameters parameters;
  const LoadField& threads = *find_load_field("threads");
  for (const char* text : {"", "x", "1.5", "99999999999", "2 "}) {
    EXPECT_EQ(refusal([&] { threads.read(parameters, text); }),
              "\"" + std::string(text) + "\" is not a count; write a whole number such as 50");
  }
}

TEST(Workload, TakesWhatStandsThereTwiceOnce) {
  const Workload w = parse_workload(
      R"({"ops": ["get", "set", "get100set0"], "sizes": ["4096b", "1k", "4k"]})", "w.json");
  EXPECT_EQ(w.ops, (std::vector<Op>{{100}, {0}}));
  EXPECT_EQ(w.sizes, (std::vector<ValueSize>{parse_value_size("4k"), parse_value_size("1k")}));
}

TEST(Workload, RefusesWithThePlaceAndTheRemedy) {
  EXPECT_EQ(refused(R"({"conections": 5})"),
            R"(w.json: /conections: unknown field; did you mean "connections"?)");
  EXPECT_EQ(refused(R"({"xyzzy": 5})"),
            "w.json: /xyzzy: unknown field; the fields are arrivals, connections, data, "
            "description, duration, keys, keyspace, kind, "
            "pipeline, rate, requests_per_connection, "
            "threads, timeout, warmup, "
            "ops, sizes, variants");
  EXPECT_EQ(refused(R"({"duration": "5"})"),
            R"(w.json: /duration: "5" has no unit; write "5s" or "5ms")");
  EXPECT_EQ(refused(R"({"duration": 5})"),
            R"(w.json: /duration: "5" has no unit; write "5s" or "5ms")");
  EXPECT_EQ(refused(R"({"duration": "0s"})"),
            R"(w.json: a duration of 0ns; use more than 0s and at most 24h, such as "10s")");
  EXPECT_EQ(refused(R"({"rate": 2000})"), R"(w.json: /rate: "2000" has no unit; write "2000/s")");
  EXPECT_EQ(refused(R"({"rate": "-1/s"})"),
            R"(w.json: /rate: "-1/s" is not between 0.000001 and 100 million requests a second)");
  EXPECT_EQ(
      refused(R"({"rate": "0.00000000001/s"})"),
      R"(w.json: /rate: "0.00000000001/s" is not between 0.000001 and 100 million requests a second)");
}

TEST(Workload, RefusesAListWithThePlaceAndTheRemedy) {
  EXPECT_EQ(refused(R"({"sizes": ["1k", "0b"]})"),
            R"(w.json: /sizes/1: "0b" is not a value size; write "1b" to "512m")");
  EXPECT_EQ(refused(R"({"sizes": ["513m"]})"),
            R"(w.json: /sizes/0: "513m" is not a value size; write "1b" to "512m")");
  EXPECT_EQ(refused(R"({"sizes": [4096]})"),
            R"(w.json: /sizes/0: "4096" has no unit; write "4096b" or "4096k")");
  EXPECT_EQ(refused(R"({"sizes": ["16k-1k"]})"),
            R"(w.json: /sizes/0: "16k-1k" ends before it begins; write "1k-16k")");
  EXPECT_EQ(refused(R"({"sizes": ["1k+2k"]})"),
            R"(w.json: /sizes/0: "1k" has no weight between 1 and 1000000; write "1k:70+16k:30")");
  EXPECT_EQ(refused(R"({"sizes": "4k"})"),
            R"(w.json: /sizes: "4k" is not a list; write ["1k", "4k"])");
  EXPECT_EQ(refused(R"({"sizes": []})"), R"(w.json: /sizes: [] is not a list; write ["1k", "4k"])");
  EXPECT_EQ(
      refused(R"({"ops": ["gte"]})"),
      R"(w.json: /ops/0: "gte" is not an operation; write "get", "set" or a mix such as "get80set20")");
  EXPECT_EQ(
      refused(R"({"ops": ["get80set30"]})"),
      R"(w.json: /ops/0: the shares in "get80set30" do not add up to 100; write "get80set20")");
}

TEST(Workload, RefusesAWordOrACountThatIsNotOne) {
  EXPECT_EQ(
      refused(R"({"keys": "zip"})"),
      R"(w.json: /keys: "zip" is not an order of keys; write "uniform", "zipf", "zipf:1.2" or "sequential")");
  EXPECT_EQ(refused(R"({"keys": "zipf:0"})"),
            R"(w.json: /keys: "zipf:0" has no exponent between 0 and 10; write "zipf:0.99")");
  EXPECT_EQ(refused(R"({"connections": -1})"),
            "w.json: /connections: -1 is not a count; write a whole number such as 50");
  EXPECT_EQ(refused(R"({"connections": "50"})"),
            R"(w.json: /connections: "50" is not a count; write a whole number such as 50)");
  EXPECT_EQ(refused(R"({"connections": 0})"),
            "w.json: /connections: 0 is not between 1 and 1000000");
  EXPECT_EQ(
      refused(R"({"connections": 2, "threads": 3})"),
      "w.json: 3 threads for 2 connections: some threads would have none; use at most 2 threads "
      "(-t)");
  EXPECT_EQ(
      refused(R"({"arrivals": "bursty"})"),
      R"(w.json: /arrivals: "bursty" is not an arrival process; write "constant" or "poisson")");
  EXPECT_EQ(refused("[]"), R"(w.json: is not a JSON object; write {"sizes": ["4k"]})");
  EXPECT_EQ(refused("{\"ops\": ").substr(0, 56),
            "w.json: is not JSON: parse error at line 1, column 9: sy");
}

TEST(Workload, SaysWhenAFileCannotBeRead) {
  EXPECT_EQ(refusal([] { read_workload("/nonexistent.json"); }),
            "/nonexistent.json: cannot be read: No such file or directory");
}

TEST(Workload, ShippedFilesParse) {
  EXPECT_EQ(read_workload(WORKLOADS "/default.json").connections, 50);
  EXPECT_EQ(read_workload(WORKLOADS "/keyspace-beijing-2025.json").connections, 200);
  EXPECT_EQ(read_workload(WORKLOADS "/multiplexed.json").pipeline, 64);
  EXPECT_EQ(read_workload(WORKLOADS "/large-values.json").sizes.back(), parse_value_size("1m"));
  EXPECT_EQ(read_workload(WORKLOADS "/short-connections.json").requests_per_connection, 1);
}

TEST(Mix, TextParsesBack) {
  for (const char* text : {"get", "set", "get80set20", "get1set99"})
    EXPECT_EQ(to_text(parse_op(text)), text);
  for (const char* text : {"4k", "1b", "512m", "1k-16k", "1k:70+16k:30", "100b-2k:1+16k:3"})
    EXPECT_EQ(to_text(parse_value_size(text)), text);
  for (const char* text : {"uniform", "zipf", "zipf:1.2", "sequential"})
    EXPECT_EQ(to_text(parse_keys(text)), text);
  // A weight needs another part to be compared with: without one it is the same size, written the
  // same way.
  EXPECT_EQ(parse_value_size("4k:3"), parse_value_size("4k"));
}

TEST(Mix, SharesBeyondAnIntDoNotAddUp) {
  const std::string text = "get2147483647set2147483647";
  EXPECT_EQ(refusal([&] { parse_op(text); }),
            "the shares in \"" + text + "\" do not add up to 100; write \"get80set20\"");
}

TEST(Mix, SizesFollowTheirWeightsAndTheKeyAlone) {
  const ValueSize size = parse_value_size("1k:70+16k:30"), range = parse_value_size("100b-200b");
  int small = 0;
  double sum = 0;
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    small += size.of(key) == 1024;
    EXPECT_EQ(size.of(key), size.of(key));
    ASSERT_GE(range.of(key), 100u);
    ASSERT_LE(range.of(key), 200u);
    sum += range.of(key);
  }
  EXPECT_NEAR(small, 7000, 4 * std::sqrt(10'000 * 0.7 * 0.3));
  EXPECT_NEAR(sum / 10'000, range.mean(),
              4 * 29.2 / 100);  // the deviation of a uniform over 101 values is 29.2
  EXPECT_EQ(size.max(), 16384u);
  EXPECT_DOUBLE_EQ(size.mean(), 0.7 * 1024 + 0.3 * 16384);
}

Segment segment(Nanos from, Nanos to, std::uint64_t requests, std::uint64_t lost, Nanos stall,
                std::optional<Nanos> success) {
  Segment its;
  its.from = from, its.to = to, its.requests = requests, its.lost = lost;
  its.longest_stall = stall, its.first_success = success;
  return its;
}

LoadReport read_back(const std::string& line) { return std::get<LoadReport>(parse_line(line)); }

Outcome some_outcome() {
  Outcome o;
  o.requests = 3;
  o.error(Loss::kReset) = 2;
  o.censored = 5, o.unsent = 4, o.misses = 1, o.verified = 1, o.reconnects = 1,
  o.payload_bytes = 12288;
  o.duration = 10s, o.time_to_ready = 21ms;
  o.first_byte.record(100us), o.last_byte.record(250us, 3), o.response.record(70s);
  o.mptcp_start.add(false, 2, 2), o.mptcp_end.add(true, 0, 2), o.mptcp_end.add(false, 2, 2);
  o.congestion_control = {"bbr", "cubic"};
  o.cpu_pct = {12.5, 90.1};
  o.segments = {segment(0s, 4s, 2, 0, 3ms, 1ms), segment(4s, 10s, 1, 2, 5s, std::nullopt)};
  o.longest_stall = 5s, o.unfinished_stall = 4s;
  o.timeline = {5s, {5s, 10s}, {{"requests", {2, 1}}, {"latency_p50_ns", {250, std::nullopt}}}};
  o.subflows = {{3, "10.0.2.1", "10.1.1.1", "bbr", "", {}, {{"cwnd", {std::nullopt, 10}}}}};
  return o;
}

TEST(Outcome, ReadsBackEqual) {
  LoadReport report{.outcome = some_outcome()};
  const std::string line = to_line(report);
  EXPECT_EQ(line, R"({"event":"outcome","outcome":)" + to_json(report.outcome) + "}");
  EXPECT_EQ(read_back(line), report);
  EXPECT_EQ(read_back(to_line(LoadReport{})), LoadReport{});
  // Of one of several hosts.
  report.slice_responses.resize(2);
  report.slice_responses[1].record(3ms, 7);
  report.rows = {.ends = {5s, 10s}, .rows = {{2, 0, 250ns, {250}, {2}}, {0, 2, 0ns, {}, {}}}};
  EXPECT_EQ(read_back(to_line(report)), report);
}

TEST(Outcome, MergesByAddingAndByTheLonger) {
  Outcome a = some_outcome(), b;
  b.requests = 1, b.duration = 11s;
  b.mptcp_end.add(false, 1, 2);
  a.merge(b);
  EXPECT_EQ(a.requests, 4u);
  EXPECT_EQ(a.duration, 11s);
  EXPECT_EQ(a.mptcp_end, (MptcpProof{3, 1, 0, 2, 1}));
  EXPECT_DOUBLE_EQ(a.goodput_bps(), 8 * 12288 / 11.0);
  EXPECT_EQ(a.segments, some_outcome().segments);  // b was never measured
  Outcome c = some_outcome();
  c.segments[1].longest_stall = 6s, c.segments[1].first_success = 7s,
  c.segments[0].first_success = 2ms;
  a.merge(c);
  EXPECT_EQ(a.segments, (std::vector<Segment>{segment(0s, 4s, 4, 0, 3ms, 1ms),
                                              segment(4s, 10s, 2, 4, 6s, 7s)}));
  EXPECT_EQ(a.subflows.size(), 2u);
}

TEST(Part, IsOneOfSeveral) {
  EXPECT_EQ(parse_part("2/4"), (Part{1, 4}));
  EXPECT_EQ(to_text(Part{1, 4}), "2/4");
  for (const std::string text :
       {"", "2", "0/4", "5/4", "1/0", "2/4x", "-1/4", "1/2000000", "a/b"}) {
    EXPECT_EQ(refusal([&] { parse_part(text); }),
              "\"" + text + "\" is not one part of at most 1000000, such as 1/4 to 4/4");
  }
}

TEST(Hosts, NeedAConnectionForEachThread) {
  LoadParameters parameters;
  parameters.connections = 8;
  parameters.threads = 2;
  check_hosts(parameters, 4);
  EXPECT_EQ(refusal([&] { check_hosts(parameters, 5); }),
            "8 connections for 5 hosts with 2 threads each: some threads would have none; use at "
            "least 10 connections (-c)");
}

TEST(Events, AreOneLineEachAndReadBack) {
  const LoadEvent progress{.kind = LoadEvent::Kind::kProgress, .elapsed = 250ms, .requests = 1234};
  EXPECT_EQ(to_line(progress), R"({"event":"progress","elapsed_s":0.25,"requests":1234})");
  const LoadEvent measuring{.kind = LoadEvent::Kind::kMeasuring, .opened = 7s};
  EXPECT_EQ(to_line(measuring), R"({"event":"measuring","opened_ns":7000000000})");
  EXPECT_EQ(std::get<LoadEvent>(parse_line(to_line(measuring))).opened, 7s);
  const auto back = std::get<LoadEvent>(parse_line(to_line(progress)));
  EXPECT_EQ(back.kind, LoadEvent::Kind::kProgress);
  EXPECT_EQ(back.elapsed, 250ms);
  EXPECT_EQ(back.requests, 1234u);
  EXPECT_EQ(refusal([] { parse_line("Killed"); }), "not an event of the load: Killed");
  EXPECT_EQ(refusal([] { parse_line(R"({"event":"lunch"})"); }),
            R"(not an event of the load: {"event":"lunch"})");
  EXPECT_EQ(refusal([] { parse_line(R"({"event":"outcome","outcome":{}})"); }),
            "the report of a load: /outcome/duration_s: is missing");
  // Numbers that no 64 bits hold, from a load that has gone mad.
  for (const std::string line :
       {R"({"event":"ready","elapsed_s":1e300})", R"({"event":"ready","elapsed_s":1e999})",
        R"({"event":"measuring","opened_ns":1e30})", R"({"event":"progress","requests":-1})"}) {
    EXPECT_EQ(refusal([&] { parse_line(line); }), "not an event of the load: " + line);
  }
  std::string outcome = to_line(LoadReport{.outcome = some_outcome()});
  outcome.replace(outcome.find("\"requests\":") + 11, 0, "1e30,\"x\":");
  EXPECT_EQ(refusal([&] { parse_line(outcome); }),
            "the report of a load: /outcome/requests: is not a whole number");
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

}  // namespace
}  // namespace mpb
