// The main command under mpirun, where each process is one rank of one experiment.
#pragma once

#include <optional>

#include "cmd/command_words.hh"
#include "experiment/messenger.hh"

namespace mpb {

// The place of this process, if mpirun started several and the words are those of the main command.
// Other commands, such as `serve`, are as many commands as there are processes.
std::optional<MpiPlace> place_of(const CommandWords& words);

// Checks that this build can take part. Throws BadInput in one process of each host.
// Returns false in the others if it cannot.
bool can_join(const MpiPlace& place);

// Runs a rank other than 0, and returns the exit code.
int serve(const MpiPlace& place);

}  // namespace mpb
