#include "net/sock_diag.hh"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/mptcp.h>
#include <linux/rtnetlink.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "net/mptcp.hh"
#include "net/socket.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr std::uint8_t kEstablished = 1;
constexpr std::uint8_t kListen = 10;
constexpr std::uint32_t kJoined = MPTCP_SUBFLOW_FLAG_JOIN_LOC | MPTCP_SUBFLOW_FLAG_CONNECTED;

template <class T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// With the padding behind it.
std::string attribute(int type, const std::string& payload) {
  rtattr head{};
  head.rta_len = static_cast<unsigned short>(sizeof head + payload.size());
  head.rta_type = static_cast<unsigned short>(type);
  std::string bytes = bytes_of(head) + payload;
  bytes.resize(RTA_ALIGN(bytes.size()));
  return bytes;
}

std::string congestion(const std::string& name) { return attribute(INET_DIAG_CONG, name + '\0'); }

std::string mptcp(std::uint32_t flags) {
  const std::string subflow = attribute(MPTCP_SUBFLOW_ATTR_TOKEN_LOC, "9999") +
                              attribute(MPTCP_SUBFLOW_ATTR_FLAGS, bytes_of(flags)) +
                              attribute(MPTCP_SUBFLOW_ATTR_ID_LOC, "1");
  return attribute(INET_DIAG_ULP_INFO, attribute(INET_ULP_INFO_NAME, std::string("mptcp") + '\0') +
                                           attribute(INET_ULP_INFO_MPTCP | NLA_F_NESTED, subflow));
}

// A socket's message of a dump.
std::string message(int family, const char* local, std::uint8_t state,
                    const std::string& attributes, std::uint32_t cookie = 0) {
  inet_diag_msg socket{};
  socket.idiag_family = static_cast<std::uint8_t>(family);
  socket.idiag_state = state;
  inet_pton(family, local, socket.id.idiag_src);
  socket.id.idiag_sport = htons(40000);
  socket.id.idiag_dport = htons(6379);
  socket.id.idiag_cookie[0] = cookie;
  socket.id.idiag_cookie[1] = 1;
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof head + sizeof socket + attributes.size());
  head.nlmsg_type = 20;  // SOCK_DIAG_BY_FAMILY
  return bytes_of(head) + bytes_of(socket) + attributes;
}

std::string message(const char* local, const std::string& attributes) {
  return message(AF_INET, local, kEstablished, attributes);
}

// In a buffer that ends with the bytes, so that a sanitizer notices a read beyond them.
std::vector<TcpSocket> established_in(const std::string& bytes) {
  const std::vector<char> datagram(bytes.begin(), bytes.end());
  std::vector<TcpSocket> all;
  EXPECT_TRUE(add_established(datagram, all));
  return all;
}

TEST(SockDiag, ListsEstablishedSockets) {
  EXPECT_THAT(established_in(message("10.0.1.1", attribute(INET_DIAG_INFO, std::string(248, '\1')) +
                                                     congestion("bbr") + mptcp(kJoined)) +
                             message("10.0.2.1", mptcp(kJoined | MPTCP_SUBFLOW_FLAG_BKUP_LOC) +
                                                     congestion("cubic")) +
                             message("10.0.3.1", mptcp(kJoined | MPTCP_SUBFLOW_FLAG_BKUP_REM)) +
                             message(AF_INET6, "::1", kEstablished, congestion("reno"))),
              ElementsAre(TcpSocket{"10.0.1.1", 6379, "bbr", true, false},
                          TcpSocket{"10.0.2.1", 6379, "cubic", true, true},
                          TcpSocket{"10.0.3.1", 6379, "", true, true},
                          TcpSocket{"[::1]", 6379, "reno", false, false}));
}

// An answer of Linux 6.18 about both ends of a TCP connection with reno, and of an MPTCP one with
// cubic whose second subflow is a backup. The fuzz target begins with it.
TEST(SockDiag, ReadsAnAnswerOfTheKernel) {
  std::vector<TcpSocket> all =
      established_in(read_file(SOURCE_ROOT "/tests/fuzz/corpus/counters/sockets"));
  EXPECT_EQ(all.size(), 6u);
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const TcpSocket& s) { return s.backup; }), 2);
  std::erase_if(all, [](const TcpSocket& s) { return s.remote_port > 6380; });  // the server's ends
  EXPECT_THAT(all, UnorderedElementsAre(TcpSocket{"127.0.0.1", 6380, "reno", false, false},
                                        TcpSocket{"127.0.0.1", 6379, "cubic", true, false},
                                        TcpSocket{"127.0.0.2", 6379, "cubic", true, true}));
}

TEST(SockDiag, PassesOverWhatItDoesNotKnow) {
  const std::string tls =
      attribute(INET_DIAG_ULP_INFO, attribute(INET_ULP_INFO_NAME, "tls") +
                                        attribute(INET_ULP_INFO_TLS, attribute(8, "backup")));
  EXPECT_THAT(established_in(message(AF_UNIX, "", kEstablished, congestion("reno")) +
                             message(AF_INET, "10.0.1.1", kListen, congestion("reno")) +
                             message("10.0.1.2", attribute(200, "unknown") + congestion("reno")) +
                             message("10.0.1.3", tls)),
              ElementsAre(TcpSocket{"10.0.1.2", 6379, "reno", false, false},
                          TcpSocket{"10.0.1.3", 6379, "", false, false}));
}

// Wherever a message ends, an attribute is whole or not there.
TEST(SockDiag, ReadsNoAttributeBeyondItsMessage) {
  const std::string whole = message("10.0.1.1", congestion("cubic") + mptcp(kJoined));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_TRUE(established_in(whole.substr(0, length)).empty()) << length;
  const std::size_t fixed = sizeof(nlmsghdr) + sizeof(inet_diag_msg);
  const std::size_t without_ulp = fixed + congestion("cubic").size();
  for (std::size_t length = fixed; length < whole.size(); ++length) {
    std::string cut = whole.substr(0, length);
    const auto told = static_cast<std::uint32_t>(length);
    std::memcpy(cut.data(), &told, sizeof told);
    // The name's attribute ends two bytes before its padding does.
    const std::string name = length + 2 < without_ulp ? "" : "cubic";
    EXPECT_THAT(established_in(cut), ElementsAre(TcpSocket{"10.0.1.1", 6379, name, false, false}))
        << length;
  }
}

TEST(SockDiag, BelievesNoLengthOfAnAttribute) {
  const std::size_t at = sizeof(nlmsghdr) + sizeof(inet_diag_msg);
  for (const unsigned length : {0u, 1u, 3u, 17u, 100u, 0xffffu}) {
    std::string bytes = message("10.0.1.1", congestion("cubic"));
    const auto told = static_cast<unsigned short>(length);
    std::memcpy(bytes.data() + at, &told, sizeof told);
    EXPECT_THAT(established_in(bytes), ElementsAre(TcpSocket{"10.0.1.1", 6379, "", false, false}))
        << length;
  }
  // A nested attribute that claims to be longer than the one around it.
  std::string ulp = mptcp(kJoined | MPTCP_SUBFLOW_FLAG_BKUP_LOC);
  const unsigned short beyond = 200;
  std::memcpy(ulp.data() + sizeof(rtattr) + attribute(1, "mptcp_").size(), &beyond, sizeof beyond);
  EXPECT_THAT(established_in(message("10.0.1.1", ulp + std::string(200, '\0'))),
              ElementsAre(TcpSocket{"10.0.1.1", 6379, "", true, false}));
  // Names that no zero ends, and that have no bytes at all.
  EXPECT_THAT(established_in(message("10.0.1.1", attribute(INET_DIAG_CONG, "reno")) +
                             message("10.0.1.1", attribute(INET_DIAG_CONG, ""))),
              ElementsAre(TcpSocket{"10.0.1.1", 6379, "reno", false, false},
                          TcpSocket{"10.0.1.1", 6379, "", false, false}));
}

// With the attribute of its congestion control.
std::string bbr_message(const char* local, std::uint32_t cookie, int type,
                        std::uint32_t cwnd_gain) {
  tcp_bbr_info bbr{};
  bbr.bbr_cwnd_gain = cwnd_gain;
  const int family = std::strchr(local, ':') == nullptr ? AF_INET : AF_INET6;
  return message(family, local, kEstablished, attribute(type, bytes_of(bbr)), cookie);
}

TEST(SockDiag, TellsBbrSocketsAndWhichOfThemProbeTheRtt) {
  std::vector<BbrSocket> all;
  const auto add = [&all](const std::string& bytes) { return add_bbr_sockets(bytes, all); };
  EXPECT_TRUE(add(bbr_message("10.1.1.1", 7, INET_DIAG_BBRINFO, 256)));
  EXPECT_TRUE(add(bbr_message("10.1.1.1", 8, INET_DIAG_BBRINFO, 512)));
  EXPECT_TRUE(add(bbr_message("10.1.1.1", 9, INET_DIAG_VEGASINFO, 256)));  // another's figures
  for (const char* const loopback : {"127.0.0.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(add(bbr_message(loopback, 10, INET_DIAG_BBRINFO, 256)));
  EXPECT_TRUE(add(bbr_message("fd00:0:1::1", 11, INET_DIAG_BBRINFO, 512)));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].cookie, (std::uint64_t{1} << 32) + 7);
  EXPECT_TRUE(all[0].probes_rtt);
  EXPECT_FALSE(all[1].probes_rtt);
}

TEST(SockDiag, ReadsNothingFromACutMessage) {
  const std::string bytes = bbr_message("10.1.1.1", 7, INET_DIAG_BBRINFO, 256);
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

TEST(SockDiag, FindsAConnectionOfItsOwn) {
  Address address = parse_address("127.0.0.1:1");
  reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = 0;
  const Fd listener = listen_on(address, Transport::kTcp);
  const Fd client = open_stream(AF_INET, Transport::kTcp);
  if (!connect_start(client.get(), address)) {
    pollfd ready{client.get(), POLLOUT, 0};
    ASSERT_EQ(poll(&ready, 1, 5000), 1);
    ASSERT_EQ(take_error(client.get()), 0);
  }
  std::vector<TcpSocket> all;
  try {
    all = established_sockets();
  } catch (const CannotRun& error) {
    GTEST_SKIP() << error.what();
  }
  EXPECT_THAT(all, Contains(TcpSocket{"127.0.0.1", address.port(), congestion_control(client.get()),
                                      false, false}));
}

}  // namespace
}  // namespace mpb
