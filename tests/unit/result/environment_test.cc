#include "result/environment.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpb {
namespace {

using ::testing::ElementsAre;

TEST(Environment, NamesSettingsThatANamespaceDoesNotHave) {
  EXPECT_THAT(settings_not_inherited({{"net.ipv4.tcp_congestion_control", "bbr"},
                                      {"net.ipv4.tcp_ehash_entries", "262144"},
                                      {"net.ipv4.tcp_mem", "1 2 3"},
                                      {"net.ipv4.tcp_sack", "0"},
                                      {"net.mptcp.enabled", "1"}},
                                     {{"net.ipv4.tcp_congestion_control", "bbr"},
                                      {"net.ipv4.tcp_ehash_entries", "-262144"},
                                      {"net.ipv4.tcp_sack", "1"},
                                      {"net.mptcp.enabled", "1"}}),
              ElementsAre("net.ipv4.tcp_sack=0"));
}

}  // namespace
}  // namespace mpb
