#include "experiment/commands.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_experiment.hh"
#include "scenario/clients.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// By the direction in which the values go. A link without a limit has no rate to go by.
TEST(TcpSplit, DividesConnectionsByTheRatesOfTheLinks) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.scenario = scenario_from_json(
      R"({"links": [{"name": "a", "rate": "80mbit"},
                    {"name": "b", "rate": "20mbit", "up": {"rate": "80mbit"}}]})",
      "mine.json");
  Cell cell{.proto = Proto::kTcpSplit, .op = {100}, .size = parse_value_size("4k")};
  const auto words = [&] { return shown_text(load_command(options, cell, 0)); };
  EXPECT_THAT(words(), HasSubstr(" load -h 10.1.1.1,10.1.2.1 -p 6379 --split 40,10 --proto tcp "));
  cell.op = {0};
  EXPECT_THAT(words(), HasSubstr(" --split 25,25 "));
  cell.op = {50};  // 80 and 50
  EXPECT_THAT(words(), HasSubstr(" --split 31,19 "));
  options.workload.connections = 1;
  EXPECT_THAT(words(), HasSubstr(" --split 1,0 "));
  options.workload.connections = 50;
  options.scenario.links[1].down.rate = {};
  EXPECT_THAT(words(), HasSubstr(" --split 25,25 "));
  cell.proto = Proto::kTcp;
  EXPECT_THAT(words(), Not(HasSubstr("--split")));
}

// The connections and the rate are those of all hosts; each divides its own share over the links.
TEST(LoadCommand, NamesThePartOfAHost) {
  ExperimentOptions options = experiment_over_unequal_links(1, 1);
  options.workload.connections = 5;
  Cell cell{.proto = Proto::kTcp, .op = {100}, .size = parse_value_size("4k"), .rate = 300};
  const auto words = [&](Part part) { return shown_text(load_command(options, cell, 0, part)); };
  EXPECT_THAT(words({0, 1}), Not(HasSubstr("--part")));
  EXPECT_THAT(words({1, 2}), HasSubstr(" -c 5 "));
  EXPECT_THAT(words({1, 2}), HasSubstr(" --rate 300 "));
  EXPECT_THAT(words({1, 2}), HasSubstr(" --part 2/2 --events"));
  cell.proto = Proto::kTcpSplit;
  options.scenario.links[0].down.rate = options.scenario.links[1].down.rate;
  options.scenario.clients = 2;
  add_clients(2, options.scenario.links, options.scenario.backups);
  EXPECT_THAT(words({0, 2}), HasSubstr(" --split 2,1 "));
  EXPECT_THAT(words({1, 2}), HasSubstr(" --split 1,1 "));
}

}  // namespace
}  // namespace mpb
