// The Redis protocol, as far as a load generator speaks it: requests laid out for one sendmsg,
// replies parsed by hiredis without an allocation.
//
// hiredis is used for its reader alone (it cannot open an MPTCP socket), and nowhere else. A
// RespReader belongs to one connection and does not move, because hiredis keeps its address; a
// RequestWriter is a thread's scratch space, shared by its connections.
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

// One request, from its intended moment to the first byte of its reply. Times are 0 until known.
struct Request {
  std::uint64_t key = 0;
  std::uint32_t size = 0;  // of the value
  Verb verb = Verb::kGet;
  bool verify = false;      // compare the reply's value, not just its length
  bool after_idle = false;  // its connection had been idle for longer than its RTO
  Nanos intended{0}, sent{0}, first_byte{0};
};

struct Reply {
  enum class Kind { kValue, kStatus, kInteger, kNil, kError, kOther };
  Kind kind = Kind::kOther;
  std::size_t length = 0;  // of a value
  bool matches = true;     // the value is the expected one; true when it was not looked at
  std::int64_t integer = 0;
  std::array<char, 160> text;  // the beginning of an error or status, zero-terminated
};

// The bytes of the largest reply to a request for a value of that size: the value with its header
// and line end, or an error, which a store writes in one line that is not nearly as long as this.
constexpr std::size_t largest_reply(std::size_t value) {
  return std::max<std::size_t>(value, 16 * 1024) + 32;
}

// Holds at most `most` bytes of a reply that is not complete, and those of one feed(): whoever
// sends or announces more, or begins an array, which no request of the load asks for, is not the
// store it claims to be. Without `most` there is no bound, and arrays are read.
class RespReader {
 public:
  explicit RespReader(std::size_t most = SIZE_MAX);
  RespReader(const RespReader&) = delete;
  RespReader& operator=(const RespReader&) = delete;
  ~RespReader();

  void feed(std::string_view bytes);

  enum class Next { kReply, kMore, kBroken };
  // Takes the next complete reply out. With `block`, a value is compared with that of `key`. After
  // kBroken only reset() helps.
  Next next(Reply& reply, const ValueBlock* block = nullptr, std::uint64_t key = 0);

  // How many of the bytes fed are not taken yet. Between replies, those are the beginning of the
  // next.
  std::size_t held() const;
  void drop();  // forgets those bytes, and that a reply had begun
  void reset();

 private:
  struct Sink;
  struct Free {
    void operator()(redisReader* reader) const;
  };
  bool is_too_much() const;

  std::size_t most_;
  std::size_t fed_ = 0;  // since the last complete reply
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<redisReader, Free> reader_;
};

// What stands before the number of a key, in bytes: a header has to fit into the scratch space.
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

  // Appends the request without its first `skip` bytes. Not when full().
  void add(const Request& request, std::size_t skip);

  const iovec* pieces() const { return pieces_.data(); }
  int piece_count() const { return pieces_used_; }
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kCopied =
      8 * 1024;  // values up to here are copied into the scratch space
  // Such a value, and a header with the longest prefix.
  static constexpr std::size_t kRoom = kCopied + kLongestPrefix + 256;
  static constexpr std::size_t kBatch = 1024 * 1024;  // more than a socket takes at once
  std::size_t write_header(const Request& request, char* out) const;
  void push(const char* data, std::size_t length, std::size_t& skip);

  std::string get_, set_, del_;  // everything before the key's digits
  const ValueBlock& block_;
  std::array<iovec, 64> pieces_;
  int pieces_used_ = 0;
  std::array<char, 64 * 1024> scratch_;
  std::size_t scratch_used_ = 0;
  std::size_t bytes_ = 0;
  bool cut_ = false;  // the last request is not in to its end: nothing may follow it
};

// A command of any words, for what is not hot: AUTH, SELECT, PING.
std::string command(std::initializer_list<std::string_view> words);

}  // namespace mpb
