#include "result/measured.hh"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "result/json.hh"
#include "result/read.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using OrderedJson = nlohmann::ordered_json;

mpb::Run sample_run() {
  mpb::Run run;
  run.proto = "mptcp", run.op = "get", run.values = "4k";
  run.rate_rps = 1000.5;
  run.warmup = 2s;
  run.throughput_rps = 999.25;
  run.links = {{"link1", 1, 2, 3, 4}};
  run.emulator = EmulatorRecord{{540ns, 1us, 4us}, Lateness{}, true};
  run.store_pct = 12.5;
  run.system_pct = 50;
  run.store_attendance = Attendance{5ms, 1ms, 7};
  run.kernel = {{"client", {{"TcpRetransSegs", 3}}}};
  run.probe_rtt = {{"client", {1, 1, 1}}};
  run.commands = {"mptcp-bench load"};
  run.notes = {"a note"};
  run.outcome.duration = 5s;
  run.outcome.requests = 4996;
  run.outcome.errors[0] = 1;
  run.outcome.cpu_pct = {3.5};
  run.outcome.threads = {Attendance{4ms, 1ms, 9}};
  run.outcome.congestion_control = {"cubic"};
  run.outcome.slices = {1, 2, 3};
  run.outcome.last_byte.record(Nanos{1'000'000}, 4996);
  run.outcome.segments.resize(2);
  run.outcome.segments[1].event = "link1 down";
  run.outcome.segments[1].link = "link1";
  run.outcome.timeline.interval = 100ms;
  run.outcome.timeline.t = {100ms};
  run.outcome.timeline.series = {{"requests", {7}}};
  return run;
}

std::string digest_of(const OrderedJson& run) {
  MeasuredDigest digest(Result{});
  digest.add(run);
  return digest.hex();
}

// Another value of the same type.
OrderedJson other(const OrderedJson& value) {
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_string()) return value.get<std::string>() + "x";
  return value.is_number_float() ? OrderedJson(value.get<double>() + 0.5)
                                 : OrderedJson(value.get<std::int64_t>() + 1);
}

TEST(Measured, ChangesWithEveryFieldButTheHosts) {
  const OrderedJson run = json_of(sample_run());
  std::size_t measured = 0, others = 0;
  const OrderedJson leaves = run.flatten();
  for (const auto& [pointer, value] : leaves.items()) {
    if (value.is_null()) continue;  // an empty list
    OrderedJson changed = run;
    changed[OrderedJson::json_pointer(pointer)] = other(value);
    const bool is_hosts = pointer.starts_with("/cpu/") || pointer.starts_with("/attendance/") ||
                          pointer.starts_with("/commands/");
    EXPECT_EQ(digest_of(changed) == digest_of(run), is_hosts) << pointer;
    ++(is_hosts ? others : measured);
  }
  EXPECT_GT(measured, 60u);
  EXPECT_GE(others, 9u);
}

TEST(Measured, IsOfTheRunsAndNotOfTheWorld) {
  Result a;
  a.runs = {sample_run(), sample_run()};
  a.probes = {{"get", "4k", "tcp", 2000, 3, {}}};
  Result b = a;
  b.started = "2026-01-02T03:04:05Z";
  b.command = {"mptcp-bench", "-o", "elsewhere.json"};
  b.environment.kernel = "Linux 6.19";
  b.environment.memory_bytes = 1;
  b.store.version = "7";
  EXPECT_EQ(measured_sha256(a), measured_sha256(b));
  b.probes[0].throughput_rps = 2000.5;
  EXPECT_NE(measured_sha256(a), measured_sha256(b));
  b = a;
  b.runs.pop_back();
  EXPECT_NE(measured_sha256(a), measured_sha256(b));
}

TEST(Measured, HasOneSpellingForEachValue) {
  const OrderedJson json = OrderedJson::parse(
      R"({"b":[2.0,-0.0,0.1,1e-7,1.5e-6,1e21,123456.75,18446744073709551615,-3],"a":{"z":{},
          "y":[]},"ab":"é\u001f\"\n","aa":null})");
  EXPECT_EQ(canonical_text(json),
            R"({"a":{"y":[],"z":{}},"aa":null,"ab":"é\u001f\"\n",)"
            R"("b":[2,0,0.1,1e-7,0.0000015,1e+21,123456.75,18446744073709551615,-3]})");
}

TEST(Measured, IsHeldToTheRunsThatStandThere) {
  Result result;
  result.runs = {sample_run()};
  EXPECT_NO_THROW(check_measured_sha256(result, "r.json")) << "an older version wrote none";
  result.measured_sha256 = measured_sha256(result);
  EXPECT_NO_THROW(check_measured_sha256(result, "r.json"));
  ++result.runs[0].outcome.requests;
  EXPECT_THROW(check_measured_sha256(result, "r.json"), BadInput);
}

}  // namespace
}  // namespace mpb
