#include "analysis/connections.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/group.hh"
#include "made_up.hh"
#include "output/export/export.hh"
#include "output/terminal.hh"
#include "outputs.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// One request in a hundred can determine p99. bbr does not shrink the window of an idle connection.
TEST(Connections, ReportRequestsOnIdleConnections) {
  Result result = result_of({at_rate("tcp", 100, false), at_rate("mptcp", 100, false),
                             at_rate("tcp", 500, false), at_rate("mptcp", 500, false)});
  EXPECT_EQ(idle_sentence(groups_of(result)), "");  // of an older result
  for (mpb::Run& run : result.runs) {
    run.outcome.requests = 1000;
    run.outcome.after_idle = 9;
    run.outcome.congestion_control = {"cubic"};
  }
  EXPECT_EQ(idle_sentence(groups_of(result)), "");
  result.runs[0].outcome.after_idle = 980;
  result.runs[1].outcome.after_idle = 1000;
  result.runs[3].outcome.after_idle = 10;
  const std::string sentence =
      "Requests on connections that had been idle for longer than their retransmission time-out: "
      "GET 4k at 100 req/s 98 % with tcp, 100 % with mptcp; GET 4k at 500 req/s 1 % with mptcp. ";
  EXPECT_THAT(idle_sentence(groups_of(result)), StartsWith(sentence));
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr(sentence));
  EXPECT_THAT(exported(result, "markdown"), HasSubstr("GET 4k at 100 req/s 98 % with tcp"));
  for (mpb::Run& run : result.runs) run.outcome.congestion_control = {"bbr"};
  EXPECT_EQ(idle_sentence(groups_of(result)), "");
}

// Over all runs, because the connections of invalid runs took longest, or were never complete.
TEST(Connections, ReportTheTimeToConnect) {
  Result result = result_of({run_of("mptcp", 1), run_of("tcp", 1), run_of("mptcp", 1)});
  EXPECT_EQ(connecting_sentence(result), "");  // of an older result
  for (mpb::Run& run : result.runs) run.outcome.ready_after.record(21ms, 50);
  result.runs[0].outcome.complete_after.record(43ms, 50);
  result.runs[2].outcome.complete_after.record(43ms, 46);
  result.runs[2].outcome.complete_after.record(1043ms);
  result.runs[2].invalid_reasons = {"a connection has fewer subflows than there are links"};
  EXPECT_EQ(connecting_sentence(result),
            "Time from connect to ready, median and maximum: tcp 21.0 and 21.0 ms, mptcp 21.0 and "
            "21.0 ms. To all subflows: mptcp 43.0 and 1043 ms (97 of 100 connections).");
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr("(97 of 100 connections)"));
  for (mpb::Run& run : result.runs) {
    run.outcome.ready_after.record(21ms, 5000);
    run.outcome.complete_after = {};
  }
  EXPECT_THAT(connecting_sentence(result),
              HasSubstr("median, p99 and maximum: tcp 21.0, 21.0 and"));
}

// At the end that sends the values, and only where protocols differ.
TEST(Connections, ReportTheProbeRttOfBbr) {
  Result result = result_of({run_of("tcp", 1), run_of("mptcp", 1)});
  EXPECT_EQ(probe_rtt_sentence(groups_of(result)), "");  // not bbr, or an older result
  result.runs[1].mptcp = {50, 0, 2, 2, 50};
  result.runs[0].probe_rtt = {{"client", {50, 0, 0}}, {"server", {50, 48, 51}}};
  result.runs[1].probe_rtt = {{"client", {100, 100, 100}}, {"server", {100, 97, 120}}};
  EXPECT_EQ(probe_rtt_sentence(groups_of(result)), "");
  result.runs[0].probe_rtt["server"] = {50, 3, 3};
  const std::string sentence =
      "bbr's PROBE_RTT, in which a connection nearly stops for at least 200 ms, was seen in: GET "
      "4k 3 of 50 connections with tcp, 97 of 100 subflows with mptcp.";
  EXPECT_EQ(probe_rtt_sentence(groups_of(result)), sentence);
  EXPECT_THAT(terminal_text(analyse(result), ""), HasSubstr(sentence));
}

}  // namespace
}  // namespace mpb
