// A capture without a ferry: the packets of the file are those that were shown, and those that it
// lacks are counted.
#include "emu/capture.hh"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <map>

#include "emu/pcapng.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

struct Packet {
  std::uint32_t interface = 0;
  Nanos time{};
  std::uint32_t kept = 0, length = 0;
  std::uint64_t id = 0;
  std::string data, comment;
};

struct Counted {
  std::uint64_t received = 0, left_out = 0;
};

// The blocks of a file. Its constructor fails the test if one is not complete.
struct File {
  int interfaces = 0;
  std::vector<Packet> packets;
  std::map<std::uint32_t, Counted> statistics;

  explicit File(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto length = number<std::uint32_t>(text, at + 4);
      if (length < 12 || length % 4 != 0 || at + length > text.size() ||
          number<std::uint32_t>(text, at + length - 4) != length) {
        ADD_FAILURE() << "no block at " << at << " of " << text.size();
        return;
      }
      read_block(text.substr(at, length));
      at += length;
    }
  }

 private:
  template <class T>
  static T number(const std::string& text, std::size_t at) {
    T value;
    std::memcpy(&value, text.data() + at, sizeof value);
    return value;
  }

  static Nanos time(const std::string& block, std::size_t at) {
    return Nanos{(std::int64_t{number<std::uint32_t>(block, at)} << 32) +
                 number<std::uint32_t>(block, at + 4)};
  }

  // Calls fn(code, value) for each option.
  template <class Fn>
  static void each_option(const std::string& block, std::size_t at, Fn fn) {
    while (const auto code = number<std::uint16_t>(block, at)) {
      const std::size_t length = number<std::uint16_t>(block, at + 2);
      fn(code, block.substr(at + 4, length));
      at += 4 + (length + 3) / 4 * 4;
    }
  }

  void read_block(const std::string& block) {
    const auto type = number<std::uint32_t>(block, 0);
    if (type == 1) ++interfaces;
    if (type == 6) {
      Packet packet{number<std::uint32_t>(block, 8), time(block, 12),
                    number<std::uint32_t>(block, 20), number<std::uint32_t>(block, 24)};
      packet.data = block.substr(28, packet.kept);
      each_option(block, 28 + (packet.kept + 3) / 4 * 4,
                  [&](std::uint16_t code, const std::string& value) {
                    if (code == 1) packet.comment = value;
                    if (code == 5) packet.id = number<std::uint64_t>(value, 0);
                  });
      packets.push_back(std::move(packet));
    }
    if (type == 5) {
      Counted& its = statistics[number<std::uint32_t>(block, 8)];
      each_option(block, 20, [&](std::uint16_t code, const std::string& value) {
        if (code == 4) its.received = number<std::uint64_t>(value, 0);
        if (code == 5) its.left_out = number<std::uint64_t>(value, 0);
      });
    }
  }
};

class Captured : public testing::Test {
 protected:
  Captured() : file_(check(memfd_create("capture", 0), "making a file")) {
    for (std::size_t i = 0; i < packet_.size(); ++i) packet_[i] = static_cast<std::byte>(i);
  }

  std::unique_ptr<Capture> begin(CaptureBounds bounds = {.waiting = 1024}) {
    return std::make_unique<Capture>(Fd{dup(file_.get())}, links_, bounds);
  }

  std::string text() const {
    std::string all(static_cast<std::size_t>(lseek(file_.get(), 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(file_.get(), all.data(), all.size(), 0), static_cast<ssize_t>(all.size()));
    return all;
  }

  const std::vector<LinkSpec> links_{{"link1", {}, {}}, {"link2", {}, {}}};
  std::array<std::byte, 1500> packet_{};
  Fd file_;
};

TEST_F(Captured, PacketHasTheSameIdWhereItEntersAndLeaves) {
  const auto capture = begin();
  capture->start();
  capture->entered(0, 1ms, packet_.data(), 1500, Drop::kNone);
  capture->entered(3, 2ms, packet_.data(), 60, Drop::kNone);
  capture->entered(0, 3ms, packet_.data(), 40, Drop::kNone);
  capture->left(0, 4ms, packet_.data(), 1500, Drop::kNone);
  capture->left(0, 5ms, packet_.data(), 40, Drop::kNone);
  capture->left(3, 6ms, packet_.data(), 60, Drop::kNone);
  const CaptureCount count = capture->finish();
  EXPECT_EQ(count.packets, 6u);
  EXPECT_EQ(count.missed + count.beyond_limit, 0u);
  EXPECT_EQ(count.error, 0);

  const File file(text());
  EXPECT_EQ(file.interfaces, 8);
  ASSERT_EQ(file.packets.size(), 6u);
  const auto is = [&](std::size_t i, std::uint32_t interface, Nanos at, std::uint32_t length,
                      std::uint64_t id) {
    const Packet& packet = file.packets[i];
    EXPECT_EQ(packet.interface, interface) << i;
    EXPECT_EQ(packet.time, at + count.clock_offset) << i;
    EXPECT_EQ(packet.length, length) << i;
    EXPECT_EQ(packet.kept, std::min(length, Capture::kMostBytes)) << i;
    EXPECT_EQ(std::memcmp(packet.data.data(), packet_.data(), packet.kept), 0) << i;
    EXPECT_EQ(packet.id, id) << i;
    EXPECT_EQ(packet.comment, "") << i;
  };
  is(0, 0, 1ms, 1500, 0);  // link1-up-client
  is(1, 6, 2ms, 60, 1);    // link2-down-server
  is(2, 0, 3ms, 40, 2);
  is(3, 1, 4ms, 1500, 0);  // link1-up-server
  is(4, 1, 5ms, 40, 2);
  is(5, 7, 6ms, 60, 1);  // link2-down-client
}

TEST_F(Captured, DropHasItsReason) {
  const auto capture = begin();
  capture->start();
  capture->entered(0, 1ms, packet_.data(), 40, Drop::kRandomLoss);
  capture->entered(0, 1ms, packet_.data(), 40, Drop::kQueueFull);
  capture->entered(0, 1ms, packet_.data(), 40, Drop::kLinkDown);
  capture->entered(0, 1ms, packet_.data(), 40, Drop::kFlowCap);
  capture->entered(0, 1ms, nullptr, 0, Drop::kNoMemory);
  capture->entered(0, 1ms, packet_.data(), 40, Drop::kNone);
  capture->left(0, 2ms, packet_.data(), 40, Drop::kInterfaceDown);
  EXPECT_EQ(capture->finish().packets, 7u);
  std::vector<std::string> comments;
  for (const Packet& packet : File(text()).packets) comments.push_back(packet.comment);
  EXPECT_EQ(comments, (std::vector<std::string>{"dropped: random loss", "dropped: queue full",
                                                "dropped: link down", "dropped: flow cap",
                                                "dropped: the emulator had no memory", "",
                                                "dropped: the interface was down"}));
}

// Without its thread, nobody takes packets from the ring.
TEST_F(Captured, FullRingLeavesOutPacketsAndCountsThem) {
  const auto capture = begin({.waiting = 16});
  for (int i = 0; i < 20; ++i) capture->entered(2, 1ms, packet_.data(), 40, Drop::kRandomLoss);
  const CaptureCount count = capture->finish();
  EXPECT_EQ(count.packets, 16u);
  EXPECT_EQ(count.missed, 4u);
  const File file(text());
  EXPECT_EQ(file.packets.size(), 16u);
  EXPECT_EQ(file.statistics.at(4).received, 20u);
  EXPECT_EQ(file.statistics.at(4).left_out, 4u);
  EXPECT_EQ(file.statistics.at(5).received, 0u);
}

TEST_F(Captured, FileDoesNotExceedItsLargestSize) {
  constexpr CaptureBounds kSmall{.waiting = 1024, .file = Bytes{8192}};
  const auto capture = begin(kSmall);
  capture->start();
  for (int i = 0; i < 200; ++i) capture->entered(1, 1ms, packet_.data(), 1500, Drop::kRandomLoss);
  const CaptureCount count = capture->finish();
  EXPECT_EQ(count.packets + count.beyond_limit, 200u);
  EXPECT_GT(count.beyond_limit, 0u);
  EXPECT_LE(text().size(), 8192u);
  EXPECT_GT(text().size(), 8192u - 256);
  const File file(text());
  EXPECT_EQ(file.packets.size(), count.packets);
  EXPECT_EQ(file.statistics.at(2).left_out, count.beyond_limit);
}

TEST_F(Captured, ThousandsOfPacketsPassASmallRing) {
  const auto capture = begin({.waiting = 4096});
  capture->start();
  constexpr int kPackets = 20000;
  for (int i = 0; i < kPackets; ++i) {
    capture->entered(0, Nanos{i}, packet_.data(), 100, Drop::kRandomLoss);
    if (i % 1000 == 0) nanosleep(&static_cast<const timespec&>(to_timespec(15ms)), nullptr);
  }
  const CaptureCount count = capture->finish();
  const File file(text());
  EXPECT_EQ(file.packets.size(), count.packets);
  EXPECT_EQ(count.packets + count.missed, static_cast<std::uint64_t>(kPackets));
  EXPECT_EQ(count.missed, 0u);
  for (std::size_t i = 0; i < file.packets.size(); ++i) EXPECT_EQ(file.packets[i].id, i);
}

TEST_F(Captured, FullDiskIsReported) {
  Capture capture(Fd{check(open("/dev/full", O_WRONLY), "open")}, links_, {.waiting = 1024});
  capture.start();
  capture.entered(0, 1ms, packet_.data(), 40, Drop::kRandomLoss);
  EXPECT_EQ(capture.finish().error, ENOSPC);
}

TEST_F(Captured, AbandonedCaptureEndsAtOnce) {
  const auto capture = begin();
  capture->start();
  capture->entered(0, 1ms, packet_.data(), 40, Drop::kRandomLoss);
}

}  // namespace
}  // namespace mpb
