#include "analysis/figure_names.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/analysis.hh"
#include "analysis/group.hh"
#include "made_up.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::Contains;

TEST(Names, ContainEveryParameterThatIsNotADefault) {
  Result result = result_of({run_of("tcp", 100)});
  mpb::Run& run = result.runs[0];
  run.connections = 50, run.threads = run.pipeline = 1;
  const auto name = [&] { return cell_name(result, run); };
  result.workload.keys = "uniform", result.workload.keyspace = 1000;
  EXPECT_EQ(name(), "get_4k");
  result.defaults.connections = 20;
  EXPECT_EQ(name(), "get_4k_c50");
  result.defaults = {};
  result.workload.keys = "zipf:1.2", result.workload.keyspace = 5000;
  EXPECT_EQ(name(), "get_4k_r5000_zipf:1.2");
  run.op = "sync", run.replication = Replication{};
  run.replication->data_bytes = 64 << 20;
  result.workload.keys = "uniform", result.workload.keyspace.reset();
  result.workload.rate_rps = 500;
  EXPECT_EQ(name(), "sync_4k_64m_500rps");
}

TEST(Names, ContainTheCongestionControl) {
  Result result = result_of({run_of("tcp", 100), run_of("mptcp", 150)});
  result.scenario.name = "s";
  for (mpb::Run& run : result.runs) run.connections = 50, run.threads = run.pipeline = 1;
  EXPECT_EQ(analyse(result).figures[0].name, "s/get_4k/throughput/tcp");
  result.runs[0].outcome.congestion_control = {"cubic"};
  result.runs[1].outcome.congestion_control = {"bbr"};
  std::vector<std::string> names;
  for (const Figure& figure : analyse(result).figures) names.push_back(figure.name);
  EXPECT_THAT(names, Contains("s/get_4k/throughput/tcp+congestion=cubic"));
  EXPECT_THAT(names, Contains("s/get_4k/mean/mptcp+congestion=bbr"));
  EXPECT_THAT(names, Contains("s/get_4k/throughput/mptcp+congestion=bbr-vs-tcp+congestion=cubic"));
}

// An alert on invalid runs must keep its name when all runs are invalid.
TEST(Names, StayWhenNoRunIsValid) {
  Result result = result_of({run_of("tcp", 100)});
  result.runs[0].outcome.congestion_control = {"bbr"};
  result.runs[0].invalid_reasons = {"late"};
  EXPECT_EQ(variant_name(result, groups_of(result)[0]), "tcp+congestion=bbr");
}

}  // namespace
}  // namespace mpb
