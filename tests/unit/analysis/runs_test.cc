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
              ElementsAre("runs 2, 4 and 6 of 6 (mptcp get 4k) are not results: " + fell + ".",
                          "run 3 of 6 (tcp get 4k) is not a result: " + fell + ".",
                          "run 5 of 6 (mptcp get 4k) is not a result: a gap."));
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
