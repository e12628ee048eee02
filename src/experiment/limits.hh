// The limits beyond which a run is invalid, each with its reason. docs/validity.md reports how
// often each of them is wrong.
#pragma once

#include "stats/gaps.hh"
#include "sys/clock.hh"

namespace mpb {

// The most that a load thread, the store or the emulator may use of a CPU, or want: the time that
// it ran plus the time that it waited. A process that wants more is the bottleneck at some moment
// of the window. The kernel keeps 5 % from real-time threads in any case, and the emulator rests
// for 2 %, so a limit above 93 % would never be reached.
inline constexpr double kMostCpuPct = 85;

// The most by which an event may happen late. The shortest stall that matters is twenty times as
// long.
inline constexpr Nanos kLatestEvent = 10ms;

// The longest gap, as a share of the window, and the sum of all gaps above kLeastGap: between two
// turns of a load thread or the emulator, or between a PING and the answer of the store. Nothing is
// carried meanwhile, so throughput falls by that share, and the limit is the margin of a verdict on
// throughput. In a window below half a second the limit is kLeastGap, which is twice the time
// between two turns.
inline constexpr double kMostGapShare = 0.02;

// The longest time that load threads, store and emulator together may make a request wait for a
// CPU, as a share of the run's median latency: the margin of a verdict on latency.
inline constexpr double kMostWaitShare = 0.05;
// Less is ignored, however short the latency: on a machine that does little else, the scheduler
// takes 5 to 20 us to wake each of the three.
inline constexpr Nanos kLeastWait = 50us;

// The longest time that the store or a load thread may wait for a CPU where no link is emulated and
// a CPU is the limit, as a share of the window. Alone on a machine with two CPUs they waited for
// 0.6 to 1.7 %, next to two busy loops for 40 %.
inline constexpr double kMostCrowdedShare = 0.05;

// Over emulated links and at a target the same limit applies, but only if other programs took more
// than this of a CPU: our own processes make each other wait for up to 14 % of a window (GET of 1k
// over 200 connections). Other programs took 20 % at most in 171 undisturbed runs, and 93 to 191 %
// next to two busy loops.
inline constexpr double kMostTakenPct = 25;

// How busy all CPUs of this host together may be in a window over netem. The CPU time that netem
// needed and did not get is counted nowhere, and beyond this share there is none left for it. Over
// the emulator, which costs more, two CPUs were busy for 57 % at most in 469 valid runs. For a
// single CPU the limit is kMostCpuPct, in soft interrupts.
inline constexpr double kMostHostPct = 90;

// How late the emulator may be, and how long packets may wait for it to read them, as a share of
// the latency of a request: at their 99th percentiles, and twice their medians, because every
// request meets those on both ways. The margin of a verdict on latency. Lateness does not
// accumulate: rates stay exact however late a packet is (tests/bench/oracle.py prints both).
inline constexpr double kMostLateShare = 0.05;
// Less is ignored at the 99th percentile, because the emulator reaches 20 to 100 us on a machine
// that does little else. The median has no such floor.
inline constexpr Nanos kLeastLateP99 = 100us;
// A packet may have waited for all that the emulator did since it last looked, at most 16 packets
// of each direction of a link. In 245 valid runs over links of 5 ms the 99th percentile was 211 us
// or less in 98 %, and 496 us at most. Over links without delay it has not been measured.
inline constexpr Nanos kLeastReadP99 = 500us;

// The time after an edge of the window until the link counters have been read, or 1 % of the window
// if that is longer, which is half of the margin of a verdict on throughput. In a window below 5 s
// this is the time that a busy orchestrator needs for its readings.
inline constexpr Nanos kLatestReading = 50ms;

// How far the edges of the windows of several hosts may be apart: this part of the window, as for
// the readings of the link counters.
inline constexpr int kEdgesApart = 100;

}  // namespace mpb
