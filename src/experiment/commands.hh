// The command lines that an experiment is made of. Each can be typed by a person; the result
// records them.
#pragma once

#include <string>
#include <vector>

#include "experiment/plan.hh"

namespace mpb {

using CommandLine = std::vector<std::string>;

// How many connections each link gets, where the protocol spreads them over all: in proportion to
// the rates, at the beginning, of the direction in which the values go (of a mix, weighted). Empty
// where it does not.
std::vector<int> split_of(const ExperimentOptions& options, const Cell& cell);

// The measured run of a cell. `subflows` is what every MPTCP connection must show before it starts,
// 0 for any.
CommandLine load_command(const ExperimentOptions& options, const Cell& cell, int subflows);

// Writes every key of the cell's keyspace once: inside the store's namespace, over loopback, unless
// the store is a target.
CommandLine fill_command(const ExperimentOptions& options, const Cell& cell);

// Removes every key that fill and SET have written.
CommandLine cleanup_command(const ExperimentOptions& options);

// As a person would type it: the program's own path becomes its name.
std::string shown_text(CommandLine argv);

}  // namespace mpb
