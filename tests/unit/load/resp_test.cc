#include "load/resp.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

std::string wire(const RequestWriter& writer) {
  std::string bytes;
  for (int i = 0; i < writer.piece_count(); ++i)
    bytes.append(static_cast<const char*>(writer.pieces()[i].iov_base), writer.pieces()[i].iov_len);
  EXPECT_EQ(bytes.size(), writer.bytes());
  return bytes;
}

Request request(Verb verb, std::uint64_t key, std::uint32_t size = 0) {
  Request r;
  r.verb = verb, r.key = key, r.size = size;
  return r;
}

struct Resp : testing::Test {
  ValueBlock block;
  RequestWriter writer{"mpb:", block};
};

TEST_F(Resp, WritesWhatTheWireModelCounts) {
  writer.add(request(Verb::kGet, 42), 0);
  EXPECT_EQ(wire(writer), "*2\r\n$3\r\nGET\r\n$16\r\nmpb:000000000042\r\n");
  // The sizes of reference/published-results.md: 1069, 4141 and 16430 bytes a SET.
  for (const auto& [size, length] : {std::pair{1024u, 1069u}, {4096u, 4141u}, {16384u, 16430u}}) {
    writer.clear();
    writer.add(request(Verb::kSet, 7, size), 0);
    EXPECT_EQ(wire(writer).size(), length);
    EXPECT_EQ(writer.wire_size(request(Verb::kSet, 7, size)), length);
  }
}

TEST_F(Resp, TakesUpAnywhereItWasCutOff) {
  for (const std::uint32_t size : {1u, 100u, 5000u, 8192u, 8193u, 16384u, 70000u}) {
    const Request set = request(Verb::kSet, 3, size);
    writer.clear();
    writer.add(set, 0);
    const std::string whole = wire(writer);
    ASSERT_EQ(whole.size(), writer.wire_size(set));
    ASSERT_TRUE(block.matches(3, std::string_view(whole).substr(whole.size() - size - 2, size)));
    for (std::size_t skip = 0; skip < whole.size();
         skip += skip < 60 || skip + 60 > whole.size() ? 1 : 997) {
      writer.clear();
      writer.add(set, skip);
      ASSERT_EQ(wire(writer), whole.substr(skip)) << size << " " << skip;
    }
  }
}

TEST_F(Resp, SendsAHugeValueByStretchesAndNothingAfterIt) {
  const Request huge = request(Verb::kSet, 9, 512u << 20);
  std::size_t sent = 0;
  while (sent < (4u << 20)) {
    writer.clear();
    writer.add(huge, sent);
    ASSERT_TRUE(writer.full());
    ASSERT_GT(writer.bytes(), 256u * 1024);
    sent += writer.bytes();
  }
  writer.clear();
  writer.add(huge, writer.wire_size(huge) - 5);
  EXPECT_EQ(wire(writer).substr(3), "\r\n");
  EXPECT_FALSE(writer.full());
}

TEST_F(Resp, NeverOverflowsItsScratchSpace) {
  for (const std::uint32_t size : {1u, 8192u, 16384u}) {
    writer.clear();
    int n = 0;
    for (; !writer.full(); ++n)
      writer.add(request(Verb::kSet, static_cast<std::uint64_t>(n), size), 0);
    EXPECT_GT(n, 3);
    EXPECT_EQ(wire(writer).size(),
              static_cast<std::size_t>(n) * writer.wire_size(request(Verb::kSet, 0, size)));
  }
}

TEST_F(Resp, PipelinedGetsAreOnePiece) {
  for (std::uint64_t key = 0; key < 16; ++key) writer.add(request(Verb::kGet, key), 0);
  EXPECT_EQ(writer.piece_count(), 1);
}

TEST_F(Resp, ReadsEveryKindOfReplyByteByByte) {
  RespReader reader;
  const std::string bytes =
      "+OK\r\n$5\r\nhello\r\n$-1\r\n:42\r\n-ERR no\r\n*2\r\n$1\r\na\r\n-x\r\n";
  std::vector<Reply> replies;
  for (const char byte : bytes) {
    reader.feed({&byte, 1});
    Reply reply;
    while (reader.next(reply) == RespReader::Next::kReply) replies.push_back(reply);
  }
  ASSERT_EQ(replies.size(), 6u);
  EXPECT_EQ(replies[0].kind, Reply::Kind::kStatus);
  EXPECT_EQ(replies[1].kind, Reply::Kind::kValue);
  EXPECT_EQ(replies[1].length, 5u);
  EXPECT_EQ(replies[2].kind, Reply::Kind::kNil);
  EXPECT_EQ(replies[3].kind, Reply::Kind::kInteger);
  EXPECT_EQ(replies[3].integer, 42);
  EXPECT_EQ(replies[4].kind, Reply::Kind::kError);
  EXPECT_STREQ(replies[4].text.data(), "ERR no");
  EXPECT_EQ(replies[5].kind, Reply::Kind::kOther);
}

TEST_F(Resp, ComparesAValueWithTheKeys) {
  RespReader reader;
  writer.add(request(Verb::kSet, 3, 1000), 0);
  const std::string value = wire(writer).substr(wire(writer).size() - 1002, 1000);
  Reply reply;
  for (const std::uint64_t key : {3u, 4u}) {
    reader.feed("$1000\r\n" + value + "\r\n+");
    ASSERT_EQ(reader.next(reply, &block, key), RespReader::Next::kReply);
    EXPECT_EQ(reply.matches, key == 3);
    EXPECT_EQ(reader.held(), 1u);
    reader.reset();
  }
}

TEST_F(Resp, SaysWhenItIsNotTheProtocol) {
  RespReader reader;
  Reply reply;
  reader.feed("HTTP/1.1 400 Bad Request\r\n");
  EXPECT_EQ(reader.next(reply), RespReader::Next::kBroken);
  reader.reset();
  reader.feed("+PONG\r\n");
  EXPECT_EQ(reader.next(reply), RespReader::Next::kReply);
}

TEST_F(Resp, RefusesAValueThatDoesNotEndInALineEnd) {
  for (const std::string end : {"XX", "\rX", "X\n", "\n\r"}) {
    RespReader reader;
    Reply reply;
    reader.feed("$4\r\nxxxx" + end);
    EXPECT_EQ(reader.next(reply), RespReader::Next::kBroken);
    reader.reset();
    reader.feed("$4\r\nxxxx\r\n");
    EXPECT_EQ(reader.next(reply), RespReader::Next::kReply);
  }
}

// A store may send without end. The reader takes no more than a reply of the workload has.
TEST_F(Resp, BoundsWhatItHoldsOfAReply) {
  constexpr std::size_t kMost = largest_reply(4096), kPiece = 1000;
  const std::string filler(kPiece, 'a');
  for (const std::string begin : {"+", "-", ":", "$", "$18000\r\n", "$536870912\r\n",
                                  "$9223372036854775806\r\n", "*1000000000\r\n:1\r\n"}) {
    RespReader reader(kMost);
    Reply reply;
    reader.feed(begin);
    std::size_t fed = begin.size();
    RespReader::Next next = reader.next(reply);
    for (; next == RespReader::Next::kMore && fed <= 1'000'000; fed += kPiece) {
      reader.feed(filler);
      next = reader.next(reply);
    }
    EXPECT_EQ(next, RespReader::Next::kBroken) << begin;
    EXPECT_LE(fed, begin.size() < 2 ? kMost + kPiece : begin.size())
        << begin;  // an announced length is enough
  }
  // Any number of replies, whole or in parts, up to the largest.
  RespReader reader(kMost);
  Reply reply;
  const std::string value = "$16384\r\n" + std::string(16384, 'x') + "\r\n";
  for (int i = 0; i < 10; ++i) {
    reader.feed(std::string_view(value).substr(0, 10'000));
    EXPECT_EQ(reader.next(reply), RespReader::Next::kMore);
    reader.feed(value.substr(10'000) + value + value + "$163");
    for (int complete = 0; complete < 3; ++complete)
      ASSERT_EQ(reader.next(reply), RespReader::Next::kReply);
    EXPECT_EQ(reader.next(reply), RespReader::Next::kMore);
    reader.feed("84\r\n" + value.substr(8));
    ASSERT_EQ(reader.next(reply), RespReader::Next::kReply);
  }
}

TEST(Command, CountsItsWords) {
  EXPECT_EQ(command({"AUTH", "s3"}), "*2\r\n$4\r\nAUTH\r\n$2\r\ns3\r\n");
}

}  // namespace
}  // namespace mpb
