// Writes the packets of a ferry into a pcapng file: each one when it enters a link, and again when
// it leaves. A packet that the link does not deliver has the reason as its comment.
//
// The ferry never waits for the disk. Its thread copies the beginning of each packet into a ring of
// fixed size, and a thread of this class moves the ring to the file every ten milliseconds. If the
// ring is full, the packet is counted, and missing in the file. So is every packet after the file
// has reached its largest size.
//
// Each link has four interfaces in the file: link1-up-client and link1-up-server are the ends of
// the way from the client to the server, link1-down-server and link1-down-client those of the way
// back. A packet has the same packet ID at both ends. A packet that a cap per flow held back is
// there with the time of its arrival, but behind the packets that entered the line before it.
//
// All functions are called from the thread of the ferry.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "emu/link.hh"
#include "emu/ring.hh"
#include "emu/snapshot.hh"
#include "sys/fd.hh"

namespace mpb {

struct CaptureBounds {
  // Packets that wait for the thread, a power of two: 40 MB, which are two seconds of 2 x 100
  // Mbit/s both ways.
  std::size_t waiting = std::size_t{1} << 18;
  Bytes file{std::int64_t{1} << 30};
};

// The number of packets, at their entry and at their exit.
struct CaptureCount {
  std::uint64_t packets = 0;       // in the file
  std::uint64_t missed = 0;        // left out, because the disk was slower than the links
  std::uint64_t beyond_limit = 0;  // left out, because the file had its largest size
  Nanos clock_offset{};            // CLOCK_REALTIME minus CLOCK_MONOTONIC, at the beginning
  int error = 0;                   // of the first write that failed; 0 if none did
  bool operator==(const CaptureCount&) const = default;
};

// The reason why a packet does not leave a link, which becomes its comment.
enum class Drop : std::uint8_t {
  kNone,
  kRandomLoss,
  kQueueFull,
  kLinkDown,
  kFlowCap,
  kInterfaceDown,  // at the far end
  kNoMemory,       // for it in the emulator
};
Drop drop_of(Fate fate);

// With the counters of the emulator at the end of the capture.
struct CaptureReport {
  CaptureCount count;
  Snapshot at_end;
  bool operator==(const CaptureReport&) const = default;
};

class Capture {
 public:
  // The headers of IP and TCP with all options have up to 120 bytes.
  static constexpr std::uint32_t kMostBytes = 128;

  Capture(Fd file, const std::vector<LinkSpec>& links, CaptureBounds bounds = {});
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // Starts the thread that writes. It has the privileges that the caller has now.
  void start();

  // A direction has the number 2 * link for the way up, and one more for the way down. A packet
  // whose content is unknown has the length 0.
  void entered(std::size_t direction, Nanos at, const std::byte* packet, std::size_t length,
               Drop drop);
  // The next packet that entered this direction without a drop.
  void left(std::size_t direction, Nanos at, const std::byte* packet, std::size_t length,
            Drop drop);

  // Completes the file. No packet may follow.
  CaptureCount finish();

 private:
  enum class State : std::uint8_t { kRunning, kFinishing, kAbandoned };
  struct Head {
    Nanos at{};
    std::uint64_t id = 0;
    std::uint32_t length = 0;
    std::uint16_t interface = 0;
    std::uint8_t kept = 0;  // bytes of the packet
    Drop drop = Drop::kNone;
  };
  struct Record {
    Head head;
    std::array<std::byte, kMostBytes> data;
  };

  void begin_file(const std::vector<LinkSpec>& links);
  void push(Head head, const std::byte* packet, std::size_t length);
  void run();
  void write_waiting();
  void append(const Record& record);
  void write_text();
  void end_file();

  const Fd file_;
  const CaptureBounds bounds_;
  std::thread thread_;
  std::atomic<State> state_{State::kRunning};

  // Of the ferry's thread.
  std::uint64_t next_id_ = 0;
  std::vector<Ring<std::uint64_t>> inside_;  // by direction: the IDs of the packets on the link
  std::vector<std::uint64_t> passed_;        // by interface
  std::vector<std::uint64_t> missed_;        // by interface
  std::size_t last_tail_ = 0;
  alignas(64) std::atomic<std::size_t> head_{0};  // the number of records that were pushed

  std::vector<Record> ring_;

  // Of the thread that writes.
  alignas(64) std::atomic<std::size_t> tail_{0};  // the number of records that were taken
  std::vector<std::uint64_t> beyond_limit_;       // by interface
  std::string text_;                              // not written yet
  std::int64_t size_ = 0;                         // of the file with `text_`
  CaptureCount count_;
  Nanos began_{};
};

}  // namespace mpb
