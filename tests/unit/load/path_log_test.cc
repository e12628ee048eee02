#include "load/path_log.hh"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "net/mptcp.hh"

namespace mpb {
namespace {

Address address(const char* host, std::uint16_t port) {
  Address its;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&its.storage);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(port);
  inet_pton(AF_INET, host, &v4->sin_addr);
  its.length = sizeof *v4;
  return its;
}

Subflow subflow(const char* local, std::uint16_t port, std::uint64_t sent, std::uint64_t again = 0,
                std::uint64_t received = 0) {
  return {address(local, port), address("10.9.0.1", 6379), true, sent, again, received, 0, 0};
}

TEST(PathLog, CountsTheBytesOfTheWindowForEachPairOfAddresses) {
  PathLog log(Transport::kMptcp);
  log.open({subflow("10.0.1.1", 1000, 500, 50, 5000), subflow("10.0.2.1", 1001, 100)});
  log.open({subflow("10.0.1.1", 1002, 10)});
  log.close({subflow("10.0.1.1", 1000, 800, 60, 9000), subflow("10.0.2.1", 1001, 140, 0, 7)});
  log.close({subflow("10.0.1.1", 1002, 30)});
  EXPECT_EQ(log.paths(),
            (std::vector<PathCount>{{"10.0.1.1", "10.9.0.1", "", 2, 2, 0, 320, 10, 4000},
                                    {"10.0.2.1", "10.9.0.1", "", 1, 1, 0, 40, 0, 7}}));
}

TEST(PathLog, CountsAConnectionThatOpensOrClosesInTheWindow) {
  PathLog log(Transport::kTcp);
  log.open({subflow("10.0.1.1", 1000, 500)});
  log.leave({subflow("10.0.1.1", 1000, 600)});
  log.leave({subflow("10.0.1.1", 1001, 70)});  // opened and closed
  log.close({subflow("10.0.1.1", 1002, 5)});   // opened
  EXPECT_EQ(log.paths(),
            (std::vector<PathCount>{{"10.0.1.1", "10.9.0.1", "", 1, 1, 0, 175, 0, 0}}));
}

// A new connection may get the port of an earlier one, and then counts from 0.
TEST(PathLog, DoesNotMistakeAPortThatIsUsedAgain) {
  PathLog log(Transport::kTcp);
  log.open({subflow("10.0.1.1", 1000, 500)});
  log.leave({subflow("10.0.1.1", 1000, 600)});
  log.close({subflow("10.0.1.1", 1000, 20)});
  EXPECT_EQ(log.paths().front().bytes_sent, 120);
}

TEST(PathLog, CountsSubflowsThatAreGone) {
  PathLog log(Transport::kMptcp);
  log.open({subflow("10.0.1.1", 1000, 500), subflow("10.0.2.1", 1001, 100)});
  log.close({subflow("10.0.1.1", 1000, 800)});
  const std::vector<PathCount> paths = log.paths();
  EXPECT_EQ(paths[0].subflows_gone, 0);
  EXPECT_EQ(paths[1].subflows_gone, 1);
  EXPECT_EQ(paths[1].subflows_end, 0);
  EXPECT_EQ(paths[1].bytes_sent, 0);
}

TEST(PathLog, SumsOverThreads) {
  Outcome all, other;
  all.paths = {{"10.0.1.1", "10.9.0.1", "", 1, 1, 0, 10, 1, 100}};
  all.calls = {{"get", {5, 4}}};
  other.paths = {{"10.0.1.1", "10.9.0.1", "", 2, 1, 1, 30, 0, 200},
                 {"10.0.2.1", "10.9.0.1", "", 1, 1, 0, 7, 0, 0}};
  other.calls = {{"get", {2, 2}}, {"set", {1, 1}}};
  all.merge(other);
  EXPECT_EQ(all.paths, (std::vector<PathCount>{{"10.0.1.1", "10.9.0.1", "", 3, 2, 1, 40, 1, 300},
                                               {"10.0.2.1", "10.9.0.1", "", 1, 1, 0, 7, 0, 0}}));
  EXPECT_EQ(all.calls, (std::map<std::string, CallCount>{{"get", {7, 6}}, {"set", {1, 1}}}));
}

}  // namespace
}  // namespace mpb
