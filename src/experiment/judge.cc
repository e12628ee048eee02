#include "experiment/judge.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "analysis/wire_model.hh"
#include "experiment/limits.hh"
#include "experiment/store_under_test.hh"
#include "sys/cpu.hh"

namespace mpb {

namespace {

constexpr Nanos kLatestEvent = 10ms;  // the shortest stall that matters is twenty times as long

constexpr double kSaturatedShare = 0.01;  // of the offered requests, never sent
constexpr double kGrowthShare = 0.001;    // of the offered requests
constexpr double kGrowthShareInFlight = 0.05;
constexpr double kChance = 2;  // requests, added to the square root of the smallest backlog

// Whether more requests came due than were answered. `least` is the smallest backlog in each
// quarter of the window: it must grow from quarter to quarter, by more than chance explains.
//
// This finds overload that the limit of 1 % unsent requests misses: a slight overload over a long
// time, where all connections stay busy, and a short run in which the connections still have `room`
// for the excess. In the second case the growth must be large, because the backlog also grows for a
// while when congestion control still explores the links.
bool backlog_grew(const std::vector<std::uint64_t>& least, double offered, std::uint64_t room) {
  if (least.size() != 4 || least[1] >= least[2] || least[2] >= least[3]) return false;
  const auto grown = static_cast<double>(least[3] - least[1]);  // in half a window
  const double share = least[3] > room ? kGrowthShare : kGrowthShareInFlight;
  return grown > offered / 2 * share && grown > kChance + std::sqrt(static_cast<double>(least[1]));
}

std::string of_all(int part, int all) { return fmt::format("{} of {} connections", part, all); }

const std::string kTooBusy =
    "this machine is too busy; stop other programs, or use a machine with more CPUs";

Nanos part_of(Nanos time, double share) {
  return Nanos{std::llround(share * static_cast<double>(time.count()))};
}

std::string in_microseconds(Nanos time) {
  return to_text(std::chrono::round<std::chrono::microseconds>(time));
}

std::string in_milliseconds(Nanos time) {
  return to_text(std::chrono::round<std::chrono::milliseconds>(time));
}

std::string whole_percent(double pct) { return fmt::format("{} %", std::llround(pct)); }

// Empty for a thread without a record: results of older versions have none.
Attendance attendance_of(const Outcome& load, std::size_t thread) {
  return thread < load.threads.size() ? load.threads[thread] : Attendance{};
}

// The name of the link that a subflow uses, by its address on the client; "" if it is none of ours.
std::string link_of(const SubflowTrace& trace, const ExperimentOptions& options) {
  if (options.target || trace.local.empty()) return "";
  for (std::size_t i = 0; i < options.scenario.links.size(); ++i) {
    if (trace.local == client_address(i)) return options.scenario.links[i].name;
  }
  return "";
}

std::string state_of(const LinkEvent& event) {
  if (!event.state) return "";
  switch (*event.state) {
    case LinkEvent::State::kUp:
      return "up";
    case LinkEvent::State::kDown:
      return "down";
    case LinkEvent::State::kUnplugged:
      return "unplugged";
  }
  return "";
}

// Names the events with which the segments of the load begin. Without events there are no segments
// to distinguish.
void name_events(const ExperimentOptions& options, std::vector<Segment>& segments) {
  if (options.target || options.scenario.events.empty()) return segments.clear();
  for (Segment& segment : segments) {
    std::vector<std::string> words;
    for (const LinkEvent& event : options.scenario.events) {
      if (event.at != segment.from) continue;
      words.push_back(to_text(event, options.scenario));
      const std::string& link = options.scenario.links[event.link].name;
      segment.link = words.size() == 1 || segment.link == link ? link : "";
      segment.state = words.size() == 1 ? state_of(event) : "";
    }
    segment.event = fmt::format("{}", fmt::join(words, ", "));
  }
}

bool links_change(const ExperimentOptions& options) {
  return !options.target && !options.scenario.events.empty();
}

// The outcome becomes part of the run, with the names of links and events.
void record_outcome(const Outcome& outcome, const ExperimentOptions& options, Run& run) {
  const std::set<std::string> seen = run.outcome.congestion_control;
  run.outcome = outcome;
  run.outcome.congestion_control.insert(seen.begin(), seen.end());
  run.throughput_rps = outcome.throughput_rps();
  run.goodput_bps = outcome.goodput_bps();
  for (SubflowTrace& trace : run.outcome.subflows) trace.link = link_of(trace, options);
  name_events(options, run.outcome.segments);
}

// An open loop is saturated if requests were never sent, or if the backlog grew. The rate of the
// answers is not a criterion: a Poisson process at a low rate falls short of its mean in many
// healthy runs.
void judge_saturation(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                      Run& run) {
  if (!cell.rate) return;
  const std::uint64_t offered = outcome.requests + outcome.censored + outcome.lost();
  const auto room = static_cast<std::uint64_t>(options.workload.connections) *
                    static_cast<std::uint64_t>(options.workload.pipeline);
  // Unsent requests are missing among the latencies, whatever the reason; the latencies of the rest
  // are biased, so this counts where links change too.
  const bool unsent =
      static_cast<double>(outcome.unsent) > kSaturatedShare * static_cast<double>(offered);
  // Where links change, a backlog is an effect of the events, not a sign of too high a rate.
  const bool grew =
      !links_change(options) && backlog_grew(outcome.backlog, static_cast<double>(offered), room);
  run.saturated = unsent || grew;
  if (links_change(options) && outcome.unsent > 0) {
    run.notes.push_back(fmt::format(
        "{} requests that were due were not sent before the window closed", outcome.unsent));
  }
}

// Proof that every connection was MPTCP with one subflow per link, from the first to the last
// moment of the window.
void judge_mptcp(const Outcome& outcome, const ExperimentOptions& options, int expected_subflows,
                 Run& run) {
  const auto invalid = [&run](std::string why) { run.invalid_reasons.push_back(std::move(why)); };
  const MptcpProof& first = outcome.mptcp_start;
  const MptcpProof& last = outcome.mptcp_end;
  run.mptcp = {last.connections, std::max(first.fallbacks, last.fallbacks),
               std::min(first.subflows_min, last.subflows_min),
               std::max(first.subflows_max, last.subflows_max), last.complete};
  if (run.mptcp.fallbacks > 0) {
    // We start our own stores and links ourselves, so only a target needs the remedy.
    invalid(fmt::format("fell back to TCP on {}{}{}",
                        of_all(run.mptcp.fallbacks, std::max(first.connections, last.connections)),
                        first.fallbacks == 0 ? ", in mid-run" : "",
                        options.target ? fmt::format(": {}", kFallbackRemedy) : ""));
  } else if (links_change(options) && first.subflows_min >= expected_subflows &&
             last.complete < last.connections) {
    run.notes.push_back(fmt::format(
        "{} ended with fewer than {} subflows: those that the events closed did not come back",
        of_all(last.connections - last.complete, last.connections), expected_subflows));
  } else if (expected_subflows > 0 && first.subflows_min < expected_subflows) {
    invalid(fmt::format("some connections started with {} of {} subflows", first.subflows_min,
                        expected_subflows));
  } else if (expected_subflows > 0 && last.subflows_min < expected_subflows) {
    invalid(fmt::format("some connections ended with {} of {} subflows", last.subflows_min,
                        expected_subflows));
  } else if (expected_subflows > 0 && !links_change(options) &&
             run.mptcp.subflows_max > expected_subflows) {
    invalid(fmt::format("some connections had {} subflows where there are {} links",
                        run.mptcp.subflows_max, expected_subflows));
  } else if (options.target && run.mptcp.connections > 0 && run.mptcp.subflows_max < 2) {
    // The number of links is unknown on a host's own network, so only the subflows can show it.
    invalid(
        "MPTCP had a single path, so there is nothing to compare with TCP; add a second path on "
        "this host (ip mptcp endpoint add ADDRESS dev DEVICE subflow), and allow a second subflow "
        "at both ends (ip mptcp limits)");
  }
}

// The connections and the answers of the store.
void judge_answers(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                   Run& run) {
  const auto invalid = [&run](std::string why) { run.invalid_reasons.push_back(std::move(why)); };
  const int connections = options.workload.connections;
  if (outcome.interrupted) invalid("the load was stopped before the window closed");
  if (client_transport(cell.proto) == Transport::kMptcp &&
      outcome.mptcp_end.connections < connections) {
    const std::string only = fmt::format("only {} were open at the end",
                                         of_all(outcome.mptcp_end.connections, connections));
    links_change(options) ? run.notes.push_back(only) : invalid(only);
  }
  // A broken connection is a measurement. So is one that cannot be opened again, if links change;
  // otherwise it means that there was no store for part of the window.
  if (const std::uint64_t failed = outcome.error(Loss::kConnect); failed > 0) {
    const std::string attempts = fmt::format("{} attempts to reconnect failed", failed);
    if (links_change(options)) {
      run.notes.push_back(attempts);
    } else {
      invalid(fmt::format("the store was unreachable during part of the run: {}", attempts));
    }
  }
  if (outcome.requests == 0) invalid("no request was completed");
  if (outcome.misses > 0)
    invalid(
        fmt::format("{} GETs found no key, although every key had been written", outcome.misses));
  if (const std::uint64_t wrong = outcome.error(Loss::kCorrupt); wrong > 0)
    invalid(fmt::format("{} values were not those that had been written", wrong));
  if (const std::uint64_t errors = outcome.error(Loss::kErrorReply); errors > 0)
    invalid(fmt::format("the store answered {} requests with an error", errors));
}

}  // namespace

void judge_outcome(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                   int expected_subflows, Run& run) {
  record_outcome(outcome, options, run);
  judge_saturation(outcome, cell, options, run);
  if (client_transport(cell.proto) == Transport::kMptcp)
    judge_mptcp(outcome, options, expected_subflows, run);
  judge_answers(outcome, cell, options, run);
}

void note_emulator(const std::optional<Snapshot>& snapshot, Run& run) {
  if (!snapshot) return;
  const LatenessSnapshot& lateness = snapshot->lateness;
  const LatenessSnapshot& read_delay = snapshot->read_delay;
  run.emulator = {{lateness.p50, lateness.p99, lateness.max},
                  Lateness{read_delay.p50, read_delay.p99, read_delay.max},
                  snapshot->sched_fifo};
  run.emulator_attendance =
      Attendance{.longest_gap = snapshot->longest_gap, .gaps = snapshot->gaps};
}

void forget_cpu(Run& run) {
  for (std::optional<double>* pct :
       {&run.store_pct, &run.store_thread_pct, &run.emulator_pct, &run.system_pct, &run.nice_pct,
        &run.softirq_pct, &run.system_before_pct, &run.steal_pct, &run.pressure_pct})
    pct->reset();
  run.outcome.cpu_pct.clear();
  const auto forget_waiting = [](Attendance& thread) {
    thread.waited.reset();
    thread.turns.reset();
  };
  for (Attendance& thread : run.outcome.threads) forget_waiting(thread);
  for (std::optional<Attendance>* process : {&run.store_attendance, &run.emulator_attendance}) {
    if (*process) forget_waiting(**process);
  }
}

void judge_cpu(Run& run) {
  const auto judge = [&run](const std::string& who, double used, const Attendance& attendance,
                            const std::string& remedy) {
    const double waited = cpu_percent(attendance.waited.value_or(0ns), run.outcome.duration);
    if (used > kMostCpuPct) {
      run.invalid_reasons.push_back(
          fmt::format("{} used {} of a CPU (limit {}): the links were not the limit; {}", who,
                      whole_percent(used), whole_percent(kMostCpuPct), remedy));
    } else if (used + waited > kMostCpuPct) {
      run.invalid_reasons.push_back(fmt::format(
          "{} used {} of a CPU and waited for one {} of the time (limit {}): {}", who,
          whole_percent(used), whole_percent(waited), whole_percent(kMostCpuPct), kTooBusy));
    }
  };
  const Outcome& load = run.outcome;
  std::size_t most = 0;
  const auto wanted = [&load](std::size_t i) {
    return load.cpu_pct[i] +
           cpu_percent(attendance_of(load, i).waited.value_or(0ns), load.duration);
  };
  for (std::size_t i = 1; i < load.cpu_pct.size(); ++i) {
    if (wanted(i) > wanted(most)) most = i;
  }
  if (!load.cpu_pct.empty())
    judge("a load thread", load.cpu_pct[most], attendance_of(load, most), "use more threads (-t)");
  const std::string remedy = "use fewer connections or slower links";
  judge("the store", run.store_thread_pct.value_or(run.store_pct.value_or(0)),
        run.store_attendance.value_or(Attendance{}), remedy);
  judge("the link emulator", run.emulator_pct.value_or(0),
        run.emulator_attendance.value_or(Attendance{}), remedy);
}

void judge_waiting(Run& run) {
  const Nanos median = run.outcome.last_byte.quantile(0.5);
  if (run.outcome.requests == 0 || median == 0ns) return;
  // If one turn serves several requests, each of them waited for that turn. If a request takes
  // several turns, it waited for each of them.
  const auto wait_of = [&run](const Attendance& process) {
    if (!process.waited) return 0ns;
    const std::uint64_t parts = std::min(run.outcome.requests, process.turns.value_or(UINT64_MAX));
    return *process.waited / std::max<std::int64_t>(1, static_cast<std::int64_t>(parts));
  };
  Attendance load{{}, 0ns, 0};
  for (const Attendance& thread : run.outcome.threads) {
    *load.waited += thread.waited.value_or(0ns);
    *load.turns += thread.turns.value_or(0);
  }
  const Nanos of_load = wait_of(load);
  const Nanos of_store = wait_of(run.store_attendance.value_or(Attendance{}));
  const Nanos of_emulator = wait_of(run.emulator_attendance.value_or(Attendance{}));
  const Nanos all = of_load + of_store + of_emulator;
  const Nanos most = std::max(kLeastWait, part_of(median, kMostWaitShare));
  if (all <= most) return;
  run.invalid_reasons.push_back(fmt::format(
      "a request waited {} for a CPU (limit {}, at a median latency of {}; load {}, "
      "store {}, link emulator {}): {}",
      in_microseconds(all), in_microseconds(most), in_microseconds(median),
      in_microseconds(of_load), in_microseconds(of_store), in_microseconds(of_emulator), kTooBusy));
}

namespace {

// `cause` precedes the reason: who took the CPU, if that is known.
void judge_waiting_share(const std::string& cause, Run& run) {
  const double most = 100 * kMostCrowdedShare;
  const auto judge = [&](const std::string& who, Nanos waited) {
    const double share = cpu_percent(waited, run.outcome.duration);
    if (share <= most) return;
    run.invalid_reasons.push_back(
        fmt::format("{}{} waited for a CPU for {} of the window (limit {}): {}", cause, who,
                    whole_percent(share), whole_percent(most), kTooBusy));
  };
  Nanos longest{0};
  for (const Attendance& thread : run.outcome.threads)
    longest = std::max(longest, thread.waited.value_or(0ns));
  judge("a load thread", longest);
  judge("the store", run.store_attendance.value_or(Attendance{}).waited.value_or(0ns));
}

}  // namespace

void judge_crowding(Run& run) { judge_waiting_share("", run); }

namespace {

// In per cent of one CPU, as far as it is known.
std::optional<double> taken_by_others(int cpus, const Run& run) {
  // A priority ranks the processes of one session (autogroup) or cgroup alone, so that low ones of
  // another may take as much as ours.
  const double for_sure = run.nice_pct.value_or(0) + run.steal_pct.value_or(0) * cpus;
  if (run.system_pct && run.emulator_pct) {
    const std::vector<double>& threads = run.outcome.cpu_pct;
    const double ours = std::accumulate(threads.begin(), threads.end(), 0.0) +
                        run.store_pct.value_or(0) + *run.emulator_pct;
    return *run.system_pct - ours + for_sure;
  }
  // netem's work is charged to whatever it interrupts, and a target may run on this host: there it
  // is what others took before the load, and goes on unless they ended just then.
  if (run.system_before_pct) return *run.system_before_pct + for_sure;
  return std::nullopt;
}

}  // namespace

void judge_rivals(int cpus, Run& run) {
  const std::optional<double> taken = taken_by_others(cpus, run);
  if (!taken || *taken <= kMostTakenPct) return;
  judge_waiting_share(
      fmt::format("other programs or the hypervisor took {} of a CPU (limit {}), and ",
                  whole_percent(*taken), whole_percent(kMostTakenPct)),
      run);
}

void judge_netem(int cpus, Run& run) {
  if (run.softirq_pct.value_or(0) > kMostCpuPct) {
    run.invalid_reasons.push_back("a CPU spent " + whole_percent(*run.softirq_pct) +
                                  " of the window in soft interrupts (limit " +
                                  whole_percent(kMostCpuPct) +
                                  "), where netem does its work: the links were not the limit; use "
                                  "fewer connections or slower links");
  } else if (const double busy = run.system_pct.value_or(0) / cpus; busy > kMostHostPct) {
    run.invalid_reasons.push_back("the CPUs of this host were busy for " + whole_percent(busy) +
                                  " of the window (limit " + whole_percent(kMostHostPct) +
                                  "), and netem, whose work no process shows, may have waited for "
                                  "them: " +
                                  kTooBusy);
  }
}

Nanos longest_gap_allowed(Nanos window) {
  return std::max(kLeastGap, part_of(window, kMostGapShare));
}

void judge_gaps(Run& run) {
  const Nanos most = longest_gap_allowed(run.outcome.duration);
  const auto judge = [&](const std::string& gap, const std::optional<Attendance>& process) {
    if (!process || !process->longest_gap) return;
    const Nanos longest = *process->longest_gap;
    const Nanos sum = process->gaps.value_or(0ns);
    if (longest <= most && sum <= most) return;
    const std::string how_long = longest > most
                                     ? in_milliseconds(longest)
                                     : fmt::format("{} in total, {} at a time,",
                                                   in_milliseconds(sum), in_milliseconds(longest));
    run.invalid_reasons.push_back(
        fmt::format("{} for {} of the window of {} (limit {}): it was stopped, or {}", gap,
                    how_long, to_text(run.outcome.duration), in_milliseconds(most), kTooBusy));
  };
  if (run.outcome.duration == 0ns) return;
  const auto worse = [](const Attendance& a, const Attendance& b) {
    return std::max(a.longest_gap, a.gaps) < std::max(b.longest_gap, b.gaps);
  };
  const std::vector<Attendance>& threads = run.outcome.threads;
  if (const auto worst = std::max_element(threads.begin(), threads.end(), worse);
      worst != threads.end())
    judge("a load thread did nothing", *worst);
  judge("the store did not answer a PING", run.store_attendance);
  judge("the link emulator did nothing", run.emulator_attendance);
}

void note_unchecked(Run& run) {
  if (run.outcome.duration == 0ns) return;
  const auto is_unknown = [](const Attendance& its) { return !its.waited.has_value(); };
  std::vector<Attendance> all = run.outcome.threads;
  for (const auto& its : {run.store_attendance, run.emulator_attendance})
    if (its) all.push_back(*its);
  if (std::any_of(all.begin(), all.end(), is_unknown)) {
    run.notes.push_back(
        "nothing was checked that depends on how long processes waited for a CPU, because the "
        "kernel does not count it; see mptcp-bench doctor");
  } else if (!run.system_pct && !run.system_before_pct) {
    run.notes.push_back(
        "the CPU time of other programs was not checked, because /proc/stat does not show it");
  }
}

const std::set<std::string>& loss_counters() {
  static const std::set<std::string> kNames{
      "TcpExtTCPBacklogDrop",  // at a socket whose owner was using it
      // No receive buffer left:
      "TcpExtTCPRcvQDrop", "TcpExtTCPOFODrop", "TcpExtRcvPruned", "TcpExtOfoPruned",
      "MPTcpExtRcvPruned",
      "TcpExtTCPZeroWindowDrop",  // beyond a closed window
      // At the listener:
      "TcpExtListenDrops", "TcpExtTCPReqQFullDrop",
      "TcpInErrs",  // damaged
      // No memory left:
      "IpInDiscards", "IpOutDiscards"};
  return kNames;
}

void judge_losses(std::int64_t by_softnet, Run& run) {
  for (const auto& [role, counters] : run.kernel) {
    if (const auto pruned = counters.find("TcpExtPruneCalled"); pruned != counters.end()) {
      run.notes.push_back(
          fmt::format("the {}'s kernel pruned receive queues {} times because memory was short",
                      role, pruned->second));
    }
    std::vector<std::string> lost;
    for (const std::string& name : loss_counters()) {
      if (const auto found = counters.find(name); found != counters.end() && found->second > 0)
        lost.push_back(fmt::format("{} {}", name, found->second));
    }
    if (lost.empty()) continue;
    run.invalid_reasons.push_back(
        fmt::format("the {}'s kernel lost packets that no link had lost ({}): use fewer "
                    "connections, or give the sockets more memory (net.ipv4.tcp_rmem, "
                    "net.ipv4.tcp_mem)",
                    role, fmt::join(lost, ", ")));
  }
  if (by_softnet <= 0) return;
  run.invalid_reasons.push_back(
      fmt::format("this host's receive queues dropped {} packets of the links or of other traffic "
                  "(limit 0): stop other programs that use its network, or raise "
                  "net.core.netdev_max_backlog",
                  by_softnet));
}

void judge_edges(Nanos opening_late, Nanos closing_late, Run& run) {
  const Nanos window = run.outcome.duration;
  const Nanos most = std::max(kLatestReading, window / 100);
  for (const auto& [late, edge] : {std::pair{opening_late, "opened"}, {closing_late, "closed"}}) {
    if (window == 0ns || late <= most) continue;
    run.invalid_reasons.push_back(
        fmt::format("the link counters were read {} after the window {} (limit {}): mptcp-bench "
                    "was stopped, or {}",
                    in_milliseconds(late), edge, in_milliseconds(most), kTooBusy));
  }
}

void judge_events(Run& run) {
  for (const Segment& segment : run.outcome.segments) {
    if (segment.late <= kLatestEvent) continue;
    run.invalid_reasons.push_back(
        fmt::format("\"{}\" happened {} late: this machine is too busy for these links",
                    segment.event, in_microseconds(segment.late)));
  }
}

Nanos base_latency(const ExperimentOptions& options, const Cell& cell) {
  const Workload& workload = options.workload;
  double least = HUGE_VAL;  // seconds
  double most_rps = 0;
  bool limited = true;
  for (const LinkSpec& link : options.scenario.links) {
    const double rps = wire_ceiling_rps(
        to_text(cell.op), cell.size.mean(), static_cast<double>(link.up.rate.count),
        static_cast<double>(link.down.rate.count), false, workload.pipeline > 1);
    limited = limited && rps > 0;
    most_rps += rps;
    least = std::min(least, seconds(link.up.delay + link.down.delay) + (rps > 0 ? 1 / rps : 0));
  }
  if (!cell.rate && limited)
    least = std::max(least, workload.connections * workload.pipeline / most_rps);
  return Nanos{std::llround(least * 1e9)};
}

void judge_lateness(Nanos base, Run& run) {
  if (!run.emulator) return;
  const Histogram& latency = run.outcome.last_byte;
  const Nanos least = latency.count() > 0 ? std::min(base, latency.quantile(0.5)) : base;
  const Nanos most = part_of(least, kMostLateShare);
  const Nanos most_p99 = std::max(most, kLeastLateP99);
  const Lateness& late = run.emulator->lateness;
  const Lateness read = run.emulator->read_delay.value_or(Lateness{});
  const auto refuse = [&](const std::string& lateness, Nanos limit) {
    run.invalid_reasons.push_back(fmt::format("{} (limit {} where a request takes {}): {}",
                                              lateness, in_microseconds(limit),
                                              in_microseconds(least), kTooBusy));
  };
  if (2 * (late.p50 + read.p50) > most) {
    refuse(fmt::format("the link emulator was late: half of all packets by more than {} each way",
                       in_microseconds(late.p50 + read.p50)),
           most / 2);
  } else if (late.p99 > most_p99) {
    refuse(fmt::format("the link emulator was late: p99 {}", in_microseconds(late.p99)), most_p99);
  } else if (const Nanos most_read = std::max(most, kLeastReadP99); read.p99 > most_read) {
    refuse(fmt::format("packets waited to be read by the link emulator: p99 {}",
                       in_microseconds(read.p99)),
           most_read);
  }
}

void note_congestion_controls(const std::vector<TcpSocket>& connections, const std::string& end,
                              Run& run) {
  std::set<std::string> used;
  for (const TcpSocket& connection : connections) used.insert(connection.congestion_control);
  used.erase("");
  if (used.empty())
    run.invalid_reasons.push_back(fmt::format(
        "the congestion control of the {}'s connections could not be read back (sock_diag)", end));
  run.outcome.congestion_control.insert(used.begin(), used.end());
}

void describe_subflows(const std::vector<TcpSocket>& ours, Run& run) {
  for (SubflowTrace& trace : run.outcome.subflows) {
    const auto same = std::find_if(ours.begin(), ours.end(), [&](const TcpSocket& c) {
      return c.mptcp && c.local == trace.local;
    });
    if (same == ours.end()) continue;
    trace.backup = same->backup;
    trace.congestion_control = same->congestion_control;
  }
}

void judge_congestion_control(const std::string& wanted, Run& run) {
  const std::set<std::string>& used = run.outcome.congestion_control;
  if (used.size() > 1)
    run.invalid_reasons.push_back(
        fmt::format("connections used different congestion controls: {}", fmt::join(used, ", ")));
  if (used.size() == 1 && !wanted.empty() && *used.begin() != wanted)
    run.invalid_reasons.push_back(
        fmt::format("connections used {}, not {}", *used.begin(), wanted));
}

}  // namespace mpb
