// Replies of a store that may be hostile, in whatever pieces they arrive, which must be read as
// hiredis reads them; and requests, which the built-in store must read as they were meant.
#include "load/resp.hh"

#include <vector>

#include "../unit/load/hiredis_replies.hh"
#include "builtin/parser.hh"
#include "fuzz.hh"

namespace mpb {

namespace {

const ValueBlock& block() {
  static const ValueBlock shared;
  return shared;
}

void replies(FuzzedDataProvider& input) {
  std::vector<std::size_t> pieces(input.ConsumeIntegralInRange<std::size_t>(0, 8));
  for (std::size_t& piece : pieces) piece = input.ConsumeIntegral<std::uint8_t>();
  const std::size_t limit = input.ConsumeIntegral<std::uint8_t>() * std::size_t{16};
  const std::string bytes = input.ConsumeRemainingBytesAsString();
  const ReadReplies theirs = read_by_hiredis(bytes, limit, block());
  assert(read_in_pieces(bytes, {}, limit, block()) == theirs);
  assert(read_in_pieces(bytes, pieces, limit, block()) == theirs);
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
