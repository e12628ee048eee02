// Reads one command of the RESP protocol (an array of bulk strings, or an inline command) from the
// front of a buffer. Pure: no state between calls, nothing is copied, and hostile input costs no
// more than the limits below.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mpb {

inline constexpr std::size_t kMostArguments = 1024;
inline constexpr std::size_t kLargestArgument =
    512U << 20U;  // the protocol's own limit, as proto-max-bulk-len
inline constexpr std::size_t kLongestInline = 64U << 10U;

struct ParsedCommand {
  enum class Status { kComplete, kIncomplete, kBroken };
  Status status = Status::kIncomplete;
  std::size_t consumed = 0;  // when complete; an empty line is complete and has no arguments
  std::string
      error;  // when broken: the text of the error reply, after which the connection is closed
};

// Fills `args` with views into `in`.
ParsedCommand parse_command(std::string_view in, std::vector<std::string_view>& args);

}  // namespace mpb
