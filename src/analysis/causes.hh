// The causes of a figure: the limit of a closed loop, and the components of its 99th percentile.
// The sentences state only what the records of the runs support. Medians over the valid runs.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hh"
#include "result/result.hh"

namespace mpb {

// A link that carries this share of its rate in one direction is full: acknowledgements and the
// losses of a scenario keep even the best links at 95 to 99 %.
inline constexpr double kFullLink = 0.9;
// A process that uses this much of a CPU, in per cent, may be the limit, because its load comes in
// bursts. Beyond 85 % the run is invalid.
inline constexpr double kBusyPct = 70;
// The same for all CPUs of the host together.
inline constexpr double kBusyHostPct = 90;

// "GET 16k, mptcp: no link is full (link1 62 %, link2 60 %), and the link emulator used 83 % of a
// CPU: this host may be the limit, and not the links." One for each group of a closed loop whose
// links are not full. If the host is not busy either, the sentence gives the time that a request
// takes.
std::vector<std::string> limit_sentences(const Result& result, const std::vector<RunGroup>& groups);

// "GET 4k, tcp: p99 231 ms; retransmitted segments (RetransSegs) 18/17; ..." One for each group
// whose links do not change, in cells with two protocols or more. Counters are the kernel's, per
// thousand requests, at client and server.
std::vector<std::string> tail_sentences(const Result& result, const std::vector<RunGroup>& groups);
inline constexpr const char* kTailHeading = "Why p99";
inline constexpr const char* kAboutTail =
    "10 of 1000 requests take longer than p99. Each pair of numbers counts events per 1000 "
    "requests, at the client and at the server. Names like RetransSegs are those of nstat(8).";

}  // namespace mpb
