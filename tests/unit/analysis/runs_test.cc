#include "analysis/runs.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;

Run invalid_run(const std::string& proto, const std::string& reason) {
  Run run = run_of(proto, 1000);
  run.invalid_reasons = {reason};
  return run;
}

TEST(InvalidSentences, AreOneForRunsWithTheSameReason) {
  const std::string fell = "fell back to TCP on 50 of 50 connections";
  const Result result = result_of({run_of("tcp", 1000), invalid_run("mptcp", fell),
                                   invalid_run("tcp", fell), invalid_run("mptcp", fell),
                                   invalid_run("mptcp", "a gap"), invalid_run("mptcp", fell)});
  EXPECT_THAT(invalid_sentences(result),
              ElementsAre("runs 2, 3, 4 and 6 of 6 (mptcp get 4k, tcp get 4k) are not results: " +
                              fell + ".",
                          "run 5 of 6 (mptcp get 4k) is not a result: a gap."));
}

TEST(InvalidSentences, CountCellsThatAreTooManyToName) {
  std::vector<mpb::Run> runs;
  for (const char* proto : {"tcp", "mptcp", "tcp-split", "mptcp-one"})
    runs.push_back(invalid_run(proto, "a gap"));
  EXPECT_THAT(invalid_sentences(result_of(std::move(runs))),
              ElementsAre("runs 1, 2, 3 and 4 of 4 (4 cells) are not results: a gap."));
}

// A name ends with a colon too, but what follows is not a remedy.
TEST(InvalidSentences, KeepTheReasonsOfEachHost) {
  mpb::Run run = run_of("mptcp", 1000);
  run.hosts.resize(2);
  run.hosts[0].name = "client";
  run.hosts[1].name = "rank 1 on a";
  for (const char* name : {"client", "rank 1 on a"})
    run.invalid_reasons.push_back(std::string(name) + ": fell back to TCP on 2 of 5 connections");
  run.invalid_reasons.push_back("client: used 86 % of a CPU: use slower links");
  run.invalid_reasons.push_back("rank 1 on a: used 87 % of a CPU: use slower links");
  const Result result = result_of({run});
  EXPECT_THAT(invalid_sentences(result),
              ElementsAre("run 1 of 1 (mptcp get 4k) is not a result: "
                          "client: fell back to TCP on 2 of 5 connections; "
                          "rank 1 on a: fell back to TCP on 2 of 5 connections; "
                          "client: used 86 % of a CPU: use slower links; "
                          "rank 1 on a: used 87 % of a CPU."));
}

TEST(InvalidSentences, GiveARemedyOnce) {
  EXPECT_THAT(
      invalid_sentences(result_of({invalid_run("tcp", "used 86 % of a CPU: use slower links"),
                                   invalid_run("tcp", "used 87 % of a CPU: use slower links"),
                                   invalid_run("tcp", "lost packets: use fewer connections")})),
      ElementsAre("run 1 of 3 (tcp get 4k) is not a result: used 86 % of a CPU: use slower links.",
                  "run 2 of 3 (tcp get 4k) is not a result: used 87 % of a CPU.",
                  "run 3 of 3 (tcp get 4k) is not a result: lost packets: use fewer connections."));
}

TEST(InvalidSentences, CountRunsThatAreTooManyToList) {
  EXPECT_THAT(invalid_sentences(result_of(std::vector<mpb::Run>(9, invalid_run("tcp", "a gap")))),
              ElementsAre("runs 1, 2, 3, 4, 5, 6, 7, 8 and 9 of 9 (tcp get 4k) are not results: a "
                          "gap."));
  EXPECT_THAT(invalid_sentences(result_of(std::vector<mpb::Run>(12, invalid_run("tcp", "a gap")))),
              ElementsAre("runs 1, 2, 3, 4, 5, 6, 7, 8 and 4 more of 12 (tcp get 4k) are not "
                          "results: a gap."));
}

}  // namespace
}  // namespace mpb
