// The program as main() calls it.
#pragma once

#include "cmd/command_words.hh"

namespace mpb {

// Parses the words and runs the subcommand that they choose; returns its exit code. Its exceptions
// are those that main() prints as a sentence.
int run_program(const CommandWords& words);

}  // namespace mpb
