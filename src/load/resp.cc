#include "load/resp.hh"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <new>

namespace mpb {

// The target of hiredis's callbacks. They receive it as the task's privdata, which every nested
// task inherits.
struct RespReader::Sink {
  Reply* reply = nullptr;
  const ValueBlock* block = nullptr;
  std::uint64_t key = 0;
  bool unterminated = false;  // a bulk string without its line end

  static Reply* top(const redisReadTask* task) {
    // No reply to our requests is an array, so only the array itself is reported, not its elements.
    return task->parent == nullptr ? static_cast<Sink*>(task->privdata)->reply : nullptr;
  }

  static void* on_string(const redisReadTask* task, char* text, std::size_t length) {
    // hiredis waits for the two bytes behind a bulk string but does not check them.
    if (task->type == REDIS_REPLY_STRING && (text[length] != '\r' || text[length + 1] != '\n')) {
      static_cast<Sink*>(task->privdata)->unterminated = true;
    }
    Reply* const reply = top(task);
    if (reply == nullptr) return task->privdata;
    if (task->type == REDIS_REPLY_STRING) {
      const Sink& sink = *static_cast<Sink*>(task->privdata);
      reply->kind = Reply::Kind::kValue;
      reply->length = length;
      reply->matches = sink.block == nullptr || sink.block->matches(sink.key, {text, length});
      return task->privdata;
    }
    reply->kind = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::kError
                  : task->type == REDIS_REPLY_STATUS ? Reply::Kind::kStatus
                                                     : Reply::Kind::kOther;
    const std::size_t kept = std::min(length, reply->text.size() - 1);
    std::memcpy(reply->text.data(), text, kept);
    reply->text[kept] = '\0';
    return task->privdata;
  }

  // hiredis counts elements in an int before 1.0, and in a size_t since then. The type of the
  // assigned member selects the instance.
  template <class Count>
  static void* on_array(const redisReadTask* task, Count) {
    if (Reply* const reply = top(task)) reply->kind = Reply::Kind::kOther;
    return task->privdata;
  }

  static void* on_integer(const redisReadTask* task, long long value) {
    if (Reply* const reply = top(task)) {
      reply->kind = Reply::Kind::kInteger;
      reply->integer = value;
    }
    return task->privdata;
  }

  static void* on_nil(const redisReadTask* task) {
    if (Reply* const reply = top(task)) reply->kind = Reply::Kind::kNil;
    return task->privdata;
  }

  static redisReplyObjectFunctions* functions() {
    static redisReplyObjectFunctions table = [] {
      redisReplyObjectFunctions f{};
      f.createString = on_string;
      f.createArray = on_array;
      f.createInteger = on_integer;
      f.createNil = on_nil;
      f.freeObject = [](void*) {};
      return f;
    }();
    return &table;
  }
};

void RespReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

RespReader::RespReader(std::size_t limit) : limit_(limit), sink_(std::make_unique<Sink>()) {
  reset();
}
RespReader::~RespReader() = default;

void RespReader::reset() {
  reader_.reset(redisReaderCreateWithFunctions(Sink::functions()));
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = sink_.get();
  // By default hiredis frees an idle buffer with more than 16 KiB to spare, and grows a new one. It
  // would do so at every reply with a value of 16 KiB.
  reader_->maxbuf = 0;
  fed_ = 0;
}

void RespReader::feed(std::string_view bytes) {
  fed_ += bytes.size();
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK &&
      reader_->err == REDIS_ERR_OOM)
    throw std::bad_alloc();
}

RespReader::Next RespReader::next(Reply& reply, const ValueBlock* block, std::uint64_t key) {
  // The bytes of the value are valid only during the callback, so they are compared there.
  *sink_ = {&reply, block, key, false};
  reply.matches = true;
  void* complete = nullptr;
  if (redisReaderGetReply(reader_.get(), &complete) != REDIS_OK || sink_->unterminated)
    return Next::kBroken;
  if (complete == nullptr) return exceeds_limit() ? Next::kBroken : Next::kMore;
  fed_ = held();
  return Next::kReply;
}

// Whether an incomplete reply has, or announces, more bytes than the limit.
bool RespReader::exceeds_limit() const {
  if (limit_ == SIZE_MAX || reader_->ridx < 0) return false;
  const int type = reader_->rstack[reader_->ridx].type;
  if (fed_ > limit_ || reader_->rstack[0].type == REDIS_REPLY_ARRAY) return true;
  if (type != REDIS_REPLY_STRING) return false;
  // The position of hiredis does not move until the string is complete.
  const char* const length = reader_->buf + reader_->pos;
  const char* const end = reader_->buf + reader_->len;
  std::uint64_t announced = 0;
  const auto [rest, error] = std::from_chars(length, end, announced);
  return error == std::errc::result_out_of_range ||
         (error == std::errc{} && rest != end && announced > limit_);
}

std::size_t RespReader::held() const { return reader_->len - reader_->pos; }

// Puts the reader into the state after a complete reply. This is cheaper than a new reader, and
// keeps the buffer.
void RespReader::drop() {
  fed_ = 0;
  reader_->pos = reader_->len;
  reader_->ridx = -1;
  reader_->reply = nullptr;
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
