// The command line: one file per subcommand, which only turns words into a call. CLI11 is used here
// alone.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/command_words.hh"

namespace mpb {

class Ranks;

using Action = std::function<int()>;  // returns the exit code

// Checks for the number of an option. CLI11's own checks print the largest double with 309 digits,
// and accept "-1" as the count 2^64 - 1.
CLI::Validator whole_number(std::uint64_t least,
                            std::uint64_t most = std::numeric_limits<int>::max());
CLI::Validator above_zero();
// The option accepts only these words, which its help and the completion of shells list.
void only(CLI::Option* option, std::vector<std::string> words);

// The text of an option: "Port of the store (default: 6379)".
template <class Value>
std::string with_default(std::string_view text, const Value& value) {
  return fmt::format("{} (default: {})", text, value);
}

// The text of --links, which two commands have.
inline constexpr std::string_view kLinksHelp =
    "Emulator of the links: netem (the kernel's), tun (our own), or auto, which prefers netem";

// The message about a command line that does not parse. It names the first unknown word, and the
// nearest name of an option or command.
std::string text_of(const CLI::App& app, const CLI::ParseError& error);

// Each function adds its options, and sets `action` if its subcommand is chosen.
// The main command, without a subcommand. `ranks` is null without mpirun.
void add_bench(CLI::App& app, Action& action, const CommandWords& words, Ranks* ranks);
void add_load(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_link(CLI::App& app, Action& action);
void add_flow(CLI::App& app, Action& action);
void add_lab(CLI::App& app, Action& action, const CommandWords& words);
void add_doctor(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);
void add_mptcpify(CLI::App& app, Action& action, const CommandWords& words);
void add_export(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_gate(CLI::App& app, Action& action, const CommandWords& words);

}  // namespace mpb
