#include "analysis/causes.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/group.hh"
#include "made_up.hh"
#include "output/page/lists.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// 10 s at 100 Mbit/s are 125 MB.
TEST(Causes, SayThatTheHostMayLimitWhereNoLinkIsFull) {
  mpb::Run run = run_of("tcp", 1000);
  run.connections = 50, run.pipeline = 1;
  run.links = {{"link1", 1'000'000, 119'000'000, 0, 0}, {"link2", 0, 0, 0, 0}};
  run.emulator_pct = 80;
  const auto sentences = [&run] {
    const Result result = result_of({run});
    return limit_sentences(result, groups_of(result));
  };
  EXPECT_THAT(sentences(), ElementsAre()) << "link1 is full";
  run.links[0].client_rx_bytes = 100'000'000;
  EXPECT_THAT(sentences(),
              ElementsAre("GET 4k, tcp: no link is full (link1 80 %, link2 0 %), and the link "
                          "emulator used 80 % of a CPU: this host may be the limit, and not the "
                          "links."));
  run.emulator_pct = 70;
  EXPECT_THAT(sentences(), ElementsAre(HasSubstr("no process is busy; 50 requests at a time take "
                                                 "12.0 ms each on average (median 12.0 ms).")));
  Result delayed = result_of({run});
  delayed.scenario.links = {{"link1", {{"delay", "5ms"}}, {{"delay", "15ms"}}, false}};
  EXPECT_THAT(limit_sentences(delayed, groups_of(delayed)),
              ElementsAre(HasSubstr("(median 12.0 ms; the round trip of link1 is 20.0 ms).")));
  run.system_pct = 95;  // of one CPU
  EXPECT_THAT(sentences(), ElementsAre(HasSubstr("CPUs were busy for 95 % of the time")));
  const Result result = result_of({run});
  EXPECT_THAT(terminal_text(analyse(result), "title", std::nullopt), HasSubstr("no link is full"));
  EXPECT_THAT(to_html(explanation_table(analyse(result))), HasSubstr("no link is full"));
  run.rate_rps = 1000;
  EXPECT_THAT(sentences(), ElementsAre()) << "an open loop is to leave links idle";
}

// 50 flows at 0.1 Mbit/s are 6.25 MB in 10 s.
TEST(Causes, SayThatTheCapPerFlowIsTheLimit) {
  mpb::Run run = run_of("tcp", 100);
  run.connections = 50;
  run.links = {{"link1", 1'000'000, 6'200'000, 0, 0, 3}, {"link2", 0, 0, 0, 0}};
  Result result = result_of({run});
  result.capacities[0].down_flow_bps = 0.1e6;
  EXPECT_THAT(limit_sentences(result, groups_of(result)),
              ElementsAre("GET 4k, tcp: the cap per flow is the limit: link1 lets 50 flows pass at "
                          "0.1 Mbit/s each."));
  EXPECT_NEAR(*analyse(result).explanations.at(0).of_links.at(0), 100 / (5e6 / 8 / 4303), 1e-9);
  result.runs[0].links[0].client_rx_bytes = 5'000'000;
  EXPECT_THAT(limit_sentences(result, groups_of(result)), ElementsAre(HasSubstr("link1 4 %")));
}

TEST(Causes, SayNothingAboutTheHostIfTheFirstLinkOfEveryClientIsFull) {
  mpb::Run run = run_of("tcp", 1000);
  run.links = {{"link1", 1'000'000, 119'000'000, 0, 0}, {"link2", 0, 0, 0, 0}};
  run.emulator_pct = 90;
  Result result = with_two_clients(result_of({run}));
  EXPECT_THAT(limit_sentences(result, groups_of(result)), ElementsAre());
  result.runs[0].links[2].client_rx_bytes = 80'000'000;
  EXPECT_THAT(limit_sentences(result, groups_of(result)),
              ElementsAre(HasSubstr("not all links are full (link1 95 %, link2 0 %, link1_c2 64 %, "
                                    "link2_c2 0 %), and the link emulator used 90 % of a CPU")));
}

// The kernels of both clients sent 1000 segments each again, for 10 000 requests.
TEST(Causes, CountTheRetransmissionsOfAllClients) {
  std::vector<mpb::Run> runs{run_of("tcp", 1000), run_of("mptcp", 1000)};
  for (mpb::Run& run : runs) {
    run.outcome.last_byte.record(12ms, 5000);
    run.kernel["client"]["TcpRetransSegs"] = 1000;
  }
  const Result result = with_two_clients(result_of(runs));
  const std::vector<std::string> sentences = tail_sentences(result, groups_of(result));
  ASSERT_EQ(sentences.size(), 2u);
  EXPECT_THAT(sentences[1], AllOf(HasSubstr("link2 of all clients carries 25 % of the bytes"),
                                  HasSubstr("retransmitted segments (RetransSegs) 200/4.0")));
}

// One of two links that the protocol uses.
TEST(Causes, SayThatTheHostMayLimitWhereALinkIsNotFull) {
  mpb::Run run = run_of("mptcp", 1000);
  run.links = {{"link1", 1'000'000, 119'000'000, 0, 0}, {"link2", 1'000'000, 80'000'000, 0, 0}};
  run.emulator_pct = 84;
  const auto sentences = [&run] {
    const Result result = result_of({run});
    return limit_sentences(result, groups_of(result));
  };
  EXPECT_THAT(sentences(), ElementsAre(HasSubstr("not all links are full (link1 95 %, link2 64 %), "
                                                 "and the link emulator used 84 % of a CPU")));
  run.emulator_pct = 20;
  EXPECT_THAT(sentences(), ElementsAre()) << "the scheduler is the reason";
}

// In virtual time there are no CPU times: no process is called busy or idle, and no table is empty.
TEST(Causes, DoNotMentionCpusThatWereNotMeasured) {
  mpb::Run run = run_of("tcp", 1000);
  run.connections = 50, run.pipeline = 1;
  run.links = {{"link1", 1'000'000, 100'000'000, 0, 0}, {"link2", 0, 0, 0, 0}};
  run.outcome.cpu_pct.clear();
  run.store_pct.reset(), run.store_thread_pct.reset(), run.emulator_pct.reset();
  run.system_pct.reset();
  Result result = result_of({run});
  EXPECT_THAT(
      limit_sentences(result, groups_of(result)),
      ElementsAre(HasSubstr("no link is full (link1 80 %, link2 0 %); 50 requests at a time "
                            "take 12.0 ms each")));
  for (const std::string& text :
       {terminal_text(analyse(result), "title", std::nullopt),
        to_html(explanation_table(analyse(result))) + to_html(cpu_table(analyse(result)))}) {
    EXPECT_THAT(text, HasSubstr("no link is full"));
    EXPECT_THAT(text, Not(HasSubstr("CPU")));
    EXPECT_THAT(text, Not(HasSubstr("client, store")));
  }
  result.scenario.backend = "veth";
  EXPECT_THAT(limit_sentences(result, groups_of(result)), ElementsAre());
}

// 10,000 requests: a counter of 10 is 1 in a thousand.
TEST(Causes, ExplainP99ByLinksTimersSchedulerAndHosts) {
  mpb::Run tcp = run_of("tcp", 1000);
  for (int i = 0; i < 2000; ++i) {
    tcp.outcome.first_byte.record(12ms - 2us);
    tcp.outcome.last_byte.record(12ms);
  }
  tcp.kernel["client"]["TcpExtTCPTimeouts"] = 20;
  tcp.kernel["server"]["TcpExtTCPLossProbes"] = 75;
  mpb::Run mptcp = tcp;
  mptcp.proto = "mptcp";
  mptcp.kernel["server"]["TcpExtTCPLossProbes"] = 90;
  mptcp.kernel["server"]["MPTcpExtMPTCPRetrans"] = 20;
  mptcp.kernel["client"]["MPTcpExtDuplicateData"] = 5;
  mptcp.links = run_of("mptcp", 1).links;
  mptcp.emulator = EmulatorRecord{{1us, 40us, 1ms}, Lateness{1us, 10us, 1ms}, true};
  mptcp.outcome.threads = {{{}, 100ms, 20'000}};
  Result result = result_of({tcp, mptcp});
  result.scenario.links = {{"link1", {{"delay", "5ms"}}, {{"delay", "5ms"}}, false},
                           {"link2", {{"delay", "20ms"}}, {{"delay", "20ms"}}, false}};
  const std::vector<std::string> sentences = tail_sentences(result, groups_of(result));
  ASSERT_EQ(sentences.size(), 2u);
  EXPECT_EQ(
      sentences[0],
      "GET 4k, tcp: p99 12.0 ms; retransmitted segments (RetransSegs) 0/4.0; tail loss probes "
      "(TCPLossProbes) 0/7.5; retransmission time-outs (TCPTimeouts) 2.0/0; a reply takes "
      "0.003 ms from its first byte to its last.");
  EXPECT_EQ(
      sentences[1],
      "GET 4k, mptcp: p99 12.0 ms; link2 carries 25 % of the bytes, with a round trip that is "
      "30.0 ms longer; retransmitted segments (RetransSegs) 0/4.0; tail loss probes "
      "(TCPLossProbes) 0/9.0; retransmission time-outs (TCPTimeouts) 2.0/0; MPTCPRetrans "
      "0/2.0; a reply takes 0.003 ms from its first byte to its last; hosts: emulator late by "
      "at most about 0.100 ms (p99, both ways), waited 0.010 ms for a CPU.")
      << "DuplicateData changed less than once in 1000 requests";
  EXPECT_THAT(terminal_text(analyse(result), "title", std::nullopt),
              HasSubstr("; MPTCPRetrans 0/2.0;"));
  EXPECT_THAT(
      tail_list(analyse(result)),
      AllOf(HasSubstr("10 of 1000 requests take longer than p99. Each pair of numbers counts "
                      "events per 1000 requests"),
            HasSubstr("; MPTCPRetrans 0/2.0;")));
  result.runs.pop_back();
  EXPECT_THAT(tail_sentences(result, groups_of(result)), ElementsAre()) << "nothing to compare";
}

}  // namespace
}  // namespace mpb
