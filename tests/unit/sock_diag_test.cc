#include "net/sock_diag.hh"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>

#include <cstring>
#include <vector>

namespace mpb {
namespace {

// A socket's message of a dump, with what its congestion control says.
std::vector<char> socket_message(const char* address, std::uint32_t cookie, int attribute,
                                 std::uint32_t cwnd_gain) {
  struct {
    nlmsghdr message{};
    inet_diag_msg socket{};
    rtattr attribute{};
    tcp_bbr_info bbr{};
  } all;
  all.message.nlmsg_len = sizeof all;
  all.message.nlmsg_type = 20;  // SOCK_DIAG_BY_FAMILY
  all.socket.idiag_family = AF_INET;
  all.socket.id.idiag_src[0] = inet_addr(address);
  all.socket.id.idiag_cookie[0] = cookie;
  all.socket.id.idiag_cookie[1] = 1;
  all.attribute.rta_type = static_cast<unsigned short>(attribute);
  all.attribute.rta_len = sizeof all.attribute + sizeof all.bbr;
  all.bbr.bbr_cwnd_gain = cwnd_gain;
  std::vector<char> bytes(sizeof all);
  std::memcpy(bytes.data(), &all, sizeof all);
  return bytes;
}

TEST(SockDiag, TellsBbrSocketsAndWhichOfThemProbeTheRtt) {
  std::vector<BbrSocket> all;
  const auto add = [&all](const std::vector<char>& bytes) { return add_bbr_sockets(bytes, all); };
  EXPECT_TRUE(add(socket_message("10.1.1.1", 7, INET_DIAG_BBRINFO, 256)));
  EXPECT_TRUE(add(socket_message("10.1.1.1", 8, INET_DIAG_BBRINFO, 512)));
  EXPECT_TRUE(add(socket_message("10.1.1.1", 9, INET_DIAG_VEGASINFO, 256)));  // another's figures
  EXPECT_TRUE(add(socket_message("127.0.0.1", 10, INET_DIAG_BBRINFO, 256)));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].cookie, (std::uint64_t{1} << 32) + 7);
  EXPECT_TRUE(all[0].probes_rtt);
  EXPECT_FALSE(all[1].probes_rtt);
}

TEST(SockDiag, ReadsNothingFromACutMessage) {
  const std::vector<char> bytes = socket_message("10.1.1.1", 7, INET_DIAG_BBRINFO, 256);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::vector<BbrSocket> all;
    add_bbr_sockets({bytes.data(), length}, all);
    EXPECT_TRUE(all.empty()) << length;
  }
}

// The kernel answers, whatever there is here.
TEST(SockDiag, AsksTheKernel) {
  for (const BbrSocket& socket : bbr_sockets()) EXPECT_NE(socket.cookie, 0u);
}

}  // namespace
}  // namespace mpb
