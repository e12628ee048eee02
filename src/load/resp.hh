// The part of the Redis protocol that a load generator needs: requests laid out for one sendmsg,
// and replies that are read where they were received.
//
// Only the reader of hiredis is used, because hiredis cannot open an MPTCP socket, and only here. A
// ReplyReader and a RequestWriter belong to a thread and are shared by its connections.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "load/keyspace.hh"
#include "sys/clock.hh"

struct redisReader;

namespace mpb {

enum class Verb : std::uint8_t { kGet, kSet, kDel };

// One request, from its intended send time to the first byte of its reply. A time is 0 until it is
// known.
struct Request {
  std::uint64_t key = 0;
  std::uint32_t size = 0;  // of the value
  Verb verb = Verb::kGet;
  bool verify = false;      // compare the value of the reply too, not only its length
  bool after_idle = false;  // its connection had been idle for longer than its RTO
  Nanos intended{0}, sent{0}, first_byte{0};
};

struct Reply {
  enum class Kind { kValue, kStatus, kInteger, kNil, kError, kOther };
  Kind kind = Kind::kOther;
  std::size_t length = 0;  // of a value
  bool matches = true;     // the value is the expected one; true if it was not compared
  std::int64_t integer = 0;
  std::array<char, 160> text;  // the beginning of an error or status, zero-terminated
};

// The bytes of the largest reply to a request for a value of this size: the value with its header
// and line end, or an error. An error is one line, much shorter than the limit here.
constexpr std::size_t largest_reply(std::size_t value) {
  return std::max<std::size_t>(value, 16 * 1024) + 32;
}

// The state of a connection between two receives: the beginning of a line, or the number of bytes
// of a value that are still to come.
struct PartialReply {
  std::string line;
  std::size_t length = 0, left = 0;  // of the value; `left` includes its line end
  bool matches = true;               // the bytes of the value so far

  bool empty() const { return left == 0 && line.empty(); }
  void clear() { line.clear(), left = 0; }
};

// Takes replies from the bytes of a receive, in place. It reads values and "+OK" itself, without a
// copy: nearly all replies are one of these. hiredis reads each other line, once it is complete.
//
// A reply of more than `limit` bytes, and one of a type for which no request of the load asks, is
// not that of a correct store. A connection therefore keeps at most `limit` bytes, and none of a
// value.
class ReplyReader {
 public:
  explicit ReplyReader(std::size_t limit);
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;
  ~ReplyReader();

  enum class Next { kReply, kMore, kBroken };
  // Takes the rest of one reply from the front of `bytes`, or all of them into `partial`. With
  // `block`, compares a value with the value of `key`: both must be the same for all its parts.
  // After kBroken, the connection can only be closed.
  Next next(PartialReply& partial, std::string_view& bytes, Reply& reply,
            const ValueBlock* block = nullptr, std::uint64_t key = 0);

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  Next take_line(PartialReply& partial, std::string_view& bytes, Reply& reply);
  bool begins_value(std::string_view line, PartialReply& partial) const;
  Next take_other(std::string_view line, Reply& reply);
  static Next take_value(PartialReply& partial, std::string_view& bytes, Reply& reply,
                         const ValueBlock* block, std::uint64_t key);

  const std::size_t limit_;
  std::unique_ptr<redisReader, Free> hiredis_;
};

// The longest prefix of a key, in bytes. It is limited because a header has to fit into the scratch
// space.
inline constexpr std::size_t kLongestPrefix = 256;

// Collects requests into pieces for sendmsg: headers in its own scratch space, values as slices of
// the shared block.
class RequestWriter {
 public:
  RequestWriter(std::string prefix, const ValueBlock& block);

  std::size_t wire_size(const Request& request) const;
  void clear() { pieces_used_ = 0, scratch_used_ = 0, bytes_ = 0, cut_ = false; }
  bool full() const {
    return pieces_used_ + 8 > static_cast<int>(pieces_.size()) || cut_ ||
           scratch_used_ + kRoom > scratch_.size() || bytes_ >= kBatch;
  }

  // Appends the request without its first `skip` bytes. Must not be full().
  void add(const Request& request, std::size_t skip);

  const iovec* pieces() const { return pieces_.data(); }
  int piece_count() const { return pieces_used_; }
  std::size_t bytes() const { return bytes_; }

 private:
  // Values up to this size are copied into the scratch space.
  static constexpr std::size_t kCopied = 8 * 1024;
  // Room for such a value and a header with the longest prefix.
  static constexpr std::size_t kRoom = kCopied + kLongestPrefix + 256;
  static constexpr std::size_t kBatch = 1024 * 1024;  // more than a socket accepts at once
  std::size_t write_header(const Request& request, char* out) const;
  void push(const char* data, std::size_t length, std::size_t& skip);

  std::string get_, set_, del_;  // everything before the key's digits
  const ValueBlock& block_;
  std::array<iovec, 64> pieces_;
  int pieces_used_ = 0;
  std::array<char, 64 * 1024> scratch_;
  std::size_t scratch_used_ = 0;
  std::size_t bytes_ = 0;
  bool cut_ = false;  // the last request is incomplete, so nothing may follow it
};

// A command of any words, outside the hot path: AUTH, SELECT, PING.
std::string command(std::initializer_list<std::string_view> words);

}  // namespace mpb
