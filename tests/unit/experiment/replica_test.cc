// The figures that a run of replication computes from offsets and counters: arithmetic, without a
// store.
#include "experiment/replica.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/store_talk.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The replica follows the primary by 20 ms, which are two samples.
TEST(Lag, IsTheTimeUntilTheReplicaHasWhatThePrimaryHad) {
  const std::vector<OffsetSample> samples{
      {0ms, 100, 100}, {10ms, 200, 100}, {20ms, 300, 100}, {30ms, 300, 200}, {40ms, 300, 300}};
  const Lag lag = lag_of(samples, 0ms, 100ms);
  EXPECT_THAT(lag.bytes, ElementsAre(0, 100, 200, 100, 0));
  EXPECT_THAT(lag.ns, ElementsAre(0, 20'000'000, 20'000'000, 10'000'000, 0));
}

TEST(Lag, CountsOnlyTheWindowButLooksBeyondIt) {
  const std::vector<OffsetSample> samples{
      {0ms, 900, 0}, {10ms, 1000, 0}, {20ms, 2000, 900}, {30ms, 2000, 1000}, {40ms, 2000, 2000}};
  const Lag lag = lag_of(samples, 5ms, 15ms);
  EXPECT_THAT(lag.bytes, ElementsAre(1000));
  EXPECT_THAT(lag.ns, ElementsAre(20'000'000));
}

TEST(Lag, HasNoTimeForWhatNeverArrived) {
  const Lag lag = lag_of({{0ms, 100, 0}, {10ms, 200, 150}}, 0ms, 10ms);
  EXPECT_THAT(lag.bytes, ElementsAre(100, 50));
  EXPECT_THAT(lag.ns, ElementsAre(10'000'000));
  EXPECT_TRUE(lag_of({}, 0ms, 1s).bytes.empty());
}

TEST(Transfer, EndsWhenOnlyAcknowledgementsAreLeft) {
  EXPECT_EQ(
      carried_by({{10ms, 0}, {20ms, 50'000}, {30ms, 99'000}, {900ms, 99'066}, {1000ms, 99'132}},
                 4096),
      30ms);
  EXPECT_EQ(carried_by({{10ms, 0}, {20ms, 50'000}}, 4096), 20ms);
  EXPECT_EQ(carried_by({{10ms, 70}}, 4096), 10ms);
}

TEST(Spread, LeavesOutATailThatItCannotTell) {
  std::vector<std::int64_t> values;
  for (int i = 999; i > 0; --i) values.push_back(i);
  EXPECT_EQ(spread_of(values).p50, 500);
  EXPECT_FALSE(spread_of(values).p99);
  values.push_back(1000);
  EXPECT_EQ(spread_of(values).p99, 990);
  EXPECT_EQ(spread_of(values).max, 1000);
}

TEST(MptcpCounters, AreTakenByTheirNames) {
  const MptcpCounters counters = mptcp_counters({{"MPTcpExtMPCapableSYNRX", 9},
                                                 {"MPTcpExtMPCapableSYNTX", 7},
                                                 {"MPTcpExtMPCapableSYNACKRX", 6},
                                                 {"MPTcpExtMPCapableFallbackACK", 1},
                                                 {"MPTcpExtDssFallback", 3}});
  EXPECT_EQ(counters.asked, 7);
  EXPECT_EQ(counters.answered, 6);
  EXPECT_EQ(counters.fallbacks, 4);
}

TEST(StoreTalk, FindsAFieldOfInfo) {
  const std::string info =
      "# Replication\r\nrole:slave\r\nmaster_link_status:up\r\nslave_repl_offset:42\r\n";
  EXPECT_EQ(info_field(info, "master_link_status"), "up");
  EXPECT_EQ(info_field(info, "repl_offset"), "");
  EXPECT_EQ(info_field("\nrun_id:\x1b[31m\xff\xc2\x9b", "run_id"), "\\x1b[31m\\xff\\u009b");
  EXPECT_EQ(info_field("\nrun_id:" + std::string(100, 'x'), "run_id"), std::string(64, 'x'));
}

TEST(StoreTalk, TakesAReplyOnceItIsWhole) {
  const auto text_of = [](std::string_view bytes) -> std::string {
    const std::optional<StoreReply> reply = whole_reply(bytes);
    return reply ? (reply->error ? "error: " : "") + reply->text : "not whole";
  };
  EXPECT_EQ(text_of("+PONG\r"), "not whole");
  EXPECT_EQ(text_of("+PONG\r\n"), "PONG");
  EXPECT_EQ(text_of("-ERR no\r\n:1\r\n"), "error: ERR no");
  EXPECT_EQ(text_of("$4\r\na\r\nb\r"), "not whole");
  EXPECT_EQ(text_of("$4\r\na\r\nb\r\n"), "a\r\nb");
  EXPECT_EQ(text_of("$-1\r\n"), "");
  EXPECT_EQ(text_of("$9223372036854775807\r\na\r\n"), "not whole");
  EXPECT_EQ(text_of("\r\n+OK\r\n"), "");
}

ExperimentOptions replication(StoreKind kind) {
  ExperimentOptions options;
  options.store = {kind, "STORE", "9.1.0", kind != StoreKind::kRedis, ""};
  options.protos = {Proto::kTcp, Proto::kMptcp};
  options.workload.kind = WorkloadKind::kReplicaSync;
  options.workload.ops = {Op{0}};
  options.workload.rate = 1000;
  return options;
}

template <class Change>
std::string replica_refusal(Change change) {
  ExperimentOptions options = replication(StoreKind::kRedis);
  change(options);
  try {
    check_replica(options);
  } catch (const BadInput& error) {
    return error.what();
  }
  return "taken";
}

TEST(Replica, RefusesWhatCannotReplicate) {
  EXPECT_EQ(replica_refusal([](ExperimentOptions&) {}), "taken");
  EXPECT_THAT(replica_refusal([](ExperimentOptions& o) { o.store.kind = StoreKind::kBuiltin; }),
              HasSubstr("apt-get install redis-server mptcpize"));
  EXPECT_THAT(replica_refusal([](ExperimentOptions& o) { o.target = Target{}; }),
              HasSubstr("does not go with --target"));
  EXPECT_THAT(replica_refusal([](ExperimentOptions& o) { o.workload.rate.reset(); }),
              HasSubstr("give --rate"));
  EXPECT_THAT(replica_refusal([](ExperimentOptions& o) { o.workload.ops = {Op{100}}; }),
              HasSubstr("leave --op out"));
  EXPECT_THAT(replica_refusal([](ExperimentOptions& o) { o.workload.data = 1_kib; }),
              HasSubstr("smaller than one value of 4k"));
  EXPECT_THAT(replica_refusal([](ExperimentOptions& o) { o.protos = {Proto::kTcpSplit}; }),
              HasSubstr("tcp-split"));
  EXPECT_THAT(replica_refusal([](ExperimentOptions& o) { o.scenario.events.emplace_back(); }),
              HasSubstr("has events"));
}

std::string text_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

TEST(Replica, AsksForMptcpInTheWayThatTheStoreKnows) {
  const auto replica = [](StoreKind kind, Proto proto) {
    return text_of(
        replica_commands(replication(kind), {0, 0, proto, Op{0}, parse_value_size("4k")}).replica);
  };
  EXPECT_THAT(replica(StoreKind::kValkey, Proto::kMptcp), HasSubstr("--repl-mptcp yes"));
  EXPECT_THAT(replica(StoreKind::kValkey, Proto::kTcp), Not(HasSubstr("mptcp")));
  EXPECT_THAT(replica(StoreKind::kRedis, Proto::kMptcp), HasSubstr("mptcpize run STORE"));
  EXPECT_THAT(replica(StoreKind::kRedis, Proto::kMptcp), Not(HasSubstr("repl-mptcp")));
  EXPECT_THAT(replica(StoreKind::kRedis, Proto::kTcp), Not(HasSubstr("mptcp")));
}

TEST(Replica, LoadsThePrimaryOverLoopbackByTcp) {
  const ReplicaCommands commands = replica_commands(
      replication(StoreKind::kRedis), {0, 0, Proto::kMptcp, Op{0}, parse_value_size("4k")});
  EXPECT_THAT(text_of(commands.primary), HasSubstr("--repl-diskless-sync-delay 0"));
  EXPECT_THAT(text_of(commands.fill), HasSubstr("-r 16384"));  // 64 MiB of 4 KiB
  EXPECT_THAT(text_of(commands.load), HasSubstr("--proto tcp --op set --size 4k"));
  EXPECT_THAT(text_of(commands.load), Not(HasSubstr("--subflows")));
}

}  // namespace
}  // namespace mpb
