#pragma once

#include <string>
#include <vector>

namespace mpb {

// The command line as main() received it. The words after "--" are a command of the user's, which
// the parser does not read.
struct CommandWords {
  std::vector<std::string> all;      // as typed, for the record
  std::vector<std::string> options;  // without the program's name, up to "--"
  std::vector<std::string> command;  // after "--"
};

}  // namespace mpb
