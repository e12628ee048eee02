#include "experiment/target_watch.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Calls = std::map<std::string, std::int64_t>;

TEST(StoreCalls, AreReadFromInfo) {
  const StoreCalls found = store_calls_in(
      "# Commandstats\r\n"
      "cmdstat_get:calls=120,usec=340,usec_per_call=2.83,rejected_calls=3,failed_calls=1\r\n"
      "cmdstat_client|setname:calls=4,usec=5,usec_per_call=1.25\r\n"
      "cmdstat_set:usec=5,calls=7\r\n");
  EXPECT_EQ(found.calls, (Calls{{"client|setname", 4}, {"get", 123}, {"set", 7}}));
  EXPECT_EQ(found.why_not, "");
}

TEST(StoreCalls, MayBeNoneYet) {
  const StoreCalls found = store_calls_in("# Commandstats\r\n");
  EXPECT_THAT(found.calls, IsEmpty());
  EXPECT_EQ(found.why_not, "");
}

TEST(StoreCalls, AreUnknownWithoutTheSection) {
  EXPECT_EQ(store_calls_in("# Server\r\nredis_version:7.0.0\r\n").why_not,
            "its INFO has no commandstats");
  EXPECT_EQ(store_calls_in("").why_not, "its INFO has no commandstats");
}

TEST(StoreCalls, IgnoreWhatNoCommandCanBe) {
  const StoreCalls found = store_calls_in(
      "# Commandstats\n"
      "cmdstat_\x1b[31m:calls=1\n"
      "cmdstat_get\n"
      "cmdstat_:calls=1\n"
      "cmdstat_set:calls=x\n"
      "cmdstat_del:calls=-5\n"
      "cmdstat_incr:calls=9223372036854775807,rejected_calls=9223372036854775807\n"
      "cmdstat_" +
      std::string(65, 'a') + ":calls=1\n");
  EXPECT_EQ(found.calls, (Calls{{"del", 0}, {"incr", 2'000'000'000'000'000}, {"set", 0}}));
}

mpb::Run run_at_a_target(std::int64_t sent, std::int64_t answered) {
  mpb::Run run;
  run.target.emplace();
  run.outcome.calls = {{"get", {sent, answered}}, {"set", {0, 0}}};
  return run;
}

mpb::Run judged(mpb::Run run, const Calls& before, const Calls& after, std::int64_t room = 0) {
  judge_store_calls({before, ""}, {after, ""}, room, run);
  return run;
}

TEST(StoreCalls, AgreeWithOurs) {
  const mpb::Run run = judged(run_at_a_target(100, 98), {{"get", 1000}, {"info", 1}},
                              {{"get", 1099}, {"info", 2}, {"ping", 10}, {"client|setname", 9}});
  EXPECT_THAT(run.invalid_reasons, IsEmpty());
  EXPECT_THAT(run.notes, IsEmpty());
  EXPECT_EQ(run.target->store_calls,
            (Calls{{"client|setname", 9}, {"get", 99}, {"info", 1}, {"ping", 10}}));
}

// Requests that were sent and never answered may not have reached the store.
TEST(StoreCalls, AreAtLeastTheAnsweredOnes) {
  EXPECT_THAT(judged(run_at_a_target(100, 98), {}, {{"get", 98}}).invalid_reasons, IsEmpty());
  EXPECT_THAT(judged(run_at_a_target(100, 98), {}, {{"get", 97}}).invalid_reasons,
              ElementsAre("the store counted 97 get calls (INFO commandstats), although we got 98 "
                          "answers: they came from elsewhere, such as a proxy or another node of a "
                          "cluster"));
  EXPECT_THAT(judged(run_at_a_target(100, 98), {{"set", 1}}, {{"set", 1}}).invalid_reasons,
              ElementsAre(HasSubstr("counted 0 get calls")));
}

TEST(StoreCalls, ShowOtherClients) {
  EXPECT_THAT(judged(run_at_a_target(100, 100), {{"get", 5}, {"hset", 1}},
                     {{"get", 125}, {"hset", 4}, {"set", 7}})
                  .notes,
              ElementsAre("other clients used the store: 30 of its calls were not ours (INFO "
                          "commandstats, with the warm-up)"));
}

// An earlier load may have left requests that the store executes late.
TEST(StoreCalls, MayIncludeAsManyOfAnEarlierLoadAsItsConnectionsHadInFlight) {
  EXPECT_THAT(judged(run_at_a_target(100, 100), {}, {{"get", 110}}, 10).notes, IsEmpty());
  EXPECT_THAT(judged(run_at_a_target(100, 100), {}, {{"get", 111}}, 10).notes,
              ElementsAre(HasSubstr("11 of its calls")));
}

TEST(StoreCalls, AreNotComparedIfTheyAreUnknown) {
  mpb::Run run = run_at_a_target(100, 100);
  judge_store_calls({{}, "NOPERM"}, {{}, "NOPERM"}, 0, run);
  EXPECT_THAT(run.invalid_reasons, IsEmpty());
  EXPECT_THAT(run.notes, IsEmpty());
  EXPECT_EQ(run.target->no_store_calls, "NOPERM");
  EXPECT_THAT(run.target->store_calls, IsEmpty());
}

TEST(StoreCalls, AreNotComparedIfSomebodyResetThem) {
  const mpb::Run run = judged(run_at_a_target(100, 100), {{"get", 1000}}, {{"get", 90}});
  EXPECT_THAT(run.invalid_reasons, IsEmpty());
  EXPECT_EQ(run.target->no_store_calls, "its counts were reset during the run");
}

TEST(Paths, GetTheDevicesOfTheirAddresses) {
  mpb::Run run;
  run.outcome.paths.resize(4);
  run.outcome.paths[0].local = "10.0.1.1";
  run.outcome.paths[1].local = "10.0.2.1";
  run.outcome.paths[2].local = "10.0.2.2";
  run.outcome.paths[3].local = "10.0.9.1";
  name_devices({{"10.0.1.1", "wlan0"}, {"10.0.2.1", "eth0"}, {"10.0.2.2", "eth0"}}, run);
  EXPECT_EQ(run.outcome.paths[0].device, "wlan0");
  EXPECT_EQ(run.outcome.paths[3].device, "");
  EXPECT_THAT(devices_in_use(run), ElementsAre("eth0", "wlan0"));
}

TEST(Blackholes, ExplainAFallback) {
  mpb::Run run;
  judge_blackholes({{"MPTcpExtBlackhole", 1}}, run);
  EXPECT_THAT(run.invalid_reasons, IsEmpty());  // none fell back
  run.mptcp.fallbacks = 3;
  judge_blackholes({{"MPTcpExtMPFallbackTokenInit", 1}}, run);
  EXPECT_THAT(run.invalid_reasons, IsEmpty());
  // The blackhole may have been found earlier.
  judge_blackholes({{"MPTcpExtMPCapableSYNTXDisabled", 3}}, run);
  EXPECT_THAT(run.invalid_reasons,
              ElementsAre(HasSubstr("after which it opened 3 connections as TCP "
                                    "(MPTcpExtMPCapableSYNTXDisabled)")));
}

}  // namespace
}  // namespace mpb
