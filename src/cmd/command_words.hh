#pragma once

#include <string>
#include <vector>

namespace mpb {

// The command line as main() got it. What follows "--" is a command of the user's and no business
// of the parser.
struct CommandWords {
  std::vector<std::string> all;      // as typed, for the record
  std::vector<std::string> options;  // without the program's name, up to "--"
  std::vector<std::string> command;  // behind "--"
};

}  // namespace mpb
