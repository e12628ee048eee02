// The names of figures. Each figure has one name, which is the same in all derived files:
// `scenario/cell/metric/variant`, such as `two-lossy-links/get_4k/p99/mptcp+congestion=bbr`, and
// for a ratio `.../mptcp+congestion=bbr-vs-tcp+congestion=bbr`. Names are ASCII without blanks, and
// the same from run to run: they contain no commit, host or date.
//
// The cell names the circumstances: operation, size, and the parameters that differ from the
// defaults (`get_4k_c200`, `get_4k_500rps_poisson`, `get_4k_zipf`, for a condition of a grid
// `get_4k_link2.delay=20ms`, and for a search `get_4k_p99_20ms`). The variant names the competitor:
// the protocol, then `+KEY=VALUE` for each other choice, with the congestion control first.
#pragma once

#include <set>
#include <string>

#include "analysis/group.hh"
#include "result/result.hh"

namespace mpb {

// "get_4k", from the run's operation, sizes and parameters.
std::string cell_name(const Result& result, const Run& run);
// From the first valid run: the size of a replica's data is unknown if an invalid run ended early.
std::string cell_name(const Result& result, const RunGroup& group);

// "mptcp+congestion=bbr+endpoints=signal", from all runs of the group, valid or not. Without a
// congestion control if it is unknown, or if the runs used several.
std::string variant_name(const Result& result, const RunGroup& group);

// The same from its parts. The settings of `variant` follow the congestion control, which every
// result knows.
std::string variant_name(const std::string& proto, const std::set<std::string>& congestion,
                         const Settings& variant);

// The scenario's name, in which '_' replaces all characters but letters, digits, '.', '_' and '-';
// "target" for the user's own store.
std::string scenario_name(const Result& result);

// A part of a name, in which '_' replaces all characters but letters, digits, '.', '_', '-' and
// those in `also`.
std::string name_part(std::string text, const char* also = "");

}  // namespace mpb
