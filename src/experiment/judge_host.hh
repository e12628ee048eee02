// Decides whether this machine disturbed a run. Each function adds reasons against the run to
// run.invalid_reasons, as clauses of a sentence. docs/validity.md lists them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "emu/snapshot.hh"
#include "experiment/plan.hh"
#include "result/result.hh"

namespace mpb {

// The emulator's own report at the end of the window, if there is an emulator.
void note_emulator(const std::optional<Snapshot>& snapshot, Run& run);

// Removes the CPU times, which mean nothing in virtual time: that clock stands still while a
// program computes. The gaps remain, because they are differences of the virtual clock itself.
void forget_cpu(Run& run);

// None of our processes was the bottleneck: none used 85 % of a CPU, or wanted as much.
void judge_cpu(Run& run);

// The longest time that one of our processes may do nothing in a window of this length, and the
// check of it, for the longest gap and for all gaps together. A stopped process does not wait for a
// CPU, so only a gap shows it.
Nanos longest_gap_allowed(Nanos window);
void judge_gaps(Run& run);

// None of our processes waited for a CPU so long that it shows in the latency.
void judge_waiting(Run& run);

// Replaces judge_waiting() and judge_rivals() where no link is emulated, so that a CPU is the
// limit: the store and the load threads had theirs to themselves.
void judge_crowding(Run& run);

// The same over emulated links, which themselves make store and load wait: therefore only if other
// programs took a CPU. With netem and at a target these are the programs that ran before the load.
// `cpus` is the number of CPUs of this host.
void judge_rivals(int cpus, Run& run);

// Over netem, whose work is charged to no process, instead of the check of an emulator: whether it
// had the CPU that it needs.
void judge_netem(int cpus, Run& run);

// Adds a note about the checks that were not made because this kernel does not count their input.
void note_unchecked(Run& run);

// Names, as in nstat(8), of the kernel's counters of packets that it lost outside the links.
const std::set<std::string>& loss_counters();

// No packet was lost outside the links, by the counters in run.kernel and the queues of this host.
void judge_losses(std::int64_t by_softnet, Run& run);

// The kernel has tokens for all MPTCP connections. `counters` are those of one namespace since it
// was made, so they include the connections that filled the store. Those do not matter unless some
// of the load fell back.
void judge_tokens(const std::string& role, const std::map<std::string, std::int64_t>& counters,
                  Run& run);

// The link counters belong to the window. The arguments are the times from the opening and the
// closing of the window until they had been read; two equal delays would describe another window.
void judge_edges(Nanos opening_late, Nanos closing_late, Run& run);

// The links changed at the times of the scenario's events.
void judge_events(Run& run);

// The least time that a request takes over the scenario's links as they are at first: there and
// back over the shortest link. In a closed loop the connections share the links, so it is at least
// the time in which all links carry the bytes of all connections. The same for every protocol.
Nanos base_latency(const ExperimentOptions& options, const Cell& cell);

// The emulator, if there is one, was late by a small part of `base` at most, or of the run's own
// median latency if that is less.
void judge_lateness(Nanos base, Run& run);

}  // namespace mpb
