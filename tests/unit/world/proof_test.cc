#include "world/proof.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// As iproute2 6.1 and 7.3 print them.
TEST(Proof, ReadsTheEndpointsOfIp) {
  EXPECT_THAT(endpoints_from_text({"10.0.2.1 id 1 subflow backup dev link2 ",
                                   "10.1.2.1 port 7100 id 2 signal dev wifi",
                                   "10.0.1.1 id 3 rawflags 20 dev link1", "10.0.3.1 id 4 implicit",
                                   "10.0.4.1 id 5 rawflags 10 ", ""}),
              ElementsAre(Endpoint{"10.0.2.1", "link2", {"subflow", "backup"}},
                          Endpoint{"10.1.2.1", "wifi", {"signal"}},
                          Endpoint{"10.0.1.1", "link1", {"laminar"}}));
}

TEST(Proof, ReadsTheLimitsOfIp) {
  EXPECT_THAT(limits_from_text("add_addr_accepted 0 subflows 1 "),
              ElementsAre(Pair("add_addr_accepted", "0"), Pair("subflows", "1")));
}

}  // namespace
}  // namespace mpb
