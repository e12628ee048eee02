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

}  // namespace
}  // namespace mpb
