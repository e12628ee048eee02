// What a store that we did not start says about itself.
#pragma once

#include <string>

#include "experiment/plan.hh"

namespace mpb {

// "valkey 9.1.0", from INFO over plain TCP; "unknown" when it does not tell. Throws BadInput when
// the address does not parse or the store refuses the password or the database, and RunFailed when
// nobody answers there.
std::string target_version(const Target& target);

// What changes when the store is restarted (run_id of INFO); "" when it does not tell, or nobody
// answers.
std::string target_life(const Target& target);

}  // namespace mpb
