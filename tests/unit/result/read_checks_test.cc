#include "result/read_checks.hh"

#include <gmock/gmock.h>

#include <functional>

#include "analysis/write.hh"
#include "made_up.hh"
#include "refusal.hh"
#include "result/read.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;

TEST(ReadChecks, RefusesConditionsThatNoGridHas) {
  const auto refused = [](const Settings& conditions) {
    Result result = result_of({run_of("tcp", 1000)});
    result.environment.cpus = 1;
    result.capacities.clear();
    result.runs[0].links.clear();
    result.runs[0].conditions = conditions;
    return refusal([&] { result_from_json(to_json(analyse(result)), "r.json"); });
  };
  EXPECT_THAT(refused({{"link2.delay", "<b>"}}),
              HasSubstr("/runs/0/conditions: has a name or a value that no condition has"));
  EXPECT_THAT(refused({{"link2/delay", "5ms"}}), HasSubstr("/runs/0/conditions: has a name"));
  EXPECT_THAT(refused({{"link2.rate", "fast"}}), HasSubstr("/runs/0/conditions/link2.rate: "));
  EXPECT_THAT(refused({{"link2.mtu", "60b"}}),
              HasSubstr("/runs/0/conditions/link2.mtu: is too small for a link"));
  EXPECT_EQ(refused({{"link2.rate", "5mbit"}, {"link2.mtu", "9000b"}, {"loss", "1%"}}), "taken");
  Result result = result_of({run_of("tcp", 1000)});
  result.environment.cpus = 1;
  for (const char* name : {"connections", "pipeline"}) {
    Variable& its = result.parameters.grid.emplace_back(Variable{name, {}});
    for (int i = 1; i < 40; ++i) its.values.push_back(std::to_string(i));
  }
  EXPECT_THAT(refusal([&] { result_from_json(to_json(analyse(result)), "r.json"); }),
              HasSubstr("r.json: /parameters/grid: has too many combinations"));
}

TEST(ReadChecks, RefusesClientsThatNoScenarioHas) {
  const auto refused = [](int clients) {
    Result result = result_of({run_of("tcp", 1000)});
    result.environment.cpus = 1;
    const Settings line{{"rate", "100mbit"}};
    result.scenario.links = {{"link1", line, line, false}, {"link2", line, line, false}};
    result.scenario.clients = clients;
    return refusal([&] { result_from_json(to_json(analyse(result)), "r.json"); });
  };
  EXPECT_EQ(refused(2), "taken");
  EXPECT_THAT(refused(3), HasSubstr("r.json: /scenario/clients: is not a number of clients with "
                                    "equally many links"));
}

TEST(ReadChecks, RefusesCountsOfACompetingFlowThatNoFlowHas) {
  const auto refused = [](const CompetingRecord& flow) {
    Result result = result_of({run_of("tcp", 1000)});
    result.environment.cpus = 1;
    result.capacities.clear();
    result.runs[0].links.clear();
    result.runs[0].competing_flow = flow;
    return refusal([&] { result_from_json(to_json(analyse(result)), "r.json"); });
  };
  EXPECT_EQ(refused({"link1", 1, 1, 8, 0ns}), "taken");
  for (const CompetingRecord& wrong :
       {CompetingRecord{"link1", -1, 1, 8, 0ns}, CompetingRecord{"link1", 1, -1, 8, 0ns},
        CompetingRecord{"link1", 1, 1, -8, 0ns}, CompetingRecord{"link1", 1, 1, 8, -1ns}}) {
    EXPECT_THAT(refused(wrong),
                HasSubstr("r.json: /runs/0/competing_flow: has a count that is out of range"));
  }
}

TEST(ReadChecks, RefusesPathsThatNoHostHas) {
  const auto refused = [](std::vector<PathCount> paths) {
    Result result = result_of({run_of("tcp", 1000)});
    result.environment.cpus = 1;
    result.capacities.clear();
    result.runs[0].links.clear();
    result.runs[0].outcome.paths = std::move(paths);
    return refusal([&] { result_from_json(to_json(analyse(result)), "r.json"); });
  };
  const PathCount path{"10.0.1.1", "10.9.0.1", "eth0", 1, 1, 0, 100, 1, 1000};
  EXPECT_EQ(refused({path}), "taken");
  PathCount wrong = path;
  wrong.bytes_sent = -1;
  EXPECT_THAT(refused({path, wrong}),
              HasSubstr("r.json: /runs/0/paths: has a count that is out of range"));
  wrong = path, wrong.subflows_end = 2'000'000'000;
  EXPECT_THAT(refused({wrong}), HasSubstr("/runs/0/paths: has a count that is out of range"));
  EXPECT_THAT(refused(std::vector<PathCount>(1001, path)), HasSubstr("has more paths than a host"));
}

// Only an open loop can be saturated. A saturated run without its rate would be missing in some
// figures, and change when it is written and read again.
TEST(ReadChecks, RefusesASaturatedRunWithoutARate) {
  Result result = result_of({run_of("tcp", 1000)});
  result.environment.cpus = 2;
  result.capacities = {}, result.runs[0].links = {};
  result.runs[0].rate_rps = 500;
  result.runs[0].saturated = true;
  std::string text = to_json(analyse(result));
  EXPECT_TRUE(result_from_json(text, "r.json").runs[0].saturated);
  text.replace(text.find("\"rate_rps\"", text.find("\"runs\"")), 10, "\"rate_xps\"");
  try {
    result_from_json(text, "r.json");
    FAIL() << "it was read";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("r.json: /runs/0/saturated: is true, but there is no"));
  }
}

// --resume would offer such rates, and the names become parts of other names.
TEST(ReadChecks, RefusesImpossibleRatesAndNames) {
  const auto refusal = [](const std::function<void(Result&)>& change) {
    Result result = result_of({run_of("tcp", 1000)});
    result.capacities = {}, result.runs[0].links = {};
    result.environment.cpus = 2;
    change(result);
    try {
      result_from_json(to_json(analyse(result)), "r.json");
    } catch (const BadInput& error) {
      return std::string(error.what());
    }
    return std::string("was read");
  };
  EXPECT_EQ(refusal([](Result&) {}), "was read");
  EXPECT_THAT(refusal([](Result& r) {
                r.probes = {{"get", "4k", "tcp", 1e300, 3, {}}};
              }),
              HasSubstr("r.json: /capacity_probes/0/throughput_rps: is not between"));
  EXPECT_THAT(refusal([](Result& r) { r.runs[0].rate_rps = 1e-11; }),
              HasSubstr("r.json: /runs/0/rate_rps: is not between"));
  EXPECT_THAT(refusal([](Result& r) {
                r.slo = SloAsked{parse_slo("p99 < 20ms"), -1};
              }),
              HasSubstr("r.json: /slo/least_rps: is not between"));
  EXPECT_THAT(
      refusal([](Result& r) { r.runs[0].outcome.congestion_control = {std::string(300, 'x')}; }),
      HasSubstr("r.json: /runs/0/congestion_control: is not the name of a congestion control"));
  EXPECT_THAT(refusal([](Result& r) { r.runs[0].op = std::string(300, 'x'); }),
              HasSubstr("r.json: /runs/0/op: is too long"));
  EXPECT_THAT(refusal([](Result& r) {
                r.pilots = {{"get", std::string(300, 'x'), "tcp", {}, {}, 20s, 3s, {}}};
              }),
              HasSubstr("r.json: /pilots/0/values: is too long"));
  EXPECT_THAT(refusal([](Result& r) {
                r.pilots = {{"get", "4k", "tcp", {}, {}, 20s, 30s, {}}};
              }),
              HasSubstr("r.json: /pilots/0/settled_after_s: is not within the pilot run"));
  EXPECT_THAT(refusal([](Result& r) { r.parameters.repeat = kMostBlocks + 1; }),
              HasSubstr("r.json: /parameters/repeat: is not a number of blocks"));
}

}  // namespace
}  // namespace mpb
