#include "load/resp.hh"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <new>

namespace mpb {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

void put_text(std::string_view text, Reply& reply) {
  const std::size_t kept = std::min(text.size(), reply.text.size() - 1);
  std::memcpy(reply.text.data(), text.data(), kept);
  reply.text[kept] = '\0';
}

// The callbacks of hiredis receive the reply as the task's privdata.
Reply& target(const redisReadTask* task) { return *static_cast<Reply*>(task->privdata); }

void* on_string(const redisReadTask* task, char* text, std::size_t length) {
  Reply& reply = target(task);
  reply.kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::kError
               : task->type == REDIS_REPLY_STATUS ? Reply::Kind::kStatus
                                                  : Reply::Kind::kOther;
  put_text({text, length}, reply);
  return &reply;
}

void* on_integer(const redisReadTask* task, long long value) {
  target(task).kind = Reply::Kind::kInteger;
  target(task).integer = value;
  return &target(task);
}

void* on_nil(const redisReadTask* task) {
  target(task).kind = Reply::Kind::kNil;
  return &target(task);
}

redisReplyObjectFunctions* functions() {
  static redisReplyObjectFunctions table = [] {
    redisReplyObjectFunctions f{};
    f.createString = on_string;
    f.createInteger = on_integer;
    f.createNil = on_nil;
    f.freeObject = [](void*) {};
    return f;
  }();
  return &table;
}

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader(std::size_t limit) : limit_(limit) {}
ReplyReader::~ReplyReader() = default;

ReplyReader::Next ReplyReader::next(PartialReply& partial, std::string_view& bytes, Reply& reply,
                                    const ValueBlock* block, std::uint64_t key) {
  if (partial.left == 0) {
    const Next next = take_line(partial, bytes, reply);
    if (partial.left == 0) return next;
  }
  return take_value(partial, bytes, reply, block, key);
}

// Takes a line: a whole reply, or the header of a value, after which partial.left is not 0.
ReplyReader::Next ReplyReader::take_line(PartialReply& partial, std::string_view& bytes,
                                         Reply& reply) {
  const bool cut = partial.line.ends_with('\r') && bytes.starts_with('\n');  // within the line end
  const std::size_t found = cut ? 0 : bytes.find(kLineEnd);
  const bool complete = found != std::string_view::npos;
  std::string_view line = bytes.substr(0, complete ? found + (cut ? 1 : 2) : bytes.size());
  if (partial.line.size() + line.size() > limit_) return Next::kBroken;
  bytes.remove_prefix(line.size());
  if (!complete || !partial.line.empty()) line = partial.line.append(line);
  if (!line.empty() && std::string_view("+-:$").find(line.front()) == std::string_view::npos)
    return Next::kBroken;
  if (!complete) return Next::kMore;
  Next next = Next::kReply;
  if (line == "+OK\r\n") {
    reply.kind = Reply::Kind::kStatus;
    put_text("OK", reply);
  } else if (!begins_value(line, partial)) {
    next = take_other(line, reply);
  }
  partial.line.clear();
  return next;
}

// Whether the line is "$" and a length as hiredis reads it: a number from 0 to the limit, without
// leading zeros.
bool ReplyReader::begins_value(std::string_view line, PartialReply& partial) const {
  const char* const digits = line.data() + 1;
  const char* const end = line.data() + line.size() - kLineEnd.size();
  std::size_t length = 0;
  if (line.front() != '$' || (*digits == '0' && end - digits > 1)) return false;
  if (std::from_chars(digits, end, length) != std::from_chars_result{end, {}} || length > limit_)
    return false;
  partial.length = length;
  partial.left = length + kLineEnd.size();
  partial.matches = true;
  return true;
}

ReplyReader::Next ReplyReader::take_other(std::string_view line, Reply& reply) {
  if (!hiredis_) hiredis_.reset(redisReaderCreateWithFunctions(functions()));
  if (!hiredis_) throw std::bad_alloc();
  hiredis_->privdata = &reply;
  void* complete = nullptr;
  const bool fed = redisReaderFeed(hiredis_.get(), line.data(), line.size()) == REDIS_OK;
  if (!fed && hiredis_->err == REDIS_ERR_OOM) throw std::bad_alloc();
  if (redisReaderGetReply(hiredis_.get(), &complete) == REDIS_OK && complete != nullptr)
    return Next::kReply;
  // After an error, or with a reply that goes on, the reader is of no further use.
  hiredis_.reset();
  return Next::kBroken;
}

ReplyReader::Next ReplyReader::take_value(PartialReply& partial, std::string_view& bytes,
                                          Reply& reply, const ValueBlock* block,
                                          std::uint64_t key) {
  const std::size_t taken = std::min(partial.left, bytes.size());
  const std::size_t of_value =
      partial.left > kLineEnd.size() ? std::min(taken, partial.left - kLineEnd.size()) : 0;
  if (block != nullptr && of_value > 0) {
    const std::size_t from = partial.length + kLineEnd.size() - partial.left;
    partial.matches &= block->matches(key, bytes.substr(0, of_value), from);
  }
  for (std::size_t i = of_value; i < taken; ++i) {
    if (bytes[i] != (partial.left - i == kLineEnd.size() ? '\r' : '\n')) return Next::kBroken;
  }
  partial.left -= taken;
  bytes.remove_prefix(taken);
  if (partial.left > 0) return Next::kMore;
  reply.kind = Reply::Kind::kValue;
  reply.length = partial.length;
  reply.matches = partial.matches;
  return Next::kReply;
}

namespace {

std::string header_prefix(int words, std::string_view verb, std::string_view prefix) {
  return fmt::format("*{}\r\n$3\r\n{}\r\n${}\r\n{}", words, verb, prefix.size() + kKeyDigits,
                     prefix);
}

std::size_t digits(std::uint32_t value) {
  std::size_t n = 1;
  for (; value >= 10; value /= 10) ++n;
  return n;
}

}  // namespace

RequestWriter::RequestWriter(std::string prefix, const ValueBlock& block)
    : get_(header_prefix(2, "GET", prefix)),
      set_(header_prefix(3, "SET", prefix)),
      del_(header_prefix(2, "DEL", prefix)),
      block_(block) {
  assert(prefix.size() <= kLongestPrefix);
}

std::size_t RequestWriter::wire_size(const Request& request) const {
  if (request.verb != Verb::kSet) return get_.size() + kKeyDigits + 2;
  return set_.size() + kKeyDigits + 3 + digits(request.size) + 2 + request.size + 2;
}

std::size_t RequestWriter::write_header(const Request& request, char* out) const {
  const std::string& head = request.verb == Verb::kGet   ? get_
                            : request.verb == Verb::kSet ? set_
                                                         : del_;
  char* at = std::copy(head.begin(), head.end(), out);
  write_key_digits(request.key, at);
  at += kKeyDigits;
  *at++ = '\r', *at++ = '\n';
  if (request.verb == Verb::kSet) {
    *at++ = '$';
    at = std::to_chars(at, at + 10, request.size).ptr;
    *at++ = '\r', *at++ = '\n';
  }
  return static_cast<std::size_t>(at - out);
}

void RequestWriter::push(const char* data, std::size_t length, std::size_t& skip) {
  const std::size_t skipped = std::min(skip, length);
  skip -= skipped;
  if (skipped == length) return;
  data += skipped, length -= skipped;
  bytes_ += length;
  // Data that follows the previous piece in memory extends it. So pipelined GETs, and the line end
  // of a value before the next header, need no further piece.
  iovec* const last =
      pieces_used_ > 0 ? &pieces_[static_cast<std::size_t>(pieces_used_ - 1)] : nullptr;
  if (last != nullptr && static_cast<char*>(last->iov_base) + last->iov_len == data) {
    last->iov_len += length;
  } else {
    pieces_[static_cast<std::size_t>(pieces_used_++)] = {const_cast<char*>(data), length};
  }
}

void RequestWriter::add(const Request& request, std::size_t skip) {
  char* const header = &scratch_[scratch_used_];
  const std::size_t length = write_header(request, header);
  scratch_used_ += length;
  push(header, length, skip);
  if (request.verb != Verb::kSet) return;
  if (skip < request.size && request.size <= kCopied) {
    // Copying a small value behind its header costs less than a msghdr and two more pieces, which
    // the kernel would have to read.
    iovec slices[2];
    std::size_t described = 0;
    const int count = block_.slices(request.key, skip, request.size - skip, slices, 2, described);
    for (int i = 0; i < count; ++i) {
      char* const copy = &scratch_[scratch_used_];
      std::memcpy(copy, slices[i].iov_base, slices[i].iov_len);
      scratch_used_ += slices[i].iov_len;
      std::size_t none = 0;
      push(copy, slices[i].iov_len, none);
    }
    skip = 0;
  } else if (skip < request.size) {
    std::size_t described = 0;
    const int room = static_cast<int>(pieces_.size()) - pieces_used_ - 1;
    pieces_used_ +=
        block_.slices(request.key, skip, request.size - skip,
                      &pieces_[static_cast<std::size_t>(pieces_used_)], room, described);
    bytes_ += described;
    cut_ = skip + described < request.size;  // a huge value is sent in several parts
    if (cut_) return;
    skip = 0;
  } else {
    skip -= request.size;
  }
  char* const line_end = &scratch_[scratch_used_];
  line_end[0] = '\r', line_end[1] = '\n';
  scratch_used_ += 2;
  push(line_end, 2, skip);
}

std::string command(std::initializer_list<std::string_view> words) {
  std::string text = fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) text += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return text;
}

}  // namespace mpb
