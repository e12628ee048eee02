#include "analysis/evidence.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/analysis.hh"
#include "analysis/compare.hh"
#include "analysis/write.hh"
#include "made_up.hh"
#include "output/tables.hh"
#include "output/terminal.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Blocks of TCP over one path and MPTCP over two.
Result at_target(
    const Change& change = [](mpb::Run&) {}, int blocks = 1) {
  Result result = result_with(
      [&](mpb::Run& run) {
        const bool mptcp = run.proto == "mptcp";
        run.links.clear();
        run.kernel.clear();
        run.mptcp = run.outcome.mptcp_end = mptcp ? MptcpProof{50, 0, 2, 2, 50} : MptcpProof{};
        run.outcome.paths = {{"10.0.1.1", "10.9.0.1", "eth0", 50, 50, 0, 1000, 10, 5000}};
        if (mptcp)
          run.outcome.paths.push_back({"10.0.2.1", "10.9.0.1", "wlan0", 50, 49, 1, 500, 0, 1500});
        run.outcome.calls = {{"get", {100, 98}}};
        run.target.emplace().store_calls = {{"get", 99}, {"ping", 50}};
        change(run);
      },
      blocks);
  result.capacities.clear();
  result.store.kind = "target";
  result.scenario.name = "target", result.scenario.backend = "none";
  NamespaceRecord& client = result.environment.namespaces["client"];
  client.qdiscs = {"qdisc fq 0: dev eth0 root"};
  client.mptcp_endpoints = {"10.0.2.1 id 1 subflow dev wlan0"};
  client.mptcp_limits = "subflows 2";
  return result;
}

TEST(Evidence, IsCompleteOverLinksOfOurs) {
  EXPECT_THAT(evidence_sentences(result_with([](mpb::Run&) {})), IsEmpty());
}

TEST(Evidence, NamesTheChecksThatWereNotMade) {
  EXPECT_THAT(evidence_sentences(at_target()),
              ElementsAre(StartsWith("Evidence: mptcp-bench built neither the network nor the "
                                     "store, and saw only this host, so the evidence is weaker"),
                          StartsWith("These checks could not be made: packets lost outside"),
                          "The store's own counts of GET and SET (INFO commandstats) agree with "
                          "ours in all 2 runs."));
}

// Two hosts with a path each are not one host with two.
TEST(Evidence, CountsThePathsOfEachHost) {
  mpb::Run run;
  for (const char* host : {"rank 0 on a", "rank 1 on b"}) {
    PathCount path{"10.0.1.1", "10.9.0.1", "", 1, 1, 0, 100, 0, 1000};
    path.host = host;
    run.outcome.paths.push_back(path);
  }
  EXPECT_EQ(paths_of(run), 1u);
  run.outcome.paths[1].host = "rank 0 on a";
  EXPECT_EQ(paths_of(run), 2u);
}

// Results of older versions have no counts at a target.
TEST(Evidence, OfOlderResultsIsWeakToo) {
  Result result = at_target([](mpb::Run& run) {
    run.target.reset();
    run.outcome.paths.clear();
    run.outcome.calls.clear();
  });
  EXPECT_THAT(evidence_sentences(result), SizeIs(2));
  EXPECT_THAT(path_table(analyse(result)).rows, IsEmpty());
}

TEST(Evidence, SaysThatMptcpHadOnePath) {
  const Result one = at_target([](mpb::Run& run) {
    run.outcome.paths.resize(1);
    if (run.proto == "mptcp") run.mptcp = run.outcome.mptcp_end = {50, 0, 1, 1, 0};
    if (run.proto == "mptcp") run.invalid_reasons = {"MPTCP had a single path"};
  });
  EXPECT_THAT(evidence_sentences(one),
              Contains("MPTCP had one path in the run: from 10.0.1.1 (eth0) to 10.9.0.1."));
  const Table table = throughput_table(analyse(one));
  EXPECT_THAT(table.rows[1], Contains("INVALID"));
  EXPECT_THAT(table.rows[1], Contains("1"));
}

TEST(Evidence, SaysThatAllPathsUsedOneInterface) {
  const Result result = at_target([](mpb::Run& run) {
    if (run.proto == "mptcp") run.outcome.paths[1].device = "eth0";
  });
  EXPECT_THAT(
      evidence_sentences(result),
      Contains("All paths of MPTCP used the same interface of this host, eth0, in the run."));
}

TEST(Evidence, CountsTheRunsInWhichTheStoreAgreed) {
  const Result result = at_target(
      [](mpb::Run& run) {
        if (run.block == 0) run.target->store_calls["get"] = 5000;
        if (run.block == 1) run.target->store_calls.clear(), run.target->no_store_calls = "NOPERM";
      },
      3);
  EXPECT_THAT(evidence_sentences(result),
              AllOf(Contains("The store's own counts of GET and SET (INFO commandstats) agree with "
                             "ours in 2 of 4 runs."),
                    Contains("The store's own counts (INFO commandstats) could not be compared "
                             "with ours in 2 of 6 runs: NOPERM.")));
}

TEST(Evidence, NamesTheStateOfTheHost) {
  Result result = at_target([](mpb::Run& run) {
    run.target->tcp_metrics = run.proto == "mptcp" ? 1 : 0;
    run.target->blackholes = 2;
  });
  result.environment.namespaces["client"].qdiscs.clear();
  result.environment.namespaces["client"].offloads["link1"] = {"tx-udp-segmentation: on"};
  result.environment.namespaces["client"].mptcp_endpoints.reset();
  EXPECT_THAT(evidence_sentences(result),
              AllOf(Contains(StartsWith("In 1 of 2 runs this host knew TCP metrics")),
                    Contains(StartsWith("This host has found an MPTCP blackhole 2 times")),
                    Contains("Not recorded, because the tools of iproute2 are missing or failed: "
                             "MPTCP endpoints and limits (ip), qdiscs (tc).")));
}

TEST(Evidence, IsInTheTableOfPaths) {
  const Table table = path_table(analyse(at_target([](mpb::Run&) {}, 3)));
  EXPECT_THAT(
      table.rows,
      ElementsAre(
          ElementsAre("GET 4k", "tcp", "eth0", "10.0.1.1", "10.9.0.1", "50", "100 %", "1.00 %"),
          ElementsAre("GET 4k", "mptcp", "eth0", "10.0.1.1", "10.9.0.1", "50", "75 %", "1.00 %"),
          ElementsAre("GET 4k", "mptcp", "wlan0", "10.0.2.1", "10.9.0.1", "49", "25 %", "0.00 %")));
}

TEST(Evidence, IsInTheTableOfThroughput) {
  const Result result = at_target([](mpb::Run&) {}, 3);
  const std::string text = terminal_text(analyse(result), "title", std::nullopt);
  EXPECT_THAT(text, HasSubstr("subflows  paths"));
  EXPECT_THAT(text, HasSubstr("Evidence: mptcp-bench built neither"));
  // Not where links of ours show more.
  const Result ours = result_with([](mpb::Run&) {}, 3);
  EXPECT_THAT(terminal_text(analyse(ours), "title", std::nullopt),
              Not(HasSubstr("subflows  paths")));
}

TEST(Evidence, IsInTheResult) {
  EXPECT_THAT(to_json(analyse(at_target())), HasSubstr("\"evidence\": [\"Evidence: mptcp-bench"));
  EXPECT_THAT(to_json(analyse(result_with([](mpb::Run&) {}))), Not(HasSubstr("\"evidence\"")));
}

TEST(Evidence, OfTwoResultsIsCompared) {
  const Result a = at_target();
  Result b = at_target([](mpb::Run& run) {
    run.outcome.paths.push_back({"10.0.3.1", "10.9.0.1", "eth2", 50, 50, 0, 1, 0, 1});
  });
  b.environment.namespaces["client"].mptcp_limits = "subflows 8";
  EXPECT_THAT(differences(a, b).listed,
              ElementsAre("this host's mptcp_limits: subflows 2 and subflows 8",
                          "paths of each protocol: mptcp 2, tcp 1 and mptcp 3, tcp 2"));
}

}  // namespace
}  // namespace mpb
