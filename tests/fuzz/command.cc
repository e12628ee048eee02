// The command that a result records, one word a line, as --resume reads it: refused, or options
// within their bounds.
#include <sstream>
#include <vector>

#include "cmd/bench_options.hh"
#include "fuzz.hh"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  std::istringstream lines{std::string(reinterpret_cast<const char*>(data), size)};
  std::vector<std::string> command;
  for (std::string word; std::getline(lines, word);) command.push_back(word);
  const auto options = accepted([&] { return parse_bench_options(command); });
  if (!options) return 0;
  assert(options->repeat >= 1 && options->db >= 0);
  return 0;
}
