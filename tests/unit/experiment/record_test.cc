#include "experiment/record.hh"

#include <gtest/gtest.h>

#include "experiment/judge.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

// The backup flag and the congestion control of a subflow come from the client's sockets.
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

// The connections of "dual" begin with IPv6, and have IPv4 on the second link.
class IpVersions : public ::testing::Test {
 protected:
  IpVersions() {
    options_.scenario.links = {{"link1", {}, {}}, {"link2", {}, {}}};
    options_.endpoints = Endpoints::kSignal;
    options_.ip = "dual";
  }

  std::vector<std::string> reasons(const std::vector<std::string>& addresses,
                                   Proto proto = Proto::kMptcp) {
    std::vector<TcpSocket> ours;
    for (const std::string& address : addresses)
      ours.push_back({address, kStorePort, "cubic", true, false});
    run_ = {};
    judge_ip_versions(ours, options_, {.proto = proto}, run_);
    return run_.invalid_reasons;
  }

  ExperimentOptions options_;
  mpb::Run run_;
};

TEST_F(IpVersions, AreThoseOfTheSetUp) {
  using Reasons = std::vector<std::string>;
  using Seen = std::map<std::string, std::map<std::string, std::int64_t>>;
  EXPECT_EQ(reasons({"[fd00:0:1::1]", "[fd00:0:1::1]", "10.0.2.1"}), Reasons{});
  EXPECT_EQ(run_.ip_versions, (Seen{{"link1", {{"v6", 2}}}, {"link2", {{"v4", 1}}}}));
  EXPECT_EQ(
      reasons({"[fd00:0:1::1]", "[fd00:0:2::1]"}),
      (Reasons{"1 connections over link2 did not use IPv4", "no connection over link2 used IPv4"}));
  EXPECT_EQ(reasons({"10.0.1.1", "[fd00:0:1::1]", "10.0.2.1"}),
            Reasons{"1 connections over link1 did not use IPv6"});
  EXPECT_EQ(reasons({"[fd00:0:1::1]"}), Reasons{"no connection over link2 used IPv4"});
  EXPECT_EQ(reasons({"[fd00:0:1::1]"}, Proto::kTcp), Reasons{});
  EXPECT_EQ(reasons({"[fd00:0:1::1]"}, Proto::kMptcpOne), Reasons{});
  EXPECT_EQ(reasons({"[fd00:0:1::1]"}, Proto::kTcpSplit),
            Reasons{"no connection over link2 used IPv4"});
  options_.ip = "v4";
  EXPECT_EQ(reasons({"10.0.1.1"}), Reasons{});
  EXPECT_TRUE(run_.ip_versions.empty());
}

}  // namespace
}  // namespace mpb
