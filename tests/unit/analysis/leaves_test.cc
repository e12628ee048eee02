#include "analysis/leaves.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/links.hh"
#include "made_up_experiment.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::Contains;

// The file says "0p" for a queue without a limit, and its delay is that of one direction.
TEST(Leaves, DescribeLinksInWords) {
  ScenarioRecord scenario;
  const Settings up{{"rate", "100mbit"}, {"delay", "5ms"}, {"jitter", "0ns"},
                    {"loss", "0%"},      {"burst", "1p"},  {"queue", "0p"}};
  Settings down = up;
  scenario.links = {{"link1", up, down, false}};
  EXPECT_THAT(leaves(scenario),
              Contains(std::pair(std::string("links link1"),
                                 std::string("both ways rate 100mbit, delay 5ms, no queue limit; "
                                             "round trip 10ms"))));
  down = {{"rate", "0bit"}, {"delay", "15ms"}, {"loss", "1%"}, {"burst", "4p"}, {"queue", "9p"}};
  EXPECT_EQ(link_description({"link2", up, down, true}),
            "up rate 100mbit, delay 5ms, no queue limit; down no rate limit, delay 15ms, loss 1%, "
            "burst 4p, queue 9p; round trip 20ms; backup");
}

}  // namespace
}  // namespace mpb
