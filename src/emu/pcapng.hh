// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), as bytes. Each function appends one
// complete block. Timestamps are nanoseconds of the realtime clock, packets are bare IP packets
// (LINKTYPE_RAW), and numbers have this host's byte order, which the file tells its readers.
//
// Debian has no library for this: libpcap reads pcapng, but writes only the older format, which has
// neither comments nor names of interfaces. Pure; callable from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sys/clock.hh"

namespace mpb {

// The first block of a file. Texts may have up to kLongestPcapngText bytes, also below.
struct PcapngSection {
  std::string_view program;  // "mptcp-bench 0.1.0"
  std::string_view os;       // "Linux 6.18"
  std::string_view comment;
};
inline constexpr std::size_t kLongestPcapngText = 65535;
void append_section(std::string& out, const PcapngSection& section);

// The first interface of a file has the number 0, the next one 1, and so on.
struct PcapngInterface {
  std::string_view name;
  std::string_view description;
  std::uint32_t most_bytes = 0;  // that the file has of each packet; 0: all
};
void append_interface(std::string& out, const PcapngInterface& interface);

struct PcapngPacket {
  std::uint32_t interface = 0;
  Nanos time{};
  bool outbound = false;            // from the view of the interface's host
  std::uint64_t id = 0;             // the same for the same packet at another interface
  std::uint32_t length = 0;         // of the packet
  std::span<const std::byte> data;  // its beginning
  std::string_view comment;         // "" for none
};
void append_packet(std::string& out, const PcapngPacket& packet);

struct PcapngStatistics {
  std::uint32_t interface = 0;
  Nanos start{};
  Nanos end{};
  std::uint64_t received = 0;  // packets that passed the interface
  std::uint64_t left_out = 0;  // those of them that the file does not have
};
inline constexpr std::size_t kPcapngStatisticsSize = 24 + 4 * 12 + 4;
void append_statistics(std::string& out, const PcapngStatistics& statistics);

}  // namespace mpb
