// The conversation with the emulator, from both ends: every command is answered by one line of
// JSON, and a line that is not a snapshot is refused as one.
#include "emu/control.hh"

#include <sys/socket.h>

#include <nlohmann/json.hpp>

#include "fuzz.hh"

namespace mpb {

namespace {

std::vector<LinkEnds> two_links() {
  std::vector<LinkEnds> links;
  for (const char* name : {"link1", "link2"}) {
    int ends[2];
    check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), "making a pair of sockets");
    links.push_back({{name, {}, {}}, Fd{ends[0]}, Fd{ends[1]}});
  }
  return links;
}

void check_answer(const std::string& command) {
  static Ferry ferry(two_links(), Seed{1});
  const std::string line = answer(ferry, command);
  assert(line.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  const bool failed = json.contains("error");
  assert(failed || json.empty() || json.contains("links"));
  for (const char* name : {"link1", "link2"}) assert(ferry.set({name, {}, {}}));  // as before
}

void check_links(const std::string& text) {
  const auto links = accepted([&] { return links_from_json(text); });
  if (!links) return;
  const std::string written = links_to_json(*links);
  assert(links_from_json(written) == *links);
  for (const LinkSpec& link : *links) check_answer("set " + link_to_json(link));
}

void check_snapshot(const std::string& text) {
  std::optional<Snapshot> snapshot;
  try {
    snapshot = snapshot_from_json(text);
  } catch (const RunFailed&) {
    return;
  }
  assert(snapshot_from_json(to_json(*snapshot)) == *snapshot);
}

}  // namespace

}  // namespace mpb

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return mpb::mutate_json(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  mpb::check_answer(text.substr(0, text.find('\n')));
  mpb::check_answer("set " + text.substr(0, text.find('\n')));
  mpb::check_links(text);
  mpb::check_snapshot(text);
  return 0;
}
