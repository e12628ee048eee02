// The answers of a store, which may be hostile, in arbitrary pieces: one reply,
// and fields of it that are safe to keep and to show.
#include "experiment/store_talk.hh"
#include "experiment/target.hh"
#include "fuzz.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

// A complete reply stays the same whatever follows it.
void check_reply(std::string_view bytes) {
  const std::optional<StoreReply> reply = whole_reply(bytes);
  if (!reply) return;
  assert(reply->text.size() <= bytes.size());
  assert(!reply->error || reply->text.find("\r\n") == std::string::npos);
  const std::optional<StoreReply> longer = whole_reply(std::string(bytes) + "+OK\r\n");
  assert(longer && longer->text == reply->text && longer->error == reply->error);
  for (const char* name : {"run_id", "redis_version", "master_link_status"}) {
    const std::string value = info_field(reply->text, name);
    assert(value.size() <= 4 * 64);
    assert(for_terminal(value) == value);
  }
  std::int64_t calls = 0;
  for (const auto& [command, count] : store_calls_in(reply->text).calls) {
    assert(count >= 0 && for_terminal(command) == command);
    calls += count;  // the sanitizer notices an overflow
  }
  assert(calls >= 0);
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  mpb::check_reply(bytes.substr(0, size / 2));
  mpb::check_reply(bytes);
  return 0;
}
