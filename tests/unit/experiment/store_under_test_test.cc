#include "experiment/store_under_test.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/commands.hh"
#include "refusal.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(StoreCommand, AsksForMptcpInTheWayThatTheStoreKnows) {
  const auto command = [](StoreKind kind, bool native, Transport transport) {
    std::string text;
    for (const std::string& word : store_command({kind, "STORE", "", native, ""}, transport, 6379))
      text += word + " ";
    return text;
  };
  EXPECT_THAT(command(StoreKind::kValkey, true, Transport::kMptcp), HasSubstr("--mptcp yes"));
  EXPECT_THAT(command(StoreKind::kValkey, true, Transport::kTcp), Not(HasSubstr("mptcp")));
  EXPECT_THAT(command(StoreKind::kRedis, false, Transport::kMptcp),
              HasSubstr("mptcpize run STORE --port 6379"));
  EXPECT_THAT(command(StoreKind::kRedis, false, Transport::kTcp), Not(HasSubstr("mptcp")));
  EXPECT_THAT(command(StoreKind::kRedis, false, Transport::kTcp),
              HasSubstr("--save  --appendonly no"));
  EXPECT_THAT(command(StoreKind::kBuiltin, true, Transport::kMptcp),
              HasSubstr("serve --bind 0.0.0.0 --port 6379 --proto mptcp"));
}

TEST(StoreCommand, LetsAsManyConnectAsTheLoad) {
  const StoreChoice redis{StoreKind::kRedis, "STORE", "7.0.15", false, ""};
  EXPECT_THAT(words_for_connections(redis, 9'900), IsEmpty());
  EXPECT_THAT(words_for_connections(redis, 10'000), ElementsAre("--maxclients", "10032"));
  EXPECT_THAT(words_for_connections({StoreKind::kBuiltin, "", "0.1.0", true, ""}, 10'000),
              IsEmpty());
}

TEST(StoreCommand, StartsTheStoreUnderMptcpifyWithoutAnOption) {
  StoreChoice choice{StoreKind::kValkey, "STORE", "9.1.0", true, ""};
  choice.mptcp = StoreMptcp::kMptcpify;
  const std::vector<std::string> argv = store_command(choice, Transport::kMptcp, 6379);
  EXPECT_THAT(shown_text(argv), StartsWith("mptcp-bench mptcpify -- STORE --port 6379 "));
  EXPECT_THAT(argv, Not(Contains("--mptcp")));
  EXPECT_EQ(store_command(choice, Transport::kTcp, 6379).front(), "STORE");
  EXPECT_EQ(listener_reason(choice),
            "mptcpify did not make the listener of valkey-server 9.1.0 MPTCP; use mptcpize");
  EXPECT_THAT(refusal([] { check_store_mptcp({}, StoreMptcp::kMptcpify); }),
              HasSubstr("store-mptcp=mptcpify: the built-in store is MPTCP by itself"));
}

TEST(StoreCommand, HasARemedyForAListenerThatIsNotMptcp) {
  EXPECT_EQ(listener_reason({StoreKind::kRedis, "STORE", "7.0.15", false, ""}),
            "mptcpize run did not make the listener of redis-server 7.0.15 MPTCP; use Valkey 9 or "
            "later, which has the option --mptcp yes, or --store builtin");
  EXPECT_EQ(listener_reason({StoreKind::kValkey, "STORE", "9.1.0", true, ""}),
            "the listener of valkey-server 9.1.0 is not MPTCP; use another version, or --store "
            "builtin");
  EXPECT_EQ(listener_reason({StoreKind::kBuiltin, "", "0.1.0", true, ""}),
            "the listener of the built-in store is not MPTCP");
}

}  // namespace
}  // namespace mpb
