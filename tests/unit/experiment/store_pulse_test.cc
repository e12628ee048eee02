#include "experiment/store_pulse.hh"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string_view>

namespace mpb {
namespace {

// A store that answers its first PING after more than 12 ms, and then closes the connection.
TEST(StorePulse, KeepsTheGapsBeforeItsConnectionBroke) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  StorePulse pulse(Fd{ends[0]}, 1ms);
  Fd store{ends[1]};
  EXPECT_EQ(pulse.due(), Nanos::max());
  pulse.open();
  const Nanos asked = now();
  while (now() - asked <= 12ms) continue;
  EXPECT_GT(pulse.silences().longest, 12ms);  // it has not answered so far
  constexpr std::string_view kPong = "+PONG\r\n";
  ASSERT_EQ(send(store.get(), kPong.data(), kPong.size(), 0), static_cast<ssize_t>(kPong.size()));
  pulse.beat();
  store = Fd{};
  pulse.beat();
  EXPECT_TRUE(pulse.is_broken());
  EXPECT_EQ(pulse.due(), Nanos::max());
  EXPECT_GT(pulse.silences().longest, 12ms);
  EXPECT_EQ(pulse.silences().sum, pulse.silences().longest);
}

}  // namespace
}  // namespace mpb
