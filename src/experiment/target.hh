// Questions to a store that we did not start.
#pragma once

#include <string>

#include "experiment/plan.hh"

namespace mpb {

// "valkey 9.1.0", from INFO over plain TCP; "unknown" if INFO has no version. Throws BadInput if
// the address does not parse or the store refuses the password or the database, and RunFailed if
// nothing answers there.
std::string target_version(const Target& target);

// Throws RunFailed, with the remedy, if a connection to the store over MPTCP falls back to TCP:
// every run of MPTCP would be invalid.
void check_mptcp(const Target& target);

// The run_id from INFO, which changes when the store is restarted; "" if INFO has none, or nothing
// answers.
std::string target_life(const Target& target);

}  // namespace mpb
