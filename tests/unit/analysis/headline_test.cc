#include "analysis/headline.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up.hh"
#include "output/answer.hh"
#include "output/export/export.hh"
#include "output/terminal.hh"
#include "outputs.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

void offer(Run& run, int requests) {
  run.rate_rps = run.throughput_rps = 100;
  run.arrivals = "poisson";
  run.outcome.response.record(run.proto == "mptcp" ? 10ms : 20ms, requests);
}

// A ratio that is 1.00 by construction shows nothing.
TEST(Headline, IsAMetricThatCanDiffer) {
  const auto texts = [](const Change& change) {
    const Result result = result_with(change);
    return terminal_text(analyse(result), "") + answer(analyse(result)) +
           exported(result, "markdown");
  };
  EXPECT_THAT(texts([](mpb::Run&) {}),
              AllOf(HasSubstr("  vs tcp"), HasSubstr(" 2.00x "), HasSubstr("| vs tcp |"),
                    HasSubstr("MPTCP got 2.00 times the throughput of TCP")));
  const auto of_p99 =
      AllOf(HasSubstr("  p99 vs tcp"), HasSubstr(" 0.50x "), HasSubstr("| p99 vs tcp |"),
            HasSubstr("MPTCP had 0.50 times the p99 latency of TCP"));
  EXPECT_THAT(texts([](mpb::Run& run) { offer(run, 5000); }), of_p99);
  EXPECT_THAT(texts([](mpb::Run& run) { offer(run, 500); }), HasSubstr("p50 vs tcp"))
      << "too few requests for a p99";
  EXPECT_THAT(texts([](mpb::Run& run) { offer(run, 5000), run.saturated = run.proto == "tcp"; }),
              AllOf(HasSubstr(" vs tcp"), Not(HasSubstr("p99 vs tcp"))));
  EXPECT_THAT(texts(fail_over), AllOf(HasSubstr("  longest stall vs tcp"), HasSubstr(" 0.50x "),
                                      HasSubstr("| longest stall vs tcp |"),
                                      HasSubstr("MPTCP had 0.50 times the longest stall of TCP")));
  EXPECT_THAT(texts([](mpb::Run& run) { offer(run, 5000), fail_over(run); }),
              HasSubstr("  longest stall vs tcp"));
}

TEST(Headline, LeadsTheVerdicts) {
  const auto first = [](const Change& change) {
    const Result result = result_with(change);
    return std::string(ratios_in(analyse(result)).front()->metric->name);
  };
  EXPECT_EQ(first([](mpb::Run&) {}), "throughput");
  EXPECT_EQ(first([](mpb::Run& run) { offer(run, 5000); }), "p99");
  EXPECT_EQ(first(fail_over), "longest_stall");
}

}  // namespace
}  // namespace mpb
