// The built-in store: each command of two clients gets exactly one well-formed reply, in whatever
// pieces it arrives, and the memory of the store has a bound.
#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "builtin/commands.hh"
#include "builtin/parser.hh"
#include "fuzz.hh"

namespace mpb {

namespace {

constexpr std::size_t kMemory = 4096;

struct Client {
  Session session;
  std::string pending;
  bool open = true;
};

// Where the reply that begins at `at` ends, in either version of the protocol (hiredis before 1.0
// knows only the second); npos when it is none.
std::size_t end_of_reply(std::string_view bytes, std::size_t at) {
  const std::size_t line_end = bytes.find("\r\n", at);
  if (line_end == std::string_view::npos) return line_end;
  const char type = bytes[at];
  if (type == '+' || type == '-' || type == ':' || type == '_') return line_end + 2;
  long length = 0;
  const auto [end, error] = std::from_chars(bytes.data() + at + 1, bytes.data() + line_end, length);
  if (error != std::errc{} || end != bytes.data() + line_end) return std::string_view::npos;
  if (type == '$') {
    if (length < 0) return line_end + 2;
    const std::size_t behind = line_end + 2 + static_cast<std::size_t>(length);
    return bytes.substr(std::min(behind, bytes.size()), 2) == "\r\n" ? behind + 2
                                                                     : std::string_view::npos;
  }
  if (type != '*' && type != '%') return std::string_view::npos;
  at = line_end + 2;
  for (long left = type == '%' ? 2 * length : length; left > 0 && at < bytes.size(); --left)
    at = end_of_reply(bytes, at);
  return at;
}

void check_reply(const std::string& bytes) { assert(end_of_reply(bytes, 0) == bytes.size()); }

// A complete command stays the same whatever follows it.
void check_prefix(std::string_view all, const ParsedCommand& command) {
  std::vector<std::string_view> words;
  const ParsedCommand again = parse_command(all.substr(0, command.consumed), words);
  assert(again.status == ParsedCommand::Status::kComplete && again.consumed == command.consumed);
  const ParsedCommand cut = parse_command(all.substr(0, command.consumed - 1), words);
  assert(cut.status == ParsedCommand::Status::kIncomplete);
}

void take_commands(Commands& store, Client& client) {
  std::vector<std::string_view> words;
  while (client.open) {
    const ParsedCommand command = parse_command(client.pending, words);
    if (command.status == ParsedCommand::Status::kIncomplete) return;
    if (command.status == ParsedCommand::Status::kBroken) {
      check_reply("-" + command.error + "\r\n");
      client.open = false;
      return;
    }
    assert(command.consumed > 0 && command.consumed <= client.pending.size());
    check_prefix(client.pending, command);
    if (!words.empty()) {
      std::string reply;
      store.execute(words, client.session, reply);
      check_reply(reply);
      assert(store.memory() <= kMemory);
      if (client.session.quit) client.open = false;
    }
    client.pending.erase(0, command.consumed);
  }
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  FuzzedDataProvider input(data, size);
  Commands store(kMemory, "no");
  std::array<Client, 2> clients;
  while (input.remaining_bytes() > 0) {
    Client& client = clients[input.ConsumeBool() ? 1 : 0];
    client.pending += input.ConsumeRandomLengthString();
    take_commands(store, client);
  }
  return 0;
}
