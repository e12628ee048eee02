#include "load/resp.hh"

#include <gtest/gtest.h>

#include "hiredis_replies.hh"

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

constexpr std::size_t kMost = largest_reply(4096);

// One reply, given in pieces. kMore if it is not complete.
ReplyReader::Next read(const std::vector<std::string>& pieces, Reply& reply,
                       const ValueBlock* block = nullptr, std::uint64_t key = 0) {
  ReplyReader reader(kMost);
  PartialReply partial;
  ReplyReader::Next next = ReplyReader::Next::kMore;
  for (std::string_view piece : pieces) {
    next = reader.next(partial, piece, reply, block, key);
    if (next != ReplyReader::Next::kMore) break;
    EXPECT_TRUE(piece.empty());
    EXPECT_FALSE(partial.empty());
  }
  return next;
}

TEST_F(Resp, ReadsEveryKindOfReplyByteByByte) {
  const std::string bytes = "+OK\r\n$5\r\nhello\r\n$-1\r\n:42\r\n-ERR no\r\n+PONG\r\n$0\r\n\r\n";
  const std::vector<ReadReply> replies =
      read_in_pieces(bytes, std::vector<std::size_t>(bytes.size(), 1), kMost, block).replies;
  ASSERT_EQ(replies.size(), 7u);
  EXPECT_EQ(replies[0], (ReadReply{.kind = Reply::Kind::kStatus, .text = "OK"}));
  EXPECT_EQ(replies[1], (ReadReply{.kind = Reply::Kind::kValue, .length = 5, .matches = false}));
  EXPECT_EQ(replies[2], (ReadReply{.kind = Reply::Kind::kNil}));
  EXPECT_EQ(replies[3], (ReadReply{.kind = Reply::Kind::kInteger, .integer = 42}));
  EXPECT_EQ(replies[4], (ReadReply{.kind = Reply::Kind::kError, .text = "ERR no"}));
  EXPECT_EQ(replies[5], (ReadReply{.kind = Reply::Kind::kStatus, .text = "PONG"}));
  EXPECT_EQ(replies[6], (ReadReply{.kind = Reply::Kind::kValue}));
}

TEST_F(Resp, TakesNoMoreThanOneReply) {
  ReplyReader reader(kMost);
  PartialReply partial;
  Reply reply;
  std::string_view bytes = "$2\r\nab\r\n+OK\r\n:1\r\n-";
  for (const std::size_t left : {10u, 5u, 1u}) {
    ASSERT_EQ(reader.next(partial, bytes, reply), ReplyReader::Next::kReply);
    EXPECT_EQ(bytes.size(), left);
    EXPECT_TRUE(partial.empty());
  }
}

TEST_F(Resp, ComparesAValueWithTheKeys) {
  writer.add(request(Verb::kSet, 3, 4000), 0);
  const std::string bytes = "$4000\r\n" + wire(writer).substr(wire(writer).size() - 4002);
  for (std::size_t cut = 1; cut < bytes.size(); cut += cut < 20 ? 1 : 331) {
    const std::vector<std::string> pieces{bytes.substr(0, cut), bytes.substr(cut)};
    for (const std::uint64_t key : {3u, 4u}) {
      Reply reply;
      ASSERT_EQ(read(pieces, reply, &block, key), ReplyReader::Next::kReply);
      EXPECT_EQ(reply.matches, key == 3) << cut;
    }
    // One wrong byte, in the first piece or in the second.
    for (const std::size_t wrong : {std::size_t{9}, bytes.size() - 5}) {
      std::vector<std::string> others = pieces;
      (wrong < cut ? others[0][wrong] : others[1][wrong - cut]) ^= 1;
      Reply reply;
      ASSERT_EQ(read(others, reply, &block, 3), ReplyReader::Next::kReply);
      EXPECT_FALSE(reply.matches) << cut << " " << wrong;
    }
  }
}

TEST_F(Resp, SaysWhenItIsNotTheProtocol) {
  Reply reply;
  for (const std::string bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "H", "\r\n", "*0\r\n", "*", "%1\r\n", "$x\r\n", "$\r\n",
        "$01\r\n", "$+1\r\n", "$-2\r\n", "$ 1\r\n", "$1 \r\n", ":x\r\n"}) {
    EXPECT_EQ(read({bytes}, reply), ReplyReader::Next::kBroken) << bytes;
  }
  // Another connection of the same reader is not affected.
  ReplyReader reader(kMost);
  for (const auto& [bytes, next] : {std::pair{":x\r\n", ReplyReader::Next::kBroken},
                                    {"+PONG\r\n", ReplyReader::Next::kReply}}) {
    PartialReply partial;
    std::string_view rest = bytes;
    EXPECT_EQ(reader.next(partial, rest, reply), next) << bytes;
  }
}

TEST_F(Resp, RefusesAValueThatDoesNotEndInALineEnd) {
  Reply reply;
  for (const std::string end : {"XX", "\rX", "X\n", "\n\r"}) {
    EXPECT_EQ(read({"$4\r\nxxxx" + end}, reply), ReplyReader::Next::kBroken);
    EXPECT_EQ(read({"$4\r\nxxxx" + end.substr(0, 1), end.substr(1)}, reply),
              ReplyReader::Next::kBroken);
  }
  EXPECT_EQ(read({"$4\r\nxxxx\r", "\n"}, reply), ReplyReader::Next::kReply);
}

// A store may send without end. The reader takes no more than a reply of the workload has.
TEST_F(Resp, BoundsWhatItHoldsOfAReply) {
  const std::string filler(1000, 'a');
  for (const std::string begin :
       {"+", "-", ":", "$", "$18000\r\n", "$536870912\r\n", "$9223372036854775806\r\n",
        "$99999999999999999999\r\n", "*1000000000\r\n:1\r\n"}) {
    ReplyReader reader(kMost);
    PartialReply partial;
    Reply reply;
    std::size_t fed = begin.size();
    std::string_view bytes = begin;
    ReplyReader::Next next = reader.next(partial, bytes, reply);
    for (; next == ReplyReader::Next::kMore && fed <= 1'000'000; fed += filler.size()) {
      bytes = filler;
      next = reader.next(partial, bytes, reply);
      EXPECT_LE(partial.line.size(), kMost);
    }
    EXPECT_EQ(next, ReplyReader::Next::kBroken) << begin;
    EXPECT_LE(fed, begin.size() < 2 ? kMost + filler.size() : begin.size())
        << begin;  // an announced length is enough
  }
}

// The parts of a value are counted and compared, and not kept.
TEST_F(Resp, KeepsNothingOfAValue) {
  ReplyReader reader(kMost);
  PartialReply partial;
  Reply reply;
  const std::string value = "$16384\r\n" + std::string(16384, 'x') + "\r\n";
  for (int i = 0; i < 10; ++i) {
    std::string_view bytes = std::string_view(value).substr(0, 10'000);
    EXPECT_EQ(reader.next(partial, bytes, reply), ReplyReader::Next::kMore);
    EXPECT_EQ(partial.line, "");
    bytes = std::string_view(value).substr(10'000);
    ASSERT_EQ(reader.next(partial, bytes, reply), ReplyReader::Next::kReply);
    EXPECT_EQ(reply.length, 16384u);
  }
}

// The reader agrees with hiredis, wherever the bytes are cut.
TEST_F(Resp, ReadsLikeHiredis) {
  writer.add(request(Verb::kSet, 0, 300), 0);
  const std::string value = "$300\r\n" + wire(writer).substr(wire(writer).size() - 302);
  const std::vector<std::string> corpus{value,
                                        "+OK\r\n",
                                        "+OK \r\n",
                                        "+ok\r\n",
                                        "+\r\n",
                                        "+PONG\r\n",
                                        "+O\rK\r\n",
                                        "+O\nK\r\n",
                                        "+OK\r\r\n",
                                        "$0\r\n\r\n",
                                        "$-1\r\n",
                                        "$-0\r\n",
                                        "$-2\r\n",
                                        "$00\r\n\r\n",
                                        "$01\r\na\r\n",
                                        "$+1\r\na\r\n",
                                        "$1\r\na\r\n",
                                        "$1\r\na\n\r",
                                        "$2\r\n\r\n\r\n",
                                        "$3\r\n$1\r\r\n",
                                        "$1x\r\na\r\n",
                                        "$\r\n",
                                        "$400\r\n",
                                        "$401\r\n",
                                        "$18446744073709551616\r\n",
                                        ":0\r\n",
                                        ":-7\r\n",
                                        ":9223372036854775807\r\n",
                                        ":\r\n",
                                        ":1.5\r\n",
                                        "-ERR no\r\n",
                                        "-\r\n",
                                        "-" + std::string(300, 'e') + "\r\n",
                                        "*0\r\n",
                                        "*1\r\n:1\r\n",
                                        "\r\n",
                                        "\n",
                                        "HTTP/1.1 400\r\n",
                                        std::string("+a\0b\r\n", 6),
                                        "+" + std::string(500, 's') + "\r\n"};
  constexpr std::size_t kLimit = 400;
  Random random(7);
  std::size_t compared = 0, complete = 0;
  const auto compare = [&](const std::string& bytes, const std::vector<std::size_t>& pieces) {
    const ReadReplies ours = read_in_pieces(bytes, pieces, kLimit, block);
    const ReadReplies theirs = read_by_hiredis(bytes, kLimit, block);
    ++compared;
    complete += ours.replies.size();
    ASSERT_EQ(ours.broken, theirs.broken) << testing::PrintToString(bytes);
    ASSERT_TRUE(ours == theirs) << testing::PrintToString(bytes);
  };
  // Each alone, cut in two everywhere.
  for (const std::string& one : corpus) {
    for (std::size_t cut = 0; cut <= one.size(); ++cut) {
      compare(one, {cut});
      compare(one.substr(0, cut), {});
    }
  }
  // Some after each other, with one byte changed in every third, and cut at random.
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (std::uint64_t n = random.below(4); n + 1 > 0; --n) {
      bytes += corpus[random.below(2) == 0 ? random.below(6) : random.below(corpus.size())];
      if (n == 0) break;
    }
    if (round % 3 == 0) bytes[random.below(bytes.size())] = "\r\n$+-:0159Ox"[random.below(12)];
    std::vector<std::size_t> pieces(random.below(6));
    for (std::size_t& piece : pieces) piece = random.below(12);
    compare(bytes, pieces);
  }
  EXPECT_GT(complete, compared / 2);
}

TEST(Command, CountsItsWords) {
  EXPECT_EQ(command({"AUTH", "s3"}), "*2\r\n$4\r\nAUTH\r\n$2\r\ns3\r\n");
}

}  // namespace
}  // namespace mpb
