#include "tools/lab_proof.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mpb {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// The changes of the counters that Linux 6.18 has, all 0 unless named.
Counters counters(const Counters& named) {
  Counters all{{"TcpActiveOpens", 0},
               {"MPTcpExtMPCapableSYNTX", 0},
               {"MPTcpExtMPCapableSYNACKRX", 0},
               {"MPTcpExtMPCapableFallbackSYNACK", 0},
               {"MPTcpExtMPJoinSynTx", 0},
               {"MPTcpExtMPJoinSynAckRx", 0},
               {"MPTcpExtDssFallback", 0}};
  for (const auto& [name, value] : named) all[name] = value;
  return all;
}

LabProof proof(const Counters& client) {
  return {.scenario = "two-clean-links",
          .backend = "tun",
          .command = {"client"},
          .counters = {{"client", counters(client)}, {"server", counters({})}},
          .links = {{"link1", 3'000'000, 0, 4, 1}, {"link2", 750'000, 250'000, 4, 0}},
          .samples = 2};
}

// Of a namespace that opened all connections of the lab, whose other end counted `accepted`.
OpenedConnections by_client(const Counters& client, const Counters& accepted = {}) {
  return opened_connections({{"client", client}, {"server", counters(accepted)}}).at("client");
}

std::int64_t sum_of_columns(const OpenedConnections& its) {
  return its.mptcp + its.fell_back + its.tcp + its.unanswered;
}

const Counters kAllMptcp{{"TcpActiveOpens", 100},
                         {"MPTcpExtMPCapableSYNTX", 51},
                         {"MPTcpExtMPCapableSYNACKRX", 51},
                         {"MPTcpExtMPJoinSynTx", 49},
                         {"MPTcpExtMPJoinSynAckRx", 48}};

TEST(LabProof, DoesNotCountFurtherSubflowsAsConnections) {
  EXPECT_EQ(by_client(counters(kAllMptcp)),
            (OpenedConnections{.opened = 51, .mptcp = 51, .further_subflows = 48}));
}

TEST(LabProof, CountsPlainTcp) {
  EXPECT_EQ(by_client(counters({{"TcpActiveOpens", 3}})),
            (OpenedConnections{.opened = 3, .tcp = 3}));
}

TEST(LabProof, CountsEachKindOfConnectionOnce) {
  const OpenedConnections its =
      by_client(counters({{"TcpActiveOpens", 25},
                          {"MPTcpExtMPCapableSYNTX", 16},
                          {"MPTcpExtMPCapableSYNACKRX", 9},
                          {"MPTcpExtMPCapableFallbackSYNACK", 2},  // the listener is TCP
                          {"MPTcpExtMPCapableSYNTXDrop", 1},       // a firewall drops the option
                          {"MPTcpExtMPCapableSYNTXDisabled", 1},   // because it did so before
                          {"MPTcpExtMPFallbackTokenInit", 1},
                          {"MPTcpExtDssFallback", 1},  // after the handshake
                          {"MPTcpExtMPCapableDataFallback", 1},
                          {"MPTcpExtMPJoinSynTx", 5},
                          {"MPTcpExtMPJoinSynAckRx", 4}}));
  EXPECT_EQ(its, (OpenedConnections{.opened = 20,
                                    .mptcp = 7,
                                    .fell_back = 7,
                                    .tcp = 2,
                                    .unanswered = 4,
                                    .further_subflows = 4}));
  EXPECT_EQ(its.opened, sum_of_columns(its));
}

TEST(LabProof, DoesNotCountAFallbackTwiceThatAnInfiniteMappingAnnounced) {
  EXPECT_EQ(by_client(counters({{"TcpActiveOpens", 1},
                                {"MPTcpExtMPCapableSYNTX", 1},
                                {"MPTcpExtMPCapableSYNACKRX", 1},
                                {"MPTcpExtInfiniteMapRx", 1},
                                {"MPTcpExtDssFallback", 1}})),
            (OpenedConnections{.opened = 1, .fell_back = 1}));
}

TEST(LabProof, NamesTheLimitsOfAnOlderKernel) {
  const Counters linux_6_1{{"TcpActiveOpens", 5},
                           {"MPTcpExtMPCapableSYNTX", 3},
                           {"MPTcpExtMPCapableSYNACKRX", 3},
                           {"MPTcpExtMPJoinSynAckRx", 2},
                           {"MPTcpExtInfiniteMapRx", 1}};
  EXPECT_EQ(missing_counters(linux_6_1), (MissingCounters{.joins = true, .fallbacks = true}));
  EXPECT_EQ(by_client(linux_6_1),
            (OpenedConnections{.opened = 3, .mptcp = 2, .fell_back = 1, .further_subflows = 2}));
  LabProof its = proof({});
  its.counters = {{"client", linux_6_1}};
  EXPECT_THAT(to_text(its), HasSubstr("before Linux 6.12"));
  EXPECT_THAT(to_text(its), HasSubstr("before Linux 6.17"));
  EXPECT_THAT(to_text(proof(kAllMptcp)), Not(HasSubstr("before Linux")));
}

// A connect without a route: the kernel counts the request, but no active open.
TEST(LabProof, DoesNotCountARequestThatWasNeverSent) {
  EXPECT_EQ(by_client(counters({{"MPTcpExtMPCapableSYNTX", 1}})), OpenedConnections{});
  EXPECT_EQ(by_client(counters({{"TcpActiveOpens", 1},
                                {"MPTcpExtMPCapableSYNTX", 3},
                                {"MPTcpExtMPCapableSYNACKRX", 1}})),
            (OpenedConnections{.opened = 1, .mptcp = 1}));
  EXPECT_EQ(by_client(counters({{"MPTcpExtMPCapableSYNTXDisabled", 1}})), OpenedConnections{});
}

TEST(LabProof, CountsATcpConnectionNextToARequestThatWasNeverSent) {
  const Counters client = counters({{"TcpActiveOpens", 1}, {"MPTcpExtMPCapableSYNTX", 1}});
  EXPECT_EQ(by_client(client), (OpenedConnections{.opened = 1, .unanswered = 1}));
  EXPECT_EQ(by_client(client, {{"TcpPassiveOpens", 1}}),
            (OpenedConnections{.opened = 1, .tcp = 1}));
  // Two connections of MPTCP with a subflow each, two of TCP, and a request that was refused.
  const OpenedConnections its = by_client(counters({{"TcpActiveOpens", 7},
                                                    {"MPTcpExtMPCapableSYNTX", 5},
                                                    {"MPTcpExtMPCapableSYNACKRX", 2},
                                                    {"MPTcpExtMPJoinSynTx", 2},
                                                    {"MPTcpExtMPJoinSynAckRx", 2}}),
                                          {{"TcpPassiveOpens", 6}});
  EXPECT_EQ(its, (OpenedConnections{
                     .opened = 5, .mptcp = 2, .tcp = 2, .unanswered = 1, .further_subflows = 2}));
  EXPECT_EQ(its.opened, sum_of_columns(its));
}

TEST(LabProof, NamesFallbacksThatOnlyTheOtherEndNoticed) {
  LabProof its = proof(kAllMptcp);
  its.counters["server"]["MPTcpExtMPCapableFallbackACK"] = 1;  // the third packet lost its option
  its.counters["server"]["MPTcpExtDssFallback"] = 2;
  EXPECT_EQ(answer(its),
            "All 51 connections were MPTCP at the end that opened them, but 3 fell back to TCP at "
            "the end that accepted them.");
  EXPECT_THAT(to_text(its), HasSubstr("A connection falls back if"));
  const auto connections = nlohmann::json::parse(to_json(its))["connections"];
  EXPECT_EQ(connections["client"]["accepted_fell_back"], 0);
  EXPECT_EQ(connections["server"]["accepted_fell_back"], 3);
  its.counters["client"]["MPTcpExtDssFallback"] = 2;
  EXPECT_EQ(answer(its),
            "49 of 51 connections were MPTCP: 2 fell back to TCP, and 1 more fell back to TCP only "
            "at the end that accepted them.");
  its.counters["client"]["MPTcpExtDssFallback"] = 3;
  EXPECT_EQ(answer(its), "48 of 51 connections were MPTCP: 3 fell back to TCP.");
}

// A connection that fell back in its handshake is none that the other end had accepted as MPTCP.
TEST(LabProof, NamesThemNextToFallbacksInTheHandshake) {
  LabProof its = proof({{"TcpActiveOpens", 3},
                        {"MPTcpExtMPCapableSYNTX", 3},
                        {"MPTcpExtMPCapableSYNACKRX", 1},
                        {"MPTcpExtMPCapableFallbackSYNACK", 2}});
  its.counters["server"]["MPTcpExtMPCapableFallbackACK"] = 1;
  EXPECT_THAT(answer(its), HasSubstr("2 fell back to TCP, and 1 more fell back to TCP only"));
}

TEST(LabProof, CountsTcpOnAKernelWithoutMptcp) {
  const Counters change{{"TcpActiveOpens", 2}};
  EXPECT_EQ(by_client(change), (OpenedConnections{.opened = 2, .tcp = 2}));
  EXPECT_EQ(missing_counters(change), MissingCounters{});
}

TEST(LabProof, AnswersInOneSentence) {
  EXPECT_EQ(answer(proof(kAllMptcp)), "All 51 connections were MPTCP.");
  EXPECT_EQ(answer(proof({})), "The command opened no TCP connection in the lab.");
  EXPECT_EQ(answer(proof({{"TcpActiveOpens", 1}})),
            "The only connection was not MPTCP: 1 opened as TCP.");
  EXPECT_THAT(to_text(proof({{"TcpActiveOpens", 1}})), HasSubstr("  mptcpize run COMMAND\n"));
  EXPECT_THAT(answer(proof({{"TcpActiveOpens", 2},
                            {"MPTcpExtMPCapableSYNTX", 2},
                            {"MPTcpExtMPCapableFallbackSYNACK", 2}})),
              HasSubstr("None of the 2 connections was MPTCP: 2 fell back to TCP."));
  EXPECT_THAT(answer(proof({{"TcpActiveOpens", 3},
                            {"MPTcpExtMPCapableSYNTX", 2},
                            {"MPTcpExtMPCapableSYNACKRX", 1}})),
              HasSubstr("1 of 3 connections were MPTCP: 1 opened as TCP, 1 got no answer."));
}

TEST(LabProof, ShowsTheShareOfEachLink) {
  const std::string text = to_text(proof(kAllMptcp));
  EXPECT_THAT(text, HasSubstr("  client              51     51          0    0          0        "
                              "        48\n"));
  EXPECT_THAT(text, ContainsRegex("link1 +3000\\.0 +0\\.0 +75\\.0 % +4 +1\n"));
  EXPECT_THAT(text, ContainsRegex("link2 +750\\.0 +250\\.0 +25\\.0 % +4 +0\n"));
  EXPECT_THAT(text, Not(HasSubstr("  server")));  // it opened none
}

TEST(LabProof, LeavesOutWhatWasNotSampled) {
  LabProof its = proof(kAllMptcp);
  its.samples = 0;
  EXPECT_THAT(to_text(its), Not(HasSubstr("tcp at once")));
  EXPECT_THAT(to_text(its), HasSubstr("the kernel lacks tcp_diag"));
  EXPECT_FALSE(nlohmann::json::parse(to_json(its))["links"][0].contains("most_subflows"));
}

TEST(LabProof, ShowsNoTablesIfNothingHappened) {
  LabProof its = proof({});
  its.links = {{"link1"}};
  EXPECT_EQ(to_text(its), "\n  The command opened no TCP connection in the lab.\n");
}

TEST(LabProof, WritesJson) {
  LabProof its = proof(kAllMptcp);
  its.command = {"sh", "-c", "\xff"};  // not UTF-8
  its.exit_status = 3;
  const auto json = nlohmann::json::parse(to_json(its));
  EXPECT_EQ(json["schema"], "mptcp-bench/lab/1");
  EXPECT_EQ(json["exit_status"], 3);
  EXPECT_EQ(json["connections"]["client"]["mptcp"], 51);
  EXPECT_EQ(json["connections"]["server"]["opened"], 0);
  EXPECT_EQ(json["counters"]["client"]["MPTcpExtMPJoinSynTx"], 49);
  EXPECT_FALSE(json["counters"]["client"].contains("MPTcpExtDssFallback"));  // unchanged
  EXPECT_EQ(json["links"][1]["client_rx_bytes"], 250'000);
  EXPECT_EQ(json["links"][0]["most_subflows"], 4);
}

}  // namespace
}  // namespace mpb
