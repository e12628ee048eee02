// The bytes of each block, by the tables of draft-ietf-opsawg-pcapng. tests/netns/capture.sh lets
// tshark read a file.
#include "emu/pcapng.hh"

#include <gtest/gtest.h>

#include <bit>

namespace mpb {
namespace {

using namespace std::string_literals;

class Pcapng : public testing::Test {
 protected:
  void SetUp() override {
    if (std::endian::native != std::endian::little)
      GTEST_SKIP() << "the expected bytes are those of a little-endian machine";
  }
};

TEST_F(Pcapng, SectionTellsByteOrderAndVersion) {
  std::string out;
  append_section(out, {.program = "x 1", .os = "Linux", .comment = "Hi"});
  EXPECT_EQ(out,
            "\x0a\x0d\x0d\x0a\x3c\0\0\0"        // type, length
            "\x4d\x3c\x2b\x1a\x01\0\0\0"        // byte order, version 1.0
            "\xff\xff\xff\xff\xff\xff\xff\xff"  // no length of the section
            "\x03\0\x05\0Linux\0\0\0"           // shb_os
            "\x04\0\x03\0x 1\0"                 // shb_userappl
            "\x01\0\x02\0Hi\0\0"                // opt_comment
            "\0\0\0\0\x3c\0\0\0"s);             // opt_endofopt, length
}

TEST_F(Pcapng, InterfaceHasItsNameAndNanoseconds) {
  std::string out;
  append_interface(out, {.name = "link1-up", .description = "way", .most_bytes = 128});
  EXPECT_EQ(out,
            "\x01\0\0\0\x34\0\0\0"    // type, length
            "\x65\0\0\0\x80\0\0\0"    // LINKTYPE_RAW, snap length
            "\x02\0\x08\0link1-up"    // if_name
            "\x03\0\x03\0way\0"       // if_description
            "\x09\0\x01\0\x09\0\0\0"  // if_tsresol: 10^-9
            "\0\0\0\0\x34\0\0\0"s);   // opt_endofopt, length
}

TEST_F(Pcapng, PacketIsCutAndHasDirectionIdAndComment) {
  const std::byte data[] = {std::byte{0x45}, std::byte{0}, std::byte{5}, std::byte{0xdc},
                            std::byte{7}};
  std::string out;
  append_packet(out, {.interface = 3,
                      .time = Nanos{0x0102030405060708},
                      .outbound = true,
                      .id = 9,
                      .length = 1500,
                      .data = data,
                      .comment = "dropped"});
  EXPECT_EQ(out,
            "\x06\0\0\0\x4c\0\0\0"                        // type, length
            "\x03\0\0\0\x04\x03\x02\x01\x08\x07\x06\x05"  // interface, time: higher half first
            "\x05\0\0\0\xdc\x05\0\0"                      // captured and original length
            "\x45\0\x05\xdc\x07\0\0\0"                    // data
            "\x02\0\x04\0\x02\0\0\0"                      // epb_flags: outbound
            "\x05\0\x08\0\x09\0\0\0\0\0\0\0"              // epb_packetid
            "\x01\0\x07\0dropped\0"                       // opt_comment
            "\0\0\0\0\x4c\0\0\0"s);                       // opt_endofopt, length
}

TEST_F(Pcapng, PacketWithoutACommentHasNone) {
  std::string out;
  append_packet(out, {.interface = 0, .length = 0});
  EXPECT_EQ(out.size(), 32u + 8 + 12 + 4);
  EXPECT_EQ(out.substr(28, 8), "\x02\0\x04\0\x01\0\0\0"s);  // epb_flags: inbound
}

TEST_F(Pcapng, StatisticsCountThePacketsThatAreLeftOut) {
  std::string out;
  append_statistics(
      out, {.interface = 1, .start = Nanos{1}, .end = Nanos{2}, .received = 10, .left_out = 3});
  EXPECT_EQ(out.size(), kPcapngStatisticsSize);
  EXPECT_EQ(out,
            "\x05\0\0\0\x4c\0\0\0"            // type, length
            "\x01\0\0\0\0\0\0\0\x02\0\0\0"    // interface, time
            "\x02\0\x08\0\0\0\0\0\x01\0\0\0"  // isb_starttime
            "\x03\0\x08\0\0\0\0\0\x02\0\0\0"  // isb_endtime
            "\x04\0\x08\0\x0a\0\0\0\0\0\0\0"  // isb_ifrecv
            "\x05\0\x08\0\x03\0\0\0\0\0\0\0"  // isb_ifdrop
            "\0\0\0\0\x4c\0\0\0"s);           // opt_endofopt, length
}

}  // namespace
}  // namespace mpb
