#include "net/counters.hh"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <sstream>
#include <vector>

#include "sys/error.hh"

namespace mpb {
namespace {

// A message of a dump with nothing but a device's name in it, without the padding behind the name.
std::vector<char> device_message(int index, const std::string& name) {
  struct {
    nlmsghdr message{};
    ifinfomsg link{};
    rtattr attribute{};
  } fixed;
  fixed.message.nlmsg_len = static_cast<std::uint32_t>(sizeof fixed + name.size());
  fixed.message.nlmsg_type = RTM_NEWLINK;
  fixed.link.ifi_index = index;
  fixed.attribute.rta_type = IFLA_IFNAME;
  fixed.attribute.rta_len = static_cast<unsigned short>(sizeof fixed.attribute + name.size());
  std::vector<char> bytes(sizeof fixed);
  std::memcpy(bytes.data(), &fixed, sizeof fixed);
  bytes.insert(bytes.end(), name.begin(), name.end());
  return bytes;
}

TEST(Counters, OfADatagramEndWithIt) {
  std::vector<char> bytes = device_message(1, "link");
  const std::vector<char> second = device_message(2, "lo");
  bytes.insert(bytes.end(), second.begin(), second.end());
  bytes.shrink_to_fit();  // a read beyond the end is an error of the sanitizer
  std::vector<DeviceCounters> all;
  EXPECT_TRUE(add_devices(bytes, all));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "link");
  EXPECT_EQ(all[1].name, "lo");
  EXPECT_EQ(all[1].index, 2);
}

TEST(Counters, AreNotReadFromACutMessage) {
  std::vector<char> bytes = device_message(1, "link");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    std::vector<DeviceCounters> all;
    add_devices({bytes.data(), length}, all);
    EXPECT_TRUE(all.empty()) << length;
  }
  const auto header_only = static_cast<std::uint32_t>(sizeof(nlmsghdr));
  std::memcpy(bytes.data(), &header_only, sizeof header_only);
  std::vector<DeviceCounters> all;
  add_devices({bytes.data(), header_only}, all);
  EXPECT_TRUE(all.empty());
}

// The message that ends a dump carries 0, or the error that stopped it.
TEST(Counters, FailWithTheDump) {
  struct {
    nlmsghdr message{};
    int error = 0;
  } done;
  done.message.nlmsg_len = sizeof done;
  done.message.nlmsg_type = NLMSG_DONE;
  const std::span<const char> datagram(reinterpret_cast<const char*>(&done), sizeof done);
  std::vector<DeviceCounters> all;
  EXPECT_FALSE(add_devices(datagram, all));
  done.error = -ENOENT;
  try {
    add_devices(datagram, all);
    ADD_FAILURE();
  } catch (const SysError& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
  }
}

TEST(Counters, OfProtocolsArePairsOfLines) {
  std::istringstream file(
      "Tcp: RtoMin RetransSegs\nTcp: 200 7\n\n\nMPTcpExt: MPTCPRetrans More\nMPTcpExt: 9\nTcp: "
      "cut\n");
  std::map<std::string, std::int64_t> all;
  add_protocols(file, all);
  const std::map<std::string, std::int64_t> expected{
      {"TcpRtoMin", 200}, {"TcpRetransSegs", 7}, {"MPTcpExtMPTCPRetrans", 9}};
  EXPECT_EQ(all, expected);
}

TEST(Counters, OfSoftnetAreASumOverCpus) {
  std::istringstream file(
      "01e17cfa 00000003 0000000a 00000000\n01d6d2c5 0000000a 0000000e 00000000\n\n");
  EXPECT_EQ(softnet_drops_in(file), 13);
  std::istringstream nonsense("what\n");
  EXPECT_EQ(softnet_drops_in(nonsense), 0);
}

}  // namespace
}  // namespace mpb
