// Questions to a store that we did not start.
#pragma once

#include <cstdint>
#include <map>
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

// The calls of each command since the store was started, from INFO commandstats, with those that it
// rejected. Without them, `why_not` has the reason: a store may refuse INFO to a user, or not know
// it.
struct StoreCalls {
  std::map<std::string, std::int64_t> calls;
  std::string why_not;
};
StoreCalls target_calls(const Target& target);

// The parser behind it.
StoreCalls store_calls_in(const std::string& info);

}  // namespace mpb
