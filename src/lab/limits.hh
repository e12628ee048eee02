// The limits beyond which a run is no result, each with its reason. docs/validity.md has how
// often each is wrong.
#pragma once

#include "stats/gaps.hh"
#include "sys/clock.hh"

namespace mpb {

// Of a CPU, used by a load thread, the store or the emulator, or wanted: used and waited for. What
// wants more is a bottleneck in one moment or another of the window. The kernel takes 5 % from a
// real-time thread in any case, and the emulator itself rests for 2 %, so that a limit above 93 %
// would never be reached.
inline constexpr double kMostCpuPct = 85;

// Of the window, without a turn of a load thread or the emulator, or without an answer of the
// store: the longest gap, and the sum of the gaps above kLeastGap. Nothing is carried meanwhile, so
// that throughput is lower by as much: the margin of a verdict on it. Of a window below half a
// second it is kLeastGap, twice as long as a wait between two turns.
inline constexpr double kMostGapShare = 0.02;

// Of the run's median latency, how long the load's threads, the store and the emulator together may
// make a request wait for a CPU: the margin of a verdict on latency.
inline constexpr double kMostWaitShare = 0.05;
// No latency is so short that less counts: the scheduler takes 5 to 20 us to wake each of the three
// on a machine that does little else.
inline constexpr Nanos kLeastWait = 50us;

// Of the window, how long the store or a load thread may wait for a CPU where no link is emulated
// and a CPU is what limits. Alone on a machine of two CPUs they waited for 0.6 to 1.7 %, next to
// two busy loops for 40 %.
inline constexpr double kMostCrowdedShare = 0.05;

// Over emulated links and at a target the same limit, but only where others took more than this of
// a CPU: what our own processes make each other wait for is up to 14 % of a window (GET of 1k over
// 200 connections). Others took 20 % at most in 171 undisturbed runs, 93 to 191 % next to two busy
// loops.
inline constexpr double kMostTakenPct = 25;

// Of all CPUs of this host, how busy they may be in a window over netem. What it wanted and did not
// get is counted nowhere, and beyond this it has nowhere to go. Over the emulator, which costs
// more, two CPUs were busy for 57 % at most in 469 valid runs. A single CPU has kMostCpuPct, in
// soft interrupts.
inline constexpr double kMostHostPct = 90;

// Of a request's latency, how late the emulator may be, and how long packets may wait to be read by
// it: at their 99th percentiles, and there and back at their medians, which every request meets.
// The margin of a verdict on latency. Lateness does not accumulate: rates stay exact however late a
// packet is (tests/bench/oracle.py prints both).
inline constexpr double kMostLateShare = 0.05;
// Of the 99th percentile alone no less counts, because the emulator reaches 20 to 100 us on a
// machine that does little else. The median has no such floor.
inline constexpr Nanos kLeastLateP99 = 100us;
// A packet may have waited for all that the emulator did since it last looked, at most 16 packets
// of each direction of a link. In 245 valid runs over links of 5 ms the 99th percentile was 211 us
// or less in 98 %, and 496 us at most. Over links without delay it has not been measured.
inline constexpr Nanos kLeastReadP99 = 500us;

// After an edge of the window, until the links' counters have been read there, or 1 % of the
// window: as far as they are of the window, and half of the margin of a verdict on throughput. For
// a window below 5 s as long as an orchestrator at a bad moment needs for its readings.
inline constexpr Nanos kLatestReading = 50ms;

}  // namespace mpb
