// Replies of a store that may be hostile, in whatever pieces they arrive; and requests, which the
// built-in store must read as they were meant.
#include "load/resp.hh"

#include <cstring>
#include <tuple>
#include <vector>

#include "builtin/parser.hh"
#include "fuzz.hh"

namespace mpb {

namespace {

const ValueBlock& block() {
  static const ValueBlock shared;
  return shared;
}

struct Seen {
  std::vector<std::tuple<Reply::Kind, std::size_t, std::int64_t, std::string, bool>> replies;
  bool broken = false;
  bool operator==(const Seen&) const = default;
};

// False if nothing is left to read.
bool take(RespReader& reader, Seen& seen) {
  Reply reply;
  const RespReader::Next next = reader.next(reply, &block(), seen.replies.size());
  if (next == RespReader::Next::kBroken) seen.broken = true;
  if (next != RespReader::Next::kReply) return false;
  const bool has_text = reply.kind == Reply::Kind::kError || reply.kind == Reply::Kind::kStatus;
  if (has_text) assert(std::memchr(reply.text.data(), '\0', reply.text.size()) != nullptr);
  const bool is_value = reply.kind == Reply::Kind::kValue;
  seen.replies.emplace_back(reply.kind, is_value ? reply.length : 0,
                            reply.kind == Reply::Kind::kInteger ? reply.integer : 0,
                            has_text ? reply.text.data() : "", reply.matches);
  return true;
}

void read_pong(RespReader& reader) {
  reader.feed("+PONG\r\n");
  Reply reply;
  assert(reader.next(reply) == RespReader::Next::kReply);
  assert(reply.kind == Reply::Kind::kStatus && reply.text.data() == std::string_view("PONG"));
  assert(reader.held() == 0);
}

void replies(FuzzedDataProvider& input) {
  std::vector<std::size_t> pieces(input.ConsumeIntegralInRange<std::size_t>(0, 8));
  for (std::size_t& piece : pieces) piece = input.ConsumeIntegral<std::uint8_t>();
  const bool drop = input.ConsumeBool();
  const std::string bytes = input.ConsumeRemainingBytesAsString();

  RespReader at_once;
  Seen whole;
  at_once.feed(bytes);
  while (take(at_once, whole)) assert(at_once.held() < bytes.size());

  RespReader by_pieces;
  Seen cut;
  std::string_view rest = bytes;
  for (std::size_t i = 0; !cut.broken && !rest.empty(); ++i) {
    const std::size_t length = i < pieces.size() ? std::min(pieces[i], rest.size()) : rest.size();
    by_pieces.feed(rest.substr(0, length));
    rest.remove_prefix(length);
    while (take(by_pieces, cut)) continue;
  }
  assert(whole == cut);

  if (drop && !cut.broken) {
    by_pieces.drop();
  } else {
    by_pieces.reset();
  }
  read_pong(by_pieces);
}

std::string written(const RequestWriter& writer) {
  std::string bytes;
  for (int i = 0; i < writer.piece_count(); ++i) {
    bytes.append(static_cast<const char*>(writer.pieces()[i].iov_base), writer.pieces()[i].iov_len);
  }
  assert(bytes.size() == writer.bytes());
  return bytes;
}

void requests(FuzzedDataProvider& input) {
  const std::string prefix = input.ConsumeRandomLengthString(16);
  static std::optional<RequestWriter> writer;  // of 64 KiB
  writer.emplace(prefix, block());
  while (input.remaining_bytes() > 0) {
    Request request;
    request.key = input.ConsumeIntegralInRange<std::uint64_t>(0, 999'999'999'999);
    request.size = input.ConsumeIntegralInRange<std::uint32_t>(1, 40'000);
    request.verb = input.PickValueInArray({Verb::kGet, Verb::kSet, Verb::kDel});
    const std::size_t size = writer->wire_size(request);
    std::string bytes;
    // As after a short write: the rest, from wherever the kernel stopped.
    while (bytes.size() < size) {
      writer->clear();
      writer->add(request, bytes.size());
      std::string more = written(*writer);
      assert(!more.empty());
      if (more.size() > 1) more.resize(input.ConsumeIntegralInRange<std::size_t>(1, more.size()));
      if (bytes.size() > 1024) more = written(*writer);
      bytes += more;
    }
    assert(bytes.size() == size);
    std::vector<std::string_view> words;
    const ParsedCommand command = parse_command(bytes, words);
    assert(command.status == ParsedCommand::Status::kComplete && command.consumed == size);
    assert(words.size() == (request.verb == Verb::kSet ? 3 : 2));
    assert(words[1].starts_with(prefix));
    if (request.verb == Verb::kSet) assert(block().matches(request.key, words[2]));
  }
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  if (input.ConsumeBool()) {
    mpb::replies(input);
  } else {
    mpb::requests(input);
  }
  return 0;
}
