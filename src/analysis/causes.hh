// What limited a closed loop, and what its 99th percentile is made of: sentences that say no more
// than the runs' own records support. Medians over the valid runs.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hh"
#include "result/result.hh"

namespace mpb {

// A link that carries this share of its rate in one direction is full: headers of acknowledgements
// and the losses of a scenario keep the best of them at 95 to 99 %.
inline constexpr double kFullLink = 0.9;
// A process that uses this much of a CPU may be what limits: its load comes in bursts, and beyond
// 85 % the run is invalid. In per cent.
inline constexpr double kBusyPct = 70;
// The same of all CPUs of the host together.
inline constexpr double kBusyHostPct = 90;

// "GET 16k, mptcp: no link is full (link1 62 %, link2 60 %), and the link emulator used 83 % of a
// CPU: this host may be what limits." Of each group of a closed loop whose links are not full; of
// one whose host is not busy either, what its connections wait for.
std::vector<std::string> limit_sentences(const Result& result, const std::vector<RunGroup>& groups);

// "GET 4k, tcp: p99 231 ms; RetransSegs 18/17; ..." Of each group of a cell with two protocols
// or more, whose links do not change. The counters are the kernel's, a thousand requests, of client
// and server.
std::vector<std::string> tail_sentences(const Result& result, const std::vector<RunGroup>& groups);
inline constexpr const char* kAboutTail =
    "Why p99, beyond which 10 of 1000 requests lie: the kernel's counters for 1000 requests, at "
    "the client/server";

}  // namespace mpb
