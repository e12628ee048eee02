#include "tools/doctor.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;

TEST(Doctor, SaysWhenNobodyCountsTheWaiting) {
  EXPECT_EQ(scheduler_finding(CpuUse{1ms, 1ms, 1}).level, Finding::Level::kGood);
  const Finding finding = scheduler_finding(parse_schedstat("0 0 0"));
  EXPECT_EQ(finding.level, Finding::Level::kLimit);
  EXPECT_THAT(finding.text, HasSubstr("kernel.task_delayacct=1"));
}

TEST(Doctor, SaysWhatFollowsIfTracingProgramsDoNotLoad) {
  EXPECT_EQ(tracing_finding("").level, Finding::Level::kGood);
  const Finding finding =
      tracing_finding("the kernel refuses to load a BPF tracing program (Operation not permitted)");
  EXPECT_EQ(finding.level, Finding::Level::kLimit);
  EXPECT_THAT(finding.text, HasSubstr("(Operation not permitted), so store-mptcp=mptcpify cannot "
                                      "be used here"));
}

TEST(Doctor, ShowsEndpointsAndLimitsAndWhetherTheyAllowASecondPath) {
  const char* const kAllowed = "add_addr_accepted 0 subflows 2";
  EXPECT_EQ(endpoints_finding({"10.0.2.1 id 1 subflow dev eth1"}, kAllowed).text,
            "10.0.2.1 dev eth1 subflow; limits: subflows 2, add_addr_accepted 0");
  EXPECT_EQ(
      endpoints_finding({"10.0.2.1 id 1 subflow dev eth1"}, "add_addr_accepted 0 subflows 0").text,
      "10.0.2.1 dev eth1 subflow; limits: subflows 0, add_addr_accepted 0, so MPTCP has one "
      "path; run: ip mptcp limits set subflows 2");
  EXPECT_THAT(endpoints_finding({}, kAllowed).text,
              HasSubstr("none; limits: subflows 2, add_addr_accepted 0, so MPTCP has one path "
                        "unless the store announces another address"));
  EXPECT_THAT(endpoints_finding({"10.0.2.1 id 1 signal"}, kAllowed).text,
              HasSubstr("ip mptcp endpoint add ADDRESS dev DEVICE subflow"));
}

TEST(Doctor, SaysWhetherNetemCanHoldFlowsBack) {
  EXPECT_EQ(flow_cap_finding("").level, Finding::Level::kGood);
  EXPECT_EQ(flow_cap_finding("no ifb").level, Finding::Level::kLimit);
  EXPECT_EQ(flow_cap_finding("no ifb").text, "no ifb");
}

TEST(Doctor, PrintsALineAFinding) {
  const std::string text = report({{Finding::Level::kGood, "store", "redis \x1b[31m\nBAD  ip"},
                                   {Finding::Level::kBad, "ip", "is missing"}});
  EXPECT_EQ(text.substr(0, text.find("\n\n")),
            "ok    store  redis \\x1b[31m\\nBAD  ip\nBAD   ip     is missing");
}

}  // namespace
}  // namespace mpb
