// The replies that hiredis reads in the bytes of a store, to compare a ReplyReader with.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load/resp.hh"

namespace mpb {

struct ReadReply {
  Reply::Kind kind = Reply::Kind::kOther;
  std::size_t length = 0;
  std::int64_t integer = 0;
  std::string text;
  bool matches = true;
  bool operator==(const ReadReply&) const = default;
};

struct ReadReplies {
  std::vector<ReadReply> replies;
  bool broken = false;
  bool operator==(const ReadReplies&) const = default;
};

// The bytes, in pieces of these lengths and a last one with the rest. Values are compared with
// those of the keys 0, 1, ...
inline ReadReplies read_in_pieces(std::string_view bytes, const std::vector<std::size_t>& pieces,
                                  std::size_t limit, const ValueBlock& block) {
  ReplyReader reader(limit);
  PartialReply partial;
  ReadReplies all;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    std::string_view piece = bytes.substr(0, i < pieces.size() ? pieces[i] : bytes.size());
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      Reply reply;
      const ReplyReader::Next next = reader.next(partial, piece, reply, &block, all.replies.size());
      all.broken = next == ReplyReader::Next::kBroken;
      if (all.broken) return all;
      if (next == ReplyReader::Next::kMore) break;
      const bool text = reply.kind == Reply::Kind::kError || reply.kind == Reply::Kind::kStatus;
      const bool value = reply.kind == Reply::Kind::kValue;
      all.replies.push_back({reply.kind, value ? reply.length : 0,
                             reply.kind == Reply::Kind::kInteger ? reply.integer : 0,
                             text ? reply.text.data() : "", !value || reply.matches});
    }
  }
  return all;
}

// Whether the beginning of a reply cannot become one that a ReplyReader accepts, although hiredis
// would read on: more than `limit` bytes, or a value without a line end.
inline bool is_hopeless_reply(std::string_view rest, std::size_t limit) {
  const std::size_t line = std::min(rest.find("\r\n"), rest.size());
  if (line + 2 > limit && (line < rest.size() || rest.size() > limit)) return true;
  if (line == rest.size()) return false;
  if (rest.front() != '$') return true;
  const std::size_t end = line + 2 + std::stoull(std::string(rest.substr(1, line - 1)));
  if (end - line - 2 > limit) return true;
  return rest.size() > end && rest[end] != '\r';
}

inline ReadReplies read_by_hiredis(std::string_view bytes, std::size_t limit,
                                   const ValueBlock& block) {
  const std::unique_ptr<redisReader, void (*)(redisReader*)> reader(redisReaderCreate(),
                                                                    redisReaderFree);
  redisReaderFeed(reader.get(), bytes.data(), bytes.size());
  ReadReplies all;
  for (std::size_t taken = 0; taken < bytes.size();) {
    const std::string_view rest = bytes.substr(taken);
    void* got = nullptr;
    // hiredis would reserve memory for all elements of an array.
    all.broken = rest.starts_with('*') || redisReaderGetReply(reader.get(), &got) != REDIS_OK;
    const std::unique_ptr<redisReply, void (*)(void*)> reply(static_cast<redisReply*>(got),
                                                             freeReplyObject);
    if (!all.broken && !reply) all.broken = is_hopeless_reply(rest, limit);
    if (all.broken || !reply) break;
    taken = bytes.size() - (reader->len - reader->pos);
    const std::string text(reply->str == nullptr ? "" : reply->str,
                           reply->str == nullptr ? 0 : reply->len);
    ReadReply& its = all.replies.emplace_back();
    if (reply->type == REDIS_REPLY_STRING) {
      its = {Reply::Kind::kValue, text.size(), 0, "", block.matches(all.replies.size() - 1, text)};
      all.broken = text.size() > limit || bytes.substr(taken - 2, 2) != "\r\n";
    } else {
      its.kind = reply->type == REDIS_REPLY_STATUS    ? Reply::Kind::kStatus
                 : reply->type == REDIS_REPLY_ERROR   ? Reply::Kind::kError
                 : reply->type == REDIS_REPLY_INTEGER ? Reply::Kind::kInteger
                 : reply->type == REDIS_REPLY_NIL     ? Reply::Kind::kNil
                                                      : Reply::Kind::kOther;
      its.integer = its.kind == Reply::Kind::kInteger ? reply->integer : 0;
      // A Reply keeps the beginning of a text, as a C string.
      its.text = text.substr(0, Reply{}.text.size() - 1).c_str();
      const std::size_t line = rest.size() - (bytes.size() - taken);
      all.broken = line > limit || its.kind == Reply::Kind::kOther;
    }
    if (all.broken) {
      all.replies.pop_back();
      break;
    }
  }
  return all;
}

}  // namespace mpb
