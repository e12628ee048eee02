// The command lines of an experiment. A person can type each of them; the result records them.
#pragma once

#include <string>
#include <vector>

#include "experiment/plan.hh"

namespace mpb {

using CommandLine = std::vector<std::string>;

// The numbers of the links of a host, from 0. Each client of a scenario offers one part of the
// load. Empty at a target.
std::vector<std::size_t> links_of_part(const ExperimentOptions& options, Part part);

// The number of connections for each link of a host, if the protocol spreads them over all links;
// empty otherwise. They are in proportion to the initial rates of the direction in which the values
// go; for a mix of GET and SET, to the weighted mean of both directions.
std::vector<int> split_of(const ExperimentOptions& options, const Cell& cell, Part part = {});

// The measured run of a cell. It starts when every MPTCP connection has `subflows` subflows; 0
// accepts any number. With several hosts, `part` is that of one of them.
CommandLine load_command(const ExperimentOptions& options, const Cell& cell, int subflows,
                         Part part = {});

// Writes every key of the cell's keyspace once, over loopback in the store's namespace unless the
// store is a target.
CommandLine fill_command(const ExperimentOptions& options, const Cell& cell);

// Removes every key that the fill and the SETs have written.
CommandLine cleanup_command(const ExperimentOptions& options);

// As a person types it: the path of this program becomes its name.
std::string shown_text(CommandLine argv);

}  // namespace mpb
