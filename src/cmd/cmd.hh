// The command line: one file a subcommand, each of which only turns words into a call. CLI11 lives
// here.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <limits>

#include "cmd/command_words.hh"

namespace mpb {

using Action = std::function<int()>;  // returns the exit code

// What an option's number may be. CLI11's own checks name the largest double, in 309 digits, and
// take "-1" for a count of 2^64 - 1.
CLI::Validator whole_number(std::uint64_t least,
                            std::uint64_t most = std::numeric_limits<int>::max());
CLI::Validator above_zero();

// Each adds its options and sets `action` when it is chosen.
void add_bench(CLI::App& app, Action& action,
               const CommandWords& words);  // the main job: no subcommand
void add_load(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_link(CLI::App& app, Action& action);
void add_lab(CLI::App& app, Action& action, const CommandWords& words);
void add_doctor(CLI::App& app, Action& action);
void add_list(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_gate(CLI::App& app, Action& action, const CommandWords& words);

}  // namespace mpb
