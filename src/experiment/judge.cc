#include "experiment/judge.hh"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "analysis/wire_model.hh"
#include "experiment/limits.hh"
#include "sys/cpu.hh"

namespace mpb {

namespace {

constexpr Nanos kLatestEvent = 10ms;  // a stall that matters is twenty times as long

constexpr double kSaturatedShare = 0.01;  // of the offered requests, never sent
constexpr double kGrowthShare = 0.001;    // of the offered requests
constexpr double kGrowthShareInFlight = 0.05;
constexpr double kChance = 2;  // requests, and the square root of what always waits

// Whether more came due than was answered: from quarter to quarter even the best moment has more
// requests waiting, more so than chance explains. That sees what the 1 % of unsent requests does
// not: a little too much for a long time, which shows where all connections are busy for good; and
// in a short run all that the connections have `room` for before that. There it must be much,
// because links that are still being explored hold more and more for a while, too.
bool backlog_grew(const std::vector<std::uint64_t>& least, double offered, std::uint64_t room) {
  if (least.size() != 4 || least[1] >= least[2] || least[2] >= least[3]) return false;
  const auto grown = static_cast<double>(least[3] - least[1]);  // in half a window
  const double share = least[3] > room ? kGrowthShare : kGrowthShareInFlight;
  return grown > offered / 2 * share && grown > kChance + std::sqrt(static_cast<double>(least[1]));
}

std::string of_all(int part, int all) {
  return std::to_string(part) + " of " + std::to_string(all) + " connections";
}

const std::string kTooBusy =
    "this machine is too busy; end what else runs here, or use one with more CPUs";

Nanos part_of(Nanos time, double share) {
  return Nanos{std::llround(share * static_cast<double>(time.count()))};
}

std::string in_microseconds(Nanos time) {
  return to_text(std::chrono::round<std::chrono::microseconds>(time));
}

std::string in_milliseconds(Nanos time) {
  return to_text(std::chrono::round<std::chrono::milliseconds>(time));
}

std::string whole_percent(double pct) { return std::to_string(std::llround(pct)) + " %"; }

// Of a load thread; a result of another version has none.
Attendance attendance_of(const Outcome& load, std::size_t thread) {
  return thread < load.threads.size() ? load.threads[thread] : Attendance{};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Whose the subflow is: a link of ours has one address on the client.
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

// What the events were that the load's segments begin with. Without events there is nothing to tell
// apart.
void tell_events(const ExperimentOptions& options, std::vector<Segment>& segments) {
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
    segment.event = joined(words);
  }
}

}  // namespace

void judge_outcome(const Outcome& outcome, const Cell& cell, const ExperimentOptions& options,
                   int expected_subflows, Run& run) {
  const Workload& workload = options.workload;
  const std::set<std::string> seen = run.outcome.congestion_control;
  run.outcome = outcome;
  run.outcome.congestion_control.insert(seen.begin(), seen.end());
  run.throughput_rps = outcome.throughput_rps();
  run.goodput_bps = outcome.goodput_bps();
  for (SubflowTrace& trace : run.outcome.subflows) trace.link = link_of(trace, options);
  tell_events(options, run.outcome.segments);
  // Not by the rate that was served: a Poisson process at a low rate falls short of its mean in
  // many a healthy run.
  const std::uint64_t offered = outcome.requests + outcome.censored + outcome.lost();
  const auto room = static_cast<std::uint64_t>(workload.connections) *
                    static_cast<std::uint64_t>(workload.pipeline);
  const bool unsent =
      static_cast<double>(outcome.unsent) > kSaturatedShare * static_cast<double>(offered);
  // Where links change, a backlog is what they are to show, and no sign of too much load.
  const bool links_change = !options.target && !options.scenario.events.empty();
  // But what was never sent is missing among the latencies, whatever the reason: of those that are
  // left, the lucky, nothing can be told.
  run.saturated =
      cell.rate && (unsent || (!links_change &&
                               backlog_grew(outcome.backlog, static_cast<double>(offered), room)));
  if (cell.rate && links_change && outcome.unsent > 0) {
    run.notes.push_back(std::to_string(outcome.unsent) +
                        " requests that were due were not sent before the window closed");
  }

  auto invalid = [&run](std::string why) { run.invalid_reasons.push_back(std::move(why)); };
  const bool mptcp = client_transport(cell.proto) == Transport::kMptcp;
  if (mptcp) {
    const MptcpProof& first = outcome.mptcp_start;
    const MptcpProof& last = outcome.mptcp_end;
    run.mptcp = {last.connections, std::max(first.fallbacks, last.fallbacks),
                 std::min(first.subflows_min, last.subflows_min),
                 std::max(first.subflows_max, last.subflows_max), last.complete};
    if (run.mptcp.fallbacks > 0) {
      invalid("fell back to TCP on " +
              of_all(run.mptcp.fallbacks, std::max(first.connections, last.connections)) +
              (first.fallbacks == 0 ? ", in mid-run" : ""));
    } else if (links_change && first.subflows_min >= expected_subflows &&
               last.complete < last.connections) {
      run.notes.push_back(of_all(last.connections - last.complete, last.connections) +
                          " ended with fewer than " + std::to_string(expected_subflows) +
                          " subflows: what the events took never came back");
    } else if (expected_subflows > 0 && first.subflows_min < expected_subflows) {
      invalid("some connections started with " + std::to_string(first.subflows_min) + " of " +
              std::to_string(expected_subflows) + " subflows");
    } else if (expected_subflows > 0 && last.subflows_min < expected_subflows) {
      invalid("some connections ended with " + std::to_string(last.subflows_min) + " of " +
              std::to_string(expected_subflows) + " subflows");
    } else if (expected_subflows > 0 && !links_change &&
               run.mptcp.subflows_max > expected_subflows) {
      invalid("some connections had " + std::to_string(run.mptcp.subflows_max) +
              " subflows where there are " + std::to_string(expected_subflows) + " links");
    } else if (options.target && run.mptcp.connections > 0 && run.mptcp.subflows_max < 2) {
      // Of links of ours it is known how many there are; of a host's, only what came of them.
      invalid(
          "MPTCP had a single path, which is not what is to be compared with TCP; give it another "
          "on this host: ip mptcp endpoint add "
          "ADDRESS dev DEVICE subflow, and see that ip mptcp limits at both ends allow a subflow");
    }
  }
  if (outcome.interrupted) invalid("the load was stopped before the window closed");
  if (mptcp && outcome.mptcp_end.connections < workload.connections) {
    const std::string only =
        "only " + of_all(outcome.mptcp_end.connections, workload.connections) + " stood at the end";
    links_change ? run.notes.push_back(only) : invalid(only);
  }
  // A connection that breaks is a measurement, and so is, where links change, one that cannot be
  // made again. Elsewhere that means that for a part of the window there was no store.
  if (const std::uint64_t failed = outcome.error(Loss::kConnect); failed > 0) {
    const std::string attempts = std::to_string(failed) + " attempts to reconnect failed";
    links_change ? run.notes.push_back(attempts)
                 : invalid("the store was away for a part of the run: " + attempts);
  }
  if (run.outcome.requests == 0) invalid("no request was completed");
  if (run.outcome.misses > 0)
    invalid(std::to_string(run.outcome.misses) + " GETs found no key although all were filled");
  if (outcome.error(Loss::kCorrupt) > 0)
    invalid(std::to_string(outcome.error(Loss::kCorrupt)) + " values came back wrong");
  if (outcome.error(Loss::kErrorReply) > 0)
    invalid("the store answered " + std::to_string(outcome.error(Loss::kErrorReply)) +
            " requests with an error");
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
  const auto forget_waiting = [](Attendance& its) {
    its.waited.reset();
    its.turns.reset();
  };
  for (Attendance& thread : run.outcome.threads) forget_waiting(thread);
  for (std::optional<Attendance>* its : {&run.store_attendance, &run.emulator_attendance}) {
    if (*its) forget_waiting(**its);
  }
}

void judge_cpu(Run& run) {
  const auto judge = [&run](const std::string& who, double used, const Attendance& its,
                            const std::string& remedy) {
    const double waited = cpu_percent(its.waited.value_or(0ns), run.outcome.duration);
    const std::string limit = " (limit " + whole_percent(kMostCpuPct) + "): ";
    if (used > kMostCpuPct) {
      run.invalid_reasons.push_back(who + " used " + whole_percent(used) + " of a CPU" + limit +
                                    "the links were not the limit; " + remedy);
    } else if (used + waited > kMostCpuPct) {
      run.invalid_reasons.push_back(who + " used " + whole_percent(used) +
                                    " of a CPU and waited for one " + whole_percent(waited) +
                                    " of the time" + limit + kTooBusy);
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
  const std::string less = "use fewer connections or slower links";
  judge("the store", run.store_thread_pct.value_or(run.store_pct.value_or(0)),
        run.store_attendance.value_or(Attendance{}), less);
  judge("the link emulator", run.emulator_pct.value_or(0),
        run.emulator_attendance.value_or(Attendance{}), less);
}

void judge_waiting(Run& run) {
  const Nanos median = run.outcome.last_byte.quantile(0.5);
  if (run.outcome.requests == 0 || median == 0ns) return;
  // One turn serves several requests, each of which waited for it, or a request takes several
  // turns, each of which waited.
  const auto wait_of = [&run](const Attendance& its) {
    if (!its.waited) return 0ns;
    const std::uint64_t parts = std::min(run.outcome.requests, its.turns.value_or(UINT64_MAX));
    return *its.waited / std::max<std::int64_t>(1, static_cast<std::int64_t>(parts));
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
  run.invalid_reasons.push_back("a request waited " + in_microseconds(all) + " for a CPU (limit " +
                                in_microseconds(most) + ", at a median latency of " +
                                in_microseconds(median) + "; load " + in_microseconds(of_load) +
                                ", store " + in_microseconds(of_store) + ", link emulator " +
                                in_microseconds(of_emulator) + "): " + kTooBusy);
}

namespace {

// `why` goes before the reason: what took the CPU, where that is known.
void judge_waiting_share(const std::string& why, Run& run) {
  const double most = 100 * kMostCrowdedShare;
  const auto judge = [&](const std::string& who, Nanos waited) {
    const double share = cpu_percent(waited, run.outcome.duration);
    if (share <= most) return;
    run.invalid_reasons.push_back(why + who + " waited for a CPU for " + whole_percent(share) +
                                  " of the window (limit " + whole_percent(most) +
                                  "): " + kTooBusy);
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
  judge_waiting_share("other programs or the hypervisor took " + whole_percent(*taken) +
                          " of a CPU (limit " + whole_percent(kMostTakenPct) + "), and ",
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
  const auto judge = [&](const std::string& what, const std::optional<Attendance>& its) {
    if (!its || !its->longest_gap) return;
    const Nanos longest = *its->longest_gap;
    const Nanos sum = its->gaps.value_or(0ns);
    if (longest <= most && sum <= most) return;
    const std::string how_long = longest > most ? in_milliseconds(longest)
                                                : in_milliseconds(sum) + " in total, " +
                                                      in_milliseconds(longest) + " at a time,";
    run.invalid_reasons.push_back(what + " for " + how_long + " of the window of " +
                                  to_text(run.outcome.duration) + " (limit " +
                                  in_milliseconds(most) + "): it was stopped, or " + kTooBusy);
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
      "TcpExtTCPBacklogDrop",     // at a socket whose owner was busy with it
      "TcpExtTCPRcvQDrop",        // for want of receive buffer, and so the next four
      "TcpExtTCPOFODrop",         //
      "TcpExtRcvPruned",          //
      "TcpExtOfoPruned",          //
      "MPTcpExtRcvPruned",        //
      "TcpExtTCPZeroWindowDrop",  // beyond a window that was closed
      "TcpExtListenDrops",        // at the listener, and so the next
      "TcpExtTCPReqQFullDrop",    //
      "TcpInErrs",                // damaged
      "IpInDiscards",             // for want of memory, and so the next
      "IpOutDiscards"};
  return kNames;
}

void judge_losses(std::int64_t by_softnet, Run& run) {
  for (const auto& [role, counters] : run.kernel) {
    if (const auto pruned = counters.find("TcpExtPruneCalled"); pruned != counters.end()) {
      run.notes.push_back("the " + role + "'s kernel pruned receive queues " +
                          std::to_string(pruned->second) + " times for want of memory");
    }
    std::vector<std::string> lost;
    for (const std::string& name : loss_counters()) {
      if (const auto found = counters.find(name); found != counters.end() && found->second > 0)
        lost.push_back(name + " " + std::to_string(found->second));
    }
    if (lost.empty()) continue;
    run.invalid_reasons.push_back("the " + role + "'s kernel lost packets that no link had lost (" +
                                  joined(lost) +
                                  "): use fewer connections, or give the sockets more memory "
                                  "(net.ipv4.tcp_rmem, net.ipv4.tcp_mem)");
  }
  if (by_softnet <= 0) return;
  run.invalid_reasons.push_back(
      "this host's receive queues dropped " + std::to_string(by_softnet) +
      " packets, of the links or of others (limit 0): end what else uses its network, or raise "
      "net.core.netdev_max_backlog");
}

void judge_edges(Nanos opening_late, Nanos closing_late, Run& run) {
  const Nanos window = run.outcome.duration;
  const Nanos most = std::max(kLatestReading, window / 100);
  for (const auto& [late, edge] : {std::pair{opening_late, "opened"}, {closing_late, "closed"}}) {
    if (window == 0ns || late <= most) continue;
    run.invalid_reasons.push_back("the links' counters were read " + in_milliseconds(late) +
                                  " after the window " + edge + " (limit " + in_milliseconds(most) +
                                  "): mptcp-bench was stopped, or " + kTooBusy);
  }
}

void judge_events(Run& run) {
  for (const Segment& segment : run.outcome.segments) {
    if (segment.late <= kLatestEvent) continue;
    run.invalid_reasons.push_back("\"" + segment.event + "\" happened " +
                                  in_microseconds(segment.late) +
                                  " late: this machine is too busy for these links");
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
  const auto why = [least](Nanos limit) {
    return " (limit " + in_microseconds(limit) + " where a request takes " +
           in_microseconds(least) + "): " + kTooBusy;
  };
  if (2 * (late.p50 + read.p50) > most) {
    run.invalid_reasons.push_back("the link emulator was late: half of all packets by more than " +
                                  in_microseconds(late.p50 + read.p50) + " each way" +
                                  why(most / 2));
  } else if (late.p99 > most_p99) {
    run.invalid_reasons.push_back("the link emulator was late: p99 " + in_microseconds(late.p99) +
                                  why(most_p99));
  } else if (const Nanos most_read = std::max(most, kLeastReadP99); read.p99 > most_read) {
    run.invalid_reasons.push_back("packets waited to be read by the link emulator: p99 " +
                                  in_microseconds(read.p99) + why(most_read));
  }
}

void note_congestion_controls(const std::vector<TcpSocket>& connections, const std::string& end,
                              Run& run) {
  std::set<std::string> used;
  for (const TcpSocket& connection : connections) used.insert(connection.congestion_control);
  used.erase("");
  if (used.empty())
    run.invalid_reasons.push_back("the congestion control of the " + end +
                                  "'s connections could not be read back (sock_diag)");
  run.outcome.congestion_control.insert(used.begin(), used.end());
}

void tell_subflows(const std::vector<TcpSocket>& ours, Run& run) {
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
    run.invalid_reasons.push_back("connections used different congestion controls: " +
                                  joined({used.begin(), used.end()}));
  if (used.size() == 1 && !wanted.empty() && *used.begin() != wanted)
    run.invalid_reasons.push_back("connections used " + *used.begin() + ", not " + wanted);
}

}  // namespace mpb
