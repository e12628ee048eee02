// Whether what a run measured can be believed. Each function moves what was seen into the run and
// adds the reasons against it, as clauses of a sentence, to run.invalid_reasons.
// docs/validity.md lists them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "emu/snapshot.hh"
#include "experiment/plan.hh"
#include "net/sock_diag.hh"
#include "result/result.hh"

namespace mpb {

// Counts, latencies, MPTCP proof and CPU of the load. `expected_subflows` is 0 where any number
// will do.
void judge_outcome(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                   int expected_subflows, Run& run);

// What the emulator says of itself at the end of the window, where there is one.
void note_emulator(const std::optional<Snapshot>& snapshot, Run& run);

// Virtual time stands still while a program computes: what the host counts of CPUs means nothing,
// and is not there for judges and tables. The gaps stay, which are of the clock.
void forget_cpu(Run& run);

// That none of our processes was what limited the run: by the CPU time that it used, or wanted and
// did not get.
void judge_cpu(Run& run);

// The longest that one of our processes may do nothing in such a window, and that none did so for
// longer, at once or in several gaps together. One that is stopped does not wait for a CPU: only
// the gap shows it.
Nanos longest_gap_allowed(Nanos window);
void judge_gaps(Run& run);

// That none of them waited for a CPU for so long that the latency shows it.
void judge_waiting(Run& run);

// In the place of these two where no link is emulated, so that a CPU is what limits: that the store
// and the load's threads had it to themselves.
void judge_crowding(Run& run);

// Over emulated links, which themselves make store and load wait: the same, but only where others
// took a CPU. With netem and at a target these are the others from before the load. `cpus` are this
// host's.
void judge_rivals(int cpus, Run& run);

// Over netem, whose work is charged to nobody, in the place of judging an emulator: that it had the
// CPU that it needs.
void judge_netem(int cpus, Run& run);

// Notes which of these checks were not made, because the kernel does not count what they need.
void note_unchecked(Run& run);

// The kernel's counters, by nstat(8)'s names, of packets that it loses beside any link.
const std::set<std::string>& loss_counters();

// That the kernel, by the counters of run.kernel, and the queues of this host lost no packet that
// only a link may lose.
void judge_losses(std::int64_t by_softnet, Run& run);

// How long after the window opened and closed the links' counters had been read: they must be the
// window's, and two that are equally late are of another one.
void judge_edges(Nanos opening_late, Nanos closing_late, Run& run);

// That the links changed when they were to.
void judge_events(Run& run);

// What a request takes at least over the scenario's links, as they are at first: there and back
// over the shortest of them; in a closed loop, whose connections wait for each other's bytes, no
// less than they take to go over all links. The same for every protocol.
Nanos base_latency(const ExperimentOptions& options, const Cell& cell);

// Of the emulator, when there is one, against such a latency or the run's own median, whichever is
// less: what is late must not be what either shows.
void judge_lateness(Nanos base, Run& run);

// What established connections use at one end ("client"); none at all is no proof.
void note_congestion_controls(const std::vector<TcpSocket>& connections, const std::string& end,
                              Run& run);

// To the subflows that were followed, what the client's end shows of those from the same address: a
// link has one.
void tell_subflows(const std::vector<TcpSocket>& ours, Run& run);

// At most one congestion control, and the one asked for, when one was.
void judge_congestion_control(const std::string& wanted, Run& run);

}  // namespace mpb
