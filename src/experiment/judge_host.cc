#include "experiment/judge_host.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/wire_model.hh"
#include "emu/trace.hh"
#include "experiment/follow.hh"
#include "experiment/limits.hh"
#include "sys/cpu.hh"

namespace mpb {

namespace {

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

// The load threads of one host. `by` precedes a reason: its name, if there are several hosts.
struct LoadThreads {
  std::string by;
  const std::vector<double>& cpu_pct;
  const std::vector<Attendance>& attendance;
  std::uint64_t requests;
  bool elsewhere;  // perhaps on another host than this process

  // Empty for a thread without a record: results of older versions have none.
  Attendance attendance_of(std::size_t thread) const {
    return thread < attendance.size() ? attendance[thread] : Attendance{};
  }
};

std::vector<LoadThreads> loads_of(const Run& run) {
  std::vector<LoadThreads> loads;
  for (const HostRecord& host : run.hosts)
    loads.push_back(
        {by_name(host.name), host.cpu_pct, host.threads, host.requests, host.clock.has_value()});
  const Outcome& load = run.outcome;
  if (loads.empty()) loads.push_back({"", load.cpu_pct, load.threads, load.requests, false});
  return loads;
}

}  // namespace

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
       {&run.store_pct, &run.store_thread_pct, &run.emulator_pct, &run.competing_flow_pct,
        &run.system_pct, &run.nice_pct, &run.softirq_pct, &run.system_before_pct, &run.steal_pct,
        &run.pressure_pct})
    pct->reset();
  run.outcome.cpu_pct.clear();
  const auto forget_waiting = [](Attendance& thread) {
    thread.waited.reset();
    thread.turns.reset();
  };
  for (HostRecord& host : run.hosts) {
    host.cpu_pct.clear();
    for (Attendance& thread : host.threads) forget_waiting(thread);
  }
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
  for (const LoadThreads& load : loads_of(run)) {
    const auto wanted = [&](std::size_t i) {
      return load.cpu_pct[i] +
             cpu_percent(load.attendance_of(i).waited.value_or(0ns), run.outcome.duration);
    };
    std::size_t most = 0;
    for (std::size_t i = 1; i < load.cpu_pct.size(); ++i) {
      if (wanted(i) > wanted(most)) most = i;
    }
    if (!load.cpu_pct.empty())
      judge(load.by + "a load thread", load.cpu_pct[most], load.attendance_of(most),
            "use more threads (-t)");
  }
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
  const auto wait_of = [](const Attendance& process, std::uint64_t requests) {
    if (!process.waited) return 0ns;
    const std::uint64_t parts = std::min(requests, process.turns.value_or(UINT64_MAX));
    return *process.waited / std::max<std::int64_t>(1, static_cast<std::int64_t>(parts));
  };
  const std::uint64_t requests = run.outcome.requests;
  const Nanos of_store = wait_of(run.store_attendance.value_or(Attendance{}), requests);
  const Nanos of_emulator = wait_of(run.emulator_attendance.value_or(Attendance{}), requests);
  const Nanos most = std::max(kLeastWait, part_of(median, kMostWaitShare));
  for (const LoadThreads& load : loads_of(run)) {
    Attendance threads{{}, 0ns, 0};
    for (const Attendance& thread : load.attendance) {
      *threads.waited += thread.waited.value_or(0ns);
      *threads.turns += thread.turns.value_or(0);
    }
    const Nanos of_load = wait_of(threads, load.requests);
    const Nanos all = of_load + of_store + of_emulator;
    if (all <= most) continue;
    run.invalid_reasons.push_back(fmt::format(
        "{}a request waited {} for a CPU (limit {}, at a median latency of {}; load {}, "
        "store {}, link emulator {}): {}",
        load.by, in_microseconds(all), in_microseconds(most), in_microseconds(median),
        in_microseconds(of_load), in_microseconds(of_store), in_microseconds(of_emulator),
        kTooBusy));
  }
}

namespace {

void judge_waiting_share(const std::string& by, const std::string& who, Nanos waited, Run& run) {
  const double most = 100 * kMostCrowdedShare;
  const double share = cpu_percent(waited, run.outcome.duration);
  if (share <= most) return;
  run.invalid_reasons.push_back(
      fmt::format("{}{} waited for a CPU for {} of the window (limit {}): {}", by, who,
                  whole_percent(share), whole_percent(most), kTooBusy));
}

Nanos longest_wait(const LoadThreads& load) {
  Nanos longest{0};
  for (const Attendance& thread : load.attendance)
    longest = std::max(longest, thread.waited.value_or(0ns));
  return longest;
}

// Of the processes of this host. `cause` precedes the reason: who took the CPU, if that is known.
void judge_waiting_here(const std::string& cause, Run& run) {
  for (const LoadThreads& load : loads_of(run)) {
    if (!load.elsewhere)
      judge_waiting_share(load.by + cause, "a load thread", longest_wait(load), run);
  }
  judge_waiting_share(cause, "the store",
                      run.store_attendance.value_or(Attendance{}).waited.value_or(0ns), run);
}

}  // namespace

void judge_crowding(Run& run) { judge_waiting_here("", run); }

namespace {

// In per cent of one CPU, as far as it is known.
std::optional<double> taken_by_others(int cpus, const Run& run) {
  // A priority ranks the processes of one session (autogroup) or cgroup alone, so that low ones of
  // another may take as much as ours.
  const double for_sure = run.nice_pct.value_or(0) + run.steal_pct.value_or(0) * cpus;
  if (run.system_pct && run.emulator_pct) {
    const std::vector<double>& threads = run.outcome.cpu_pct;
    const double ours = std::accumulate(threads.begin(), threads.end(), 0.0) +
                        run.store_pct.value_or(0) + *run.emulator_pct +
                        run.competing_flow_pct.value_or(0);
    return *run.system_pct - ours + for_sure;
  }
  // netem's work is charged to whatever it interrupts, and a target may run on this host: there it
  // is what others took before the load, and goes on unless they ended just then.
  if (run.system_before_pct) return *run.system_before_pct + for_sure;
  return std::nullopt;
}

}  // namespace

void judge_rivals(int cpus, Run& run) {
  // The CPU time of other programs there is not known, so any wait may be due to them.
  for (const LoadThreads& load : loads_of(run)) {
    if (load.elsewhere) judge_waiting_share(load.by, "a load thread", longest_wait(load), run);
  }
  const std::optional<double> taken = taken_by_others(cpus, run);
  if (!taken || *taken <= kMostTakenPct) return;
  judge_waiting_here(
      fmt::format("other programs or the hypervisor took {} of a CPU (limit {}), and ",
                  whole_percent(*taken), whole_percent(kMostTakenPct)),
      run);
}

void judge_netem(int cpus, Run& run) {
  if (run.softirq_pct.value_or(0) > kMostCpuPct) {
    run.invalid_reasons.push_back(
        fmt::format("a CPU spent {} of the window in soft interrupts (limit {}), where netem does "
                    "its work: the links were not the limit; use fewer connections or slower links",
                    whole_percent(*run.softirq_pct), whole_percent(kMostCpuPct)));
  } else if (const double busy = run.system_pct.value_or(0) / cpus; busy > kMostHostPct) {
    run.invalid_reasons.push_back(
        fmt::format("the CPUs of this host were busy for {} of the window (limit {}), and netem, "
                    "whose work no process shows, may have waited for them: {}",
                    whole_percent(busy), whole_percent(kMostHostPct), kTooBusy));
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
  for (const LoadThreads& load : loads_of(run)) {
    const auto worst = std::max_element(load.attendance.begin(), load.attendance.end(), worse);
    if (worst != load.attendance.end()) judge(load.by + "a load thread did nothing", *worst);
  }
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

void judge_tokens(const std::string& role, const std::map<std::string, std::int64_t>& counters,
                  Run& run) {
  const auto found = counters.find("MPTcpExtMPFallbackTokenInit");
  if (run.mptcp.fallbacks == 0 || found == counters.end() || found->second == 0) return;
  run.invalid_reasons.push_back(fmt::format(
      "the {}'s kernel had no room for the token of {} connection{} "
      "(MPTcpExtMPFallbackTokenInit): its table grows with the memory of the machine and keeps "
      "closed connections for a minute; use fewer connections, a machine with more memory, or "
      "--sysctl net.mptcp.close_timeout=1 where the kernel has it",
      role, found->second, found->second == 1 ? "" : "s"));
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

Nanos least_delay_of(const LinkModel& model) {
  const Trace* const trace = model.trace.data.get();
  return trace != nullptr && trace->has_delay() ? trace->least_delay() : model.delay;
}

Nanos base_latency(const ExperimentOptions& options, const Cell& cell) {
  const Workload& workload = options.workload;
  double least = HUGE_VAL;  // seconds
  double most_rps = 0;
  bool limited = true;
  for (std::size_t i = 0; i < options.scenario.links.size(); ++i) {
    const LinkSpec& link = options.scenario.links[i];
    LinkCapacity capacity = capacity_of(link, workload.duration);
    capacity.ipv6 = family_of(options, i) == Family::kV6;
    const double rps = wire_ceiling_rps(to_text(cell.op), cell.size.mean(), capacity, false,
                                        workload.pipeline > 1);
    limited = limited && rps > 0;
    most_rps += rps;
    const Nanos trip = least_delay_of(link.up) + least_delay_of(link.down);
    least = std::min(least, seconds(trip) + (rps > 0 ? 1 / rps : 0));
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

}  // namespace mpb
