#include "builtin/parser.hh"

#include <charconv>

namespace mpb {

namespace {

using Status = ParsedCommand::Status;

// The longest header line: a type byte, a length below 2^63, CR LF.
constexpr std::size_t kLongestHeader = 32;

enum class Header { kOk, kIncomplete, kBroken };

// Reads "<type><length>\r\n" at `at`, and moves `at` behind it.
Header read_header(std::string_view in, std::size_t& at, char type, std::size_t limit,
                   std::size_t& length) {
  if (at >= in.size()) return Header::kIncomplete;
  if (in[at] != type) return Header::kBroken;
  const std::size_t end = in.find("\r\n", at);
  if (end == std::string_view::npos)
    return in.size() - at > kLongestHeader ? Header::kBroken : Header::kIncomplete;
  const char* const last = in.data() + end;
  const auto [stop, error] = std::from_chars(in.data() + at + 1, last, length);
  if (error != std::errc{} || stop != last || length > limit) return Header::kBroken;
  at = end + 2;
  return Header::kOk;
}

ParsedCommand broken(const std::string& why) {
  return {Status::kBroken, 0, "ERR Protocol error: " + why};
}

ParsedCommand parse_inline(std::string_view in, std::vector<std::string_view>& args) {
  const std::size_t end = in.find('\n');
  if (end == std::string_view::npos) {
    return in.size() > kLongestInline ? broken("too big inline request")
                                      : ParsedCommand{Status::kIncomplete, 0, {}};
  }
  std::string_view line = in.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  while (true) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) break;
    line.remove_prefix(start);
    const std::size_t length = std::min(line.find_first_of(" \t"), line.size());
    if (args.size() == kMostArguments) return broken("too many arguments");
    args.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
  return {Status::kComplete, end + 1, {}};
}

}  // namespace

ParsedCommand parse_command(std::string_view in, std::vector<std::string_view>& args) {
  args.clear();
  if (in.empty()) return {};
  if (in[0] != '*') return parse_inline(in, args);
  std::size_t at = 0;
  std::size_t count = 0;
  switch (read_header(in, at, '*', kMostArguments, count)) {
    case Header::kIncomplete:
      return {};
    case Header::kBroken:
      return broken("invalid multibulk length");
    case Header::kOk:
      break;
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t length = 0;
    switch (read_header(in, at, '$', kLargestArgument, length)) {
      case Header::kIncomplete:
        return {};
      case Header::kBroken:
        return broken(in[at] == '$' ? "invalid bulk length" : "expected '$'");
      case Header::kOk:
        break;
    }
    if (in.size() - at < length + 2) return {};
    if (in.substr(at + length, 2) != "\r\n") return broken("a bulk string does not end with CR LF");
    args.push_back(in.substr(at, length));
    at += length + 2;
  }
  return {Status::kComplete, at, {}};
}

}  // namespace mpb
