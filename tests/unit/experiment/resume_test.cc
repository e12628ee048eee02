#include "experiment/resume.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "experiment/plan.hh"
#include "made_up_experiment.hh"
#include "refusal.hh"
#include "stats/comparison.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;

Result world() {
  Result result;
  result.environment.kernel = "Linux 6.1", result.environment.cpus = 2,
  result.environment.congestion_control = "cubic";
  result.scenario.name = "s", result.scenario.description = "d", result.scenario.backend = "tun",
  result.scenario.backend_why = "w";
  result.scenario.links = {{"a", {{"rate", "10mbit"}}, {}, false}};
  result.workload.ops = {"get"}, result.workload.duration = 5s;
  result.store = {"redis", "7.0.15", "", {}, true, {}};
  result.seed = 1;
  return result;
}

TEST(Resume, RefusesAnotherWorldAndNamesWhatDiffers) {
  const auto with = [](const std::function<void(Result&)>& change) {
    Result now = world();
    change(now);
    return refusal([&] { check_same_world(world(), now, "r.json"); });
  };
  const std::string after =
      " now, so further runs would not be comparable with the finished ones; start again without "
      "--resume";
  EXPECT_EQ(with([](Result&) {}), "taken");
  EXPECT_EQ(with([](Result& r) { r.scenario.description = "other words"; }), "taken");
  EXPECT_EQ(with([](Result& r) { r.environment.kernel = "Linux 6.9"; }),
            "r.json: /environment/kernel: was Linux 6.1 and is Linux 6.9" + after);
  EXPECT_EQ(with([](Result& r) { r.environment.congestion_control = "bbr"; }),
            "r.json: /environment/congestion_control: was cubic and is bbr" + after);
  EXPECT_EQ(with([](Result& r) { r.tool_version = "9"; }),
            "r.json: /tool/version: was " MPB_VERSION " and is 9" + after);
  EXPECT_EQ(with([](Result& r) { r.seed = 2; }), "r.json: /seed: was 1 and is 2" + after);
  EXPECT_EQ(with([](Result& r) { r.environment.ranks.push_back({.name = "rank 0 on a"}); }),
            "r.json: /environment/ranks: was [] and is [\"rank 0 on a\"]" + after);
  // Results that are older than the field have no value to compare.
  EXPECT_EQ(with([](Result& r) { r.environment.netem_seeded = true; }), "taken");
  Result unseeded = world();
  unseeded.environment.netem_seeded = false;
  Result seeded = world();
  seeded.environment.netem_seeded = true;
  EXPECT_EQ(refusal([&] { check_same_world(unseeded, seeded, "r.json"); }),
            "r.json: /environment/netem_seeded: was false and is true" + after);
  Result in_machine = world();
  in_machine.environment.machine = MachineRecord{"a", "config", "root", 1};
  EXPECT_EQ(with([&](Result& r) { r.environment.machine = in_machine.environment.machine; }),
            "taken");
  Result in_other = in_machine;
  in_other.environment.machine->kernel_sha256 = "b";
  EXPECT_EQ(refusal([&] { check_same_world(in_machine, in_other, "r.json"); }),
            "r.json: /environment/machine/kernel_sha256: was a and is b" + after);
  EXPECT_EQ(refusal([&] { check_same_world(in_machine, world(), "r.json"); }),
            "r.json: /environment/machine/kernel_sha256: was a and is absent" + after);
  EXPECT_EQ(with([](Result& r) { r.store.kind = "valkey"; }),
            "r.json: /store/kind: was redis and is valkey" + after);
  EXPECT_EQ(with([](Result& r) { r.store.version = "7.2"; }),
            "r.json: /store/version: was 7.0.15 and is 7.2" + after);
  EXPECT_EQ(with([](Result& r) { r.scenario.backend = "netem"; }),
            "r.json: /scenario/backend: was tun and is netem" + after);
  EXPECT_EQ(with([](Result& r) {
              r.scenario.links[0].up = {{"rate", "20mbit"}};
            }),
            "r.json: /scenario/links/0/up/rate: was 10mbit and is 20mbit" + after);
  EXPECT_EQ(with([](Result& r) { r.workload.duration = 6s; }),
            "r.json: /workload/duration_s: was 5.0 and is 6.0" + after);
  EXPECT_EQ(with([](Result& r) { r.workload.rate_rps = 3; }),
            "r.json: /workload/rate_rps: was absent and is 3.0" + after);
}

TEST(Resume, RefusesRunsThatAreNotThePlans) {
  const ExperimentOptions options = experiment(2);
  Result before;
  for (const Cell& cell : plan_cells(options)) {
    mpb::Run& run = before.runs.emplace_back();
    run.block = cell.block, run.proto = proto_name(cell), run.op = cell.name,
    run.values = to_text(cell.size);
  }
  before.runs.pop_back();
  EXPECT_EQ(refusal([&] { check_plan(options, before, "r.json"); }), "taken");
  before.runs[2].values = "8k";
  EXPECT_THAT(refusal([&] { check_plan(options, before, "r.json"); }),
              HasSubstr("r.json: /runs/2: is block 1, "));
}

TEST(Resume, RefusesRunsUnderOtherConditions) {
  ExperimentOptions options = experiment();
  options.grid = {{"connections", {"1", "50"}}};
  Result before;
  for (const Cell& cell : plan_cells(options)) {
    mpb::Run& run = before.runs.emplace_back();
    run.block = cell.block, run.proto = proto_name(cell), run.op = cell.name,
    run.values = to_text(cell.size), run.conditions = cell.conditions;
  }
  EXPECT_EQ(refusal([&] { check_plan(options, before, "r.json"); }), "taken");
  before.runs[1].conditions = {{"connections", "2"}};
  EXPECT_THAT(refusal([&] { check_plan(options, before, "r.json"); }),
              HasSubstr("get 4k, connections 2, but the plan of its command has block 0, "));
}

TEST(Resume, OfASynchronisationGoesByNoRate) {
  ExperimentOptions options = experiment(2);
  options.workload.kind = WorkloadKind::kReplicaSync;
  options.workload.rate = 1000;
  Result before;
  mpb::Run& run = before.runs.emplace_back();
  const Cell cell = plan_cells(options).front();
  run.block = cell.block, run.proto = proto_name(cell), run.op = "sync",
  run.values = to_text(cell.size);
  EXPECT_EQ(refusal([&] { check_plan(options, before, "r.json"); }), "taken");
}

}  // namespace
}  // namespace mpb
