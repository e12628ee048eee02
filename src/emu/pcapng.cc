#include "emu/pcapng.hh"

#include <cassert>
#include <cstring>

namespace mpb {

namespace {

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kInterfaceStatistics = 5;
constexpr std::uint32_t kEnhancedPacket = 6;

constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;
constexpr std::uint16_t kLinktypeRaw = 101;
constexpr std::uint8_t kNanoseconds = 9;  // the power of ten in a second

// The codes of options. Most have a meaning only in their block.
constexpr std::uint16_t kEndOfOptions = 0, kComment = 1;
constexpr std::uint16_t kSectionOs = 3, kSectionProgram = 4;
constexpr std::uint16_t kInterfaceName = 2, kInterfaceText = 3, kInterfaceResolution = 9;
constexpr std::uint16_t kPacketFlags = 2, kPacketId = 5;
constexpr std::uint16_t kStatisticsStart = 2, kStatisticsEnd = 3, kStatisticsReceived = 4,
                        kStatisticsDropped = 5;

constexpr std::uint32_t kInbound = 1, kOutbound = 2;

template <class T>
void put(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

// Packets and the values of options end at a multiple of four bytes.
void pad(std::string& out, std::size_t length) { out.append((4 - length % 4) % 4, '\0'); }

void put_option(std::string& out, std::uint16_t code, std::string_view value) {
  assert(value.size() <= kLongestPcapngText);
  put(out, code);
  put(out, static_cast<std::uint16_t>(value.size()));
  out += value;
  pad(out, value.size());
}

void put_text(std::string& out, std::uint16_t code, std::string_view text) {
  if (!text.empty()) put_option(out, code, text);
}

template <class T>
void put_number(std::string& out, std::uint16_t code, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  put_option(out, code, {bytes, sizeof value});
}

// A time as two numbers, the higher half first, in either byte order.
void put_time(std::string& out, Nanos time) {
  const auto ns = static_cast<std::uint64_t>(time.count());
  put(out, static_cast<std::uint32_t>(ns >> 32));
  put(out, static_cast<std::uint32_t>(ns));
}

void put_time_option(std::string& out, std::uint16_t code, Nanos time) {
  std::string value;
  put_time(value, time);
  put_option(out, code, value);
}

// Begins a block, and ends it with its length, which also follows its type.
class Block {
 public:
  Block(std::string& out, std::uint32_t type) : out_(out), begin_(out.size()) {
    put(out_, type);
    put(out_, std::uint32_t{0});
  }
  ~Block() {
    put_option(out_, kEndOfOptions, "");
    const auto length = static_cast<std::uint32_t>(out_.size() - begin_ + sizeof(std::uint32_t));
    put(out_, length);
    std::memcpy(out_.data() + begin_ + sizeof(std::uint32_t), &length, sizeof length);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

 private:
  std::string& out_;
  std::size_t begin_;
};

}  // namespace

void append_section(std::string& out, const PcapngSection& section) {
  const Block block(out, kSectionHeader);
  put(out, kByteOrderMagic);
  put(out, std::uint16_t{1});  // version 1.0
  put(out, std::uint16_t{0});
  put(out, std::int64_t{-1});  // the length of the section is unknown
  put_text(out, kSectionOs, section.os);
  put_text(out, kSectionProgram, section.program);
  put_text(out, kComment, section.comment);
}

void append_interface(std::string& out, const PcapngInterface& interface) {
  const Block block(out, kInterfaceDescription);
  put(out, kLinktypeRaw);
  put(out, std::uint16_t{0});
  put(out, interface.most_bytes);
  put_text(out, kInterfaceName, interface.name);
  put_text(out, kInterfaceText, interface.description);
  put_number(out, kInterfaceResolution, kNanoseconds);
}

void append_packet(std::string& out, const PcapngPacket& packet) {
  const Block block(out, kEnhancedPacket);
  put(out, packet.interface);
  put_time(out, packet.time);
  put(out, static_cast<std::uint32_t>(packet.data.size()));
  put(out, packet.length);
  out.append(reinterpret_cast<const char*>(packet.data.data()), packet.data.size());
  pad(out, packet.data.size());
  put_number(out, kPacketFlags, packet.outbound ? kOutbound : kInbound);
  put_number(out, kPacketId, packet.id);
  put_text(out, kComment, packet.comment);
}

void append_statistics(std::string& out, const PcapngStatistics& statistics) {
  const Block block(out, kInterfaceStatistics);
  put(out, statistics.interface);
  put_time(out, statistics.end);
  put_time_option(out, kStatisticsStart, statistics.start);
  put_time_option(out, kStatisticsEnd, statistics.end);
  put_number(out, kStatisticsReceived, statistics.received);
  put_number(out, kStatisticsDropped, statistics.left_out);
}

}  // namespace mpb
