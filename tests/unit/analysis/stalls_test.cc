#include "analysis/stalls.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up.hh"
#include "output/export/export.hh"
#include "output/tables.hh"
#include "output/terminal.hh"
#include "outputs.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

// The stall of a single run is a matter of luck. With six blocks the table shows an interval.
TEST(Stalls, HaveIntervalsFromSixBlocksOn) {
  const Change vary = [](mpb::Run& run) {
    fail_over(run);
    for (Segment& segment : run.outcome.segments) segment.longest_stall = 40ms + 1ms * run.block;
    *run.outcome.longest_stall += 1ms * run.block;
    *run.outcome.segments[1].first_success += 1ms * run.block;
    run.outcome.duration = 1s;
  };
  const Result five = result_with(vary, 5), six = result_with(vary, 6);
  const std::string heading = " metric +ms +95 % +vs tcp +verdict ";
  EXPECT_THAT(terminal_text(analyse(five), ""), Not(ContainsRegex(heading)));
  EXPECT_THAT(terminal_text(analyse(six), ""), ContainsRegex(heading));
  EXPECT_THAT(terminal_text(analyse(six), ""),
              ContainsRegex("mptcp +longest stall +152 +150-155 +0.50x "));
  const Analysis analysis = analyse(six);
  const std::string summary = exported(six, "markdown");
  EXPECT_THAT(summary, HasSubstr("| GET 4k | mptcp | longest stall | 152 | 150-155 | 0.50x | "));
  EXPECT_THAT(summary,
              ContainsRegex("\\| 0.50[0-9]x \\| [^|]+ \\| longest stall \\| 0.500-0.508 \\|"));
  EXPECT_THAT(exported(five, "markdown"),
              HasSubstr("| GET 4k | mptcp | longest stall | 152 | 0.50x | no verdict | 5 |"));
  EXPECT_THAT(to_html(stall_table(analysis)), ContainsRegex(">150-155</td><td[^>]*>0.50x</td>"));
  EXPECT_THAT(to_html(event_table(analysis)),
              ContainsRegex(">42.5</td><td[^>]*>40.0-45.0</td><td[^>]*>102</td>"
                            "<td[^>]*>100-105</td>"));
  const std::string junit = exported(six, "junit");
  EXPECT_THAT(junit,
              HasSubstr("/longest_stall/mptcp\" value=\"152 ms (95 %: 150 ms to 155 ms) of 6 "
                        "runs\"/>"));
  EXPECT_THAT(junit, HasSubstr("/first_success/mptcp-vs-tcp\" value=\"0.50"));
  EXPECT_THAT(junit, HasSubstr("longest_stall: 150 ms"));
  EXPECT_THAT(exported(result_with([](mpb::Run&) {}, 6), "markdown"),
              Not(HasSubstr("Longest stall")));
}

}  // namespace
}  // namespace mpb
