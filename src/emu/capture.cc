#include "emu/capture.hh"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <span>
#include <string_view>

#include "emu/link_fields.hh"
#include "emu/pcapng.hh"

namespace mpb {

namespace {

constexpr Nanos kPause = 10ms;
constexpr std::size_t kEnough = 256 * 1024;  // for one write

// The block of a packet with the longest comment is smaller.
constexpr std::int64_t kMostBlock = 256;

const char* comment_of(Drop drop) {
  switch (drop) {
    case Drop::kNone:
      return "";
    case Drop::kRandomLoss:
      return "dropped: random loss";
    case Drop::kQueueFull:
      return "dropped: queue full";
    case Drop::kLinkDown:
      return "dropped: link down";
    case Drop::kFlowCap:
      return "dropped: flow cap";
    case Drop::kInterfaceDown:
      return "dropped: the interface was down";
    case Drop::kNoMemory:
      return "dropped: the emulator had no memory";
  }
  return "";
}

Nanos realtime() {
  timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  return Nanos{ts.tv_sec * 1'000'000'000LL + ts.tv_nsec};
}

Nanos realtime_minus_monotonic() {
  const Nanos before = now();
  const Nanos middle = realtime();
  return middle - before - (now() - before) / 2;
}

// Direction d enters at interface 2 d, and leaves at the next one.
constexpr std::uint16_t entry_of(std::size_t direction) {
  return static_cast<std::uint16_t>(2 * direction);
}
constexpr std::uint16_t exit_of(std::size_t direction) {
  return static_cast<std::uint16_t>(2 * direction + 1);
}

// A packet leaves its host where it enters a link.
constexpr bool is_outbound(std::size_t interface) { return interface % 2 == 0; }

void append_interfaces(std::string& out, const LinkSpec& link) {
  const auto add = [&](const char* way, const char* end, const std::string& description) {
    append_interface(out, {.name = fmt::format("{}-{}-{}", link.name, way, end),
                           .description = description,
                           .most_bytes = Capture::kMostBytes});
  };
  add("up", "client", fmt::format("to the server, enter {}: {}", link.name, to_text(link.up)));
  add("up", "server", fmt::format("to the server, leave {}", link.name));
  add("down", "server", fmt::format("to the client, enter {}: {}", link.name, to_text(link.down)));
  add("down", "client", fmt::format("to the client, leave {}", link.name));
}

}  // namespace

Drop drop_of(Fate fate) {
  switch (fate) {
    case Fate::kLeaves:
      return Drop::kNone;
    case Fate::kLost:
      return Drop::kRandomLoss;
    case Fate::kTailDropped:
      return Drop::kQueueFull;
    case Fate::kBlackholed:
      return Drop::kLinkDown;
  }
  return Drop::kNone;
}

Capture::Capture(Fd file, const std::vector<LinkSpec>& links, CaptureBounds bounds)
    : file_(std::move(file)),
      bounds_(bounds),
      inside_(2 * links.size()),
      passed_(4 * links.size()),
      missed_(4 * links.size()),
      // Its pages are mapped now, not when the first packets arrive.
      ring_(bounds.waiting),
      beyond_limit_(4 * links.size()) {
  assert(std::has_single_bit(bounds.waiting));
  count_.clock_offset = realtime_minus_monotonic();
  began_ = now();
  begin_file(links);
}

Capture::~Capture() {
  state_ = State::kAbandoned;
  if (thread_.joinable()) thread_.join();
}

void Capture::begin_file(const std::vector<LinkSpec>& links) {
  utsname host{};
  uname(&host);
  append_section(text_,
                 {.program = "mptcp-bench " MPB_VERSION,
                  .os = fmt::format("{} {}", host.sysname, host.release),
                  .comment = fmt::format(
                      "Each packet is here when it enters a link and, with the same packet ID, "
                      "when it leaves. Times are CLOCK_MONOTONIC of the host plus {}.{:09} s, its "
                      "distance to CLOCK_REALTIME when the capture began.",
                      count_.clock_offset.count() / 1'000'000'000,
                      count_.clock_offset.count() % 1'000'000'000)});
  for (const LinkSpec& link : links) append_interfaces(text_, link);
  size_ = static_cast<std::int64_t>(text_.size() + passed_.size() * kPcapngStatisticsSize);
}

void Capture::start() {
  thread_ = std::thread([this] { run(); });
}

void Capture::push(Head head, const std::byte* packet, std::size_t length) {
  ++passed_[head.interface];
  const std::size_t pushed = head_.load(std::memory_order_relaxed);
  if (pushed - last_tail_ == ring_.size()) last_tail_ = tail_.load(std::memory_order_acquire);
  if (pushed - last_tail_ == ring_.size()) {
    ++missed_[head.interface];
    return;
  }
  head.length = static_cast<std::uint32_t>(length);
  head.kept = static_cast<std::uint8_t>(std::min<std::size_t>(length, kMostBytes));
  Record& record = ring_[pushed & (ring_.size() - 1)];
  record.head = head;
  if (head.kept > 0) std::memcpy(record.data.data(), packet, head.kept);
  head_.store(pushed + 1, std::memory_order_release);
}

void Capture::entered(std::size_t direction, Nanos at, const std::byte* packet, std::size_t length,
                      Drop drop) {
  const std::uint64_t id = next_id_++;
  if (drop == Drop::kNone) inside_[direction].push(id);
  push({.at = at, .id = id, .interface = entry_of(direction), .drop = drop}, packet, length);
}

void Capture::left(std::size_t direction, Nanos at, const std::byte* packet, std::size_t length,
                   Drop drop) {
  const std::uint64_t id = inside_[direction].front();
  inside_[direction].pop();
  push({.at = at, .id = id, .interface = exit_of(direction), .drop = drop}, packet, length);
}

CaptureCount Capture::finish() {
  state_ = State::kFinishing;
  if (thread_.joinable()) {
    thread_.join();
  } else {
    write_waiting();
  }
  end_file();
  count_.missed = std::accumulate(missed_.begin(), missed_.end(), std::uint64_t{0});
  count_.beyond_limit =
      std::accumulate(beyond_limit_.begin(), beyond_limit_.end(), std::uint64_t{0});
  return count_;
}

// After the last packet there is one more round, which finds all that wait.
void Capture::run() {
  for (State state = State::kRunning; state == State::kRunning;) {
    const timespec pause = to_timespec(kPause);
    nanosleep(&pause, nullptr);
    state = state_;
    if (state != State::kAbandoned) write_waiting();
  }
}

void Capture::write_waiting() {
  const std::size_t end = head_.load(std::memory_order_acquire);
  for (std::size_t i = tail_.load(std::memory_order_relaxed); i != end;) {
    append(ring_[i & (ring_.size() - 1)]);
    tail_.store(++i, std::memory_order_release);
    if (text_.size() < kEnough) continue;
    if (state_ == State::kAbandoned) return;
    write_text();
  }
  write_text();
}

void Capture::append(const Record& record) {
  const Head& head = record.head;
  if (size_ + kMostBlock > bounds_.file.count) {
    ++beyond_limit_[head.interface];
    return;
  }
  const std::size_t before = text_.size();
  append_packet(text_, {.interface = head.interface,
                        .time = head.at + count_.clock_offset,
                        .outbound = is_outbound(head.interface),
                        .id = head.id,
                        .length = head.length,
                        .data = std::span(record.data).first(head.kept),
                        .comment = comment_of(head.drop)});
  size_ += static_cast<std::int64_t>(text_.size() - before);
  ++count_.packets;
}

// After an error nothing more is written: the file will not appear.
void Capture::write_text() {
  for (std::string_view rest = text_; !rest.empty() && count_.error == 0;) {
    const ssize_t n = ::write(file_.get(), rest.data(), rest.size());
    if (n >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      count_.error = errno;
    }
  }
  text_.clear();
}

// A reader of the file learns from the last blocks whether packets are missing.
void Capture::end_file() {
  const Nanos offset = count_.clock_offset;
  for (std::size_t i = 0; i < passed_.size(); ++i) {
    append_statistics(text_, {.interface = static_cast<std::uint32_t>(i),
                              .start = began_ + offset,
                              .end = now() + offset,
                              .received = passed_[i],
                              .left_out = missed_[i] + beyond_limit_[i]});
  }
  write_text();
}

}  // namespace mpb
