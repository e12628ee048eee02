// Reads one command of the RESP protocol (an array of bulk strings, or an inline command) from the
// front of a buffer. Pure, without state between calls. It copies nothing, and the limits below
// bound the cost of hostile input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mpb {

inline constexpr std::size_t kMostArguments = 1024;
inline constexpr std::size_t kLargestArgument = 512U << 20U;  // proto-max-bulk-len of Redis
inline constexpr std::size_t kLongestInline = 64U << 10U;

struct ParsedCommand {
  enum class Status { kComplete, kIncomplete, kBroken };
  Status status = Status::kIncomplete;
  std::size_t consumed = 0;  // if complete; an empty line is complete and has no arguments
  std::string error;         // if broken: the error reply, after which the connection is closed
};

// Fills `args` with views into `in`.
ParsedCommand parse_command(std::string_view in, std::vector<std::string_view>& args);

}  // namespace mpb
