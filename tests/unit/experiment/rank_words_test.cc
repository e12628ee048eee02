#include "experiment/rank_words.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

template <class F>
std::string failure_of(const F& f) {
  try {
    f();
  } catch (const RunFailed& error) {
    return error.what();
  }
  return "";
}

TEST(RankWords, KeepALine) {
  const RankLine line = parse_rank_line(to_text(RankLine{"out", 7, R"({"event": "ready"}  )"}));
  EXPECT_EQ(line.verb, "out");
  EXPECT_EQ(line.load, 7);
  EXPECT_EQ(line.text, R"({"event": "ready"}  )");
}

TEST(RankWords, RefuseAnotherLine) {
  for (const char* text : {"", "out", "out x", "run 1 sh", "1 out"})
    EXPECT_THAT(failure_of([&] { parse_rank_line(text); }),
                HasSubstr("install the same mptcp-bench on every host"))
        << text;
}

TEST(RankWords, KeepEveryWordOfACommand) {
  const CommandLine command{"mptcp-bench", "load", "", "two words", "a\nb", "\"'\\", "\xc3\xa4"};
  const std::string json = command_json(command);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  EXPECT_EQ(command_from(json), command);
}

TEST(RankWords, KeepTheEndOfALoad) {
  const LoadEnd end = end_from(end_json({"exited with 77", "too many\nconnections", true}));
  EXPECT_EQ(end.how, "exited with 77");
  EXPECT_EQ(end.last_words, "too many\nconnections");
  EXPECT_TRUE(end.cannot_run);
  EXPECT_FALSE(end_from(end_json({})).cannot_run);
}

// A rank of another version sends other fields, and a broken one anything.
TEST(RankWords, RefuseOtherJson) {
  for (const char* json : {"", "{", "[1]", "{}", R"({"how": 1})", "[[]]"}) {
    EXPECT_NE(failure_of([&] { command_from(json); }), "") << json;
    EXPECT_NE(failure_of([&] { end_from(json); }), "") << json;
    EXPECT_NE(failure_of([&] { rank_from(json); }), "") << json;
  }
}

TEST(RankWords, ARankHasTheFieldsThatDiffer) {
  const RankRecord first{.name = "rank 0 on a",
                         .kernel = "Linux 6.1",
                         .cpu = "X",
                         .cpus = 2,
                         .sysctls = {{"net.mptcp.enabled", "1"}, {"net.ipv4.tcp_ecn", "2"}}};
  RankRecord other = first;
  other.name = "rank 1 on b";
  other.cpus = 64;
  other.sysctls["net.ipv4.tcp_ecn"] = "1";
  other.sysctls["net.mptcp.scheduler"] = "default";
  const RankRecord rank = rank_from(rank_json(differences(other, first)));
  EXPECT_EQ(rank.name, "rank 1 on b");
  EXPECT_THROW(rank_from(R"({"tool_version": "0.0.1", "host": {"name": "rank 1 on b"}})"),
               RunFailed);
  EXPECT_EQ(rank.kernel, std::nullopt);
  EXPECT_EQ(rank.cpu, std::nullopt);
  EXPECT_EQ(rank.cpus, 64);
  EXPECT_THAT(rank.sysctls,
              ElementsAre(Pair("net.ipv4.tcp_ecn", "1"), Pair("net.mptcp.scheduler", "default")));
}

}  // namespace
}  // namespace mpb
