#include "experiment/run.hh"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

#include "experiment/commands.hh"
#include "experiment/judge.hh"
#include "experiment/line_child.hh"
#include "experiment/store_pulse.hh"
#include "experiment/store_talk.hh"
#include "experiment/target.hh"
#include "net/counters.hh"
#include "net/sock_diag.hh"
#include "result/environment.hh"
#include "result/outcome.hh"
#include "sys/cpu.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "sys/virtual_time.hh"
#include "world/probe_rtt.hh"
#include "world/sampler.hh"
#include "world/world.hh"

namespace mpb {

namespace {

// Of a process of our own, so without its name, which stands before what we say ourselves.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it said nothing";
  const std::size_t start = text.find_last_of('\n', end);
  const std::size_t begin = start == std::string::npos ? 0 : start + 1;
  const std::string line = text.substr(begin, end - begin + 1);
  const std::string name = "mptcp-bench: ";
  return line.rfind(name, 0) == 0 ? line.substr(name.size()) : line;
}

// Of all threads together, and of each by itself.
struct ProcessUse {
  Nanos cpu{};
  std::map<pid_t, CpuUse> threads;
};

ProcessUse use_of(const Child& process) {
  return {cpu_time(process.pid()), cpu_use(process.pidfd())};
}

// Of the thread that ran most from one reading to the other; nothing where the kernel does not
// count.
std::optional<CpuUse> busiest_thread(const ProcessUse& before, const ProcessUse& after) {
  std::optional<CpuUse> busiest;
  for (const auto& [thread, use] : after.threads) {
    const auto was = before.threads.find(thread);
    const CpuUse its = was == before.threads.end() ? use : use - was->second;
    if (!busiest || its.ran > busiest->ran) busiest = its;
  }
  return busiest;
}

void note_waiting(const CpuUse& thread, Attendance& its) {
  its.waited = thread.waited;
  its.turns = thread.turns;
}

// Long enough for an idle time that is told in ticks of 10 ms.
constexpr Nanos kLook = 1s;

// What this host does while there is no load.
void look_at_host(const RunContext& context, Run& run) {
  context.observe("looking at what else runs here", 0, 0);
  const Nanos begin = now();
  const std::optional<HostCpu> before = host_cpu();
  if (!before) return;
  while (now() - begin < kLook) {
    stop_if_interrupted();
    std::this_thread::sleep_for(50ms);
  }
  const std::optional<HostCpu> after = host_cpu();
  // Idle time is told in ticks, so a host that does nothing may seem to do less.
  if (after)
    run.system_before_pct = std::max(0.0, cpu_percent((*after - *before).busy, now() - begin));
}

// What all that runs on this host has had of its CPUs.
struct HostReading {
  Nanos at{};
  std::optional<HostCpu> cpu;
  Nanos stolen{};
};

HostReading read_host() { return {now(), host_cpu(), Nanos{stolen_time_ns()}}; }

// What cannot be our own, in the window between two such readings.
void note_others(const HostReading& before, const HostReading& after, Run& run) {
  const Nanos between = after.at - before.at;
  run.steal_pct =
      cpu_percent(after.stolen - before.stolen, between * sysconf(_SC_NPROCESSORS_ONLN));
  if (before.cpu && after.cpu) run.nice_pct = cpu_percent((*after.cpu - *before.cpu).nice, between);
}

// What the orchestrator reads at the edges of the measured window.
struct Reading {
  Nanos at{}, until{};  // it takes about a millisecond
  std::vector<LinkTraffic> traffic;
  ProcessUse store;
  std::optional<ProcessUse> emulator;
  std::map<std::string, std::map<std::string, std::int64_t>> kernel;
  std::int64_t softnet_drops = 0;
  std::optional<Nanos> pressure;
  HostReading host;
};

Reading take_reading(World& world, const Store& store) {
  Reading reading{.at = now(), .traffic = world.traffic(), .store = use_of(store.process())};
  if (const Child* emulator = world.emulator_process()) reading.emulator = use_of(*emulator);
  for (const Role role : {Role::kClient, Role::kServer})
    reading.kernel[to_text(role)] = inside_netns(world.netns(role), protocol_counters);
  reading.softnet_drops = softnet_drops();
  reading.pressure = cpu_pressure();
  reading.host = read_host();
  reading.until = now();
  return reading;
}

// What goes on beside a load. Each is called from one thread, the one that follows the load.
struct Beside {
  std::function<void(const LoadEvent&)> on_event = [](const LoadEvent&) {};
  std::function<Nanos()> on_time = [] {
    return Nanos::max();
  };  // does what is due, and says when the next thing is
  std::function<std::string()> trouble = [] {
    return std::string();
  };  // ends the run with what it says
};

// Follows a load from its start to its outcome.
std::optional<Outcome> follow_load(const CommandLine& argv, int netns_fd, const Workload& workload,
                                   const RunContext& context, Run& run, const Beside& beside) {
  LineChild load(argv, netns_fd);
  const Nanos deadline = now() + workload.warmup + workload.duration + 2 * workload.timeout + 30s;
  while (now() < deadline) {
    stop_if_interrupted();
    if (const std::string why = beside.trouble(); !why.empty()) {
      run.invalid_reasons.push_back(why);
      return std::nullopt;
    }
    const Nanos due = beside.on_time();
    const std::optional<std::string> line =
        load.lines->next(std::clamp(due - now(), Nanos{0}, Nanos{100ms}));
    if (!line && load.lines->ended()) {
      const std::optional<ExitStatus> status = load.child.wait(1s);
      const std::string why = last_line(tail_of(load.log.get(), 1000));
      if (status && status->signal == 0 && status->code == kCannotRun)
        throw CannotRun(why);  // nor will the next run
      run.invalid_reasons.push_back("the load generator " +
                                    (status ? status->text() : "stopped talking") + ": " + why);
      return std::nullopt;
    }
    if (!line) continue;
    std::variant<LoadEvent, Outcome> said = said_by_load(*line);
    if (Outcome* outcome = std::get_if<Outcome>(&said)) {
      load.child.wait(5s);
      return std::move(*outcome);
    }
    const LoadEvent& event = std::get<LoadEvent>(said);
    beside.on_event(event);
    if (event.kind == LoadEvent::Kind::kProgress && event.elapsed > 0ns) {
      context.observe("measuring", seconds(event.elapsed),
                      static_cast<double>(event.requests) / seconds(event.elapsed));
    }
  }
  run.invalid_reasons.push_back("the load generator did not finish in time");
  return std::nullopt;
}

void record(Run& run, const CommandLine& argv) { run.commands.push_back(shown_text(argv)); }

// The part of a run that is the same in a world of ours and at a target: fill, load, judge.
// `fill_netns` and `load_netns` are -1 for our own.
void fill_and_load(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                   int fill_netns, int load_netns, int subflows, Run& run, const Beside& beside) {
  if (cell.op.get_percent > 0) {
    context.observe("filling the keyspace", 0, 0);
    const CommandLine fill = fill_command(options, cell);
    record(run, fill);
    run_helper(fill, fill_netns, "filling the store", helper_timeout(options.workload.keyspace));
  }
  const std::vector<int> split = split_of(options, cell);
  for (std::size_t link = 0; link < split.size(); ++link) {
    if (split[link] == 0)
      run.notes.push_back(options.scenario.links[link].name +
                          " got no connection, for there are fewer of them than links (-c)");
  }
  context.observe("connecting", 0, 0);
  const CommandLine load = load_command(options, cell, subflows);
  record(run, load);
  const std::optional<Outcome> outcome =
      follow_load(load, load_netns, options.workload, context, run, beside);
  if (outcome) judge_outcome(*outcome, cell, options, subflows, run);
}

// Between two PINGs to the store: a quarter of the gap that is too long, so that at most that much
// of a silence is missed, within what costs a store nothing.
constexpr Nanos kFastestPulse = 5ms;
constexpr Nanos kSlowestPulse = 50ms;

// Takes the readings of a run in a world of ours, and makes the scenario's events happen in time.
class Watch {
 public:
  Watch(const ExperimentOptions& options, World& world, const Store& store)
      : options_(options),
        world_(world),
        store_(store),
        sampler_(world, options.timeline, options.workload.duration),
        probe_rtt_(world),
        pulse_(StoreTalk(world.netns(Role::kServer), kStorePort).release(),
               std::clamp(longest_gap_allowed(options.workload.duration) / 4, kFastestPulse,
                          kSlowestPulse)) {}

  void open(Nanos opened) {
    opened_ = opened;
    world_.reset_lateness();
    before_ = read_all();
    pulse_.open();
    edges_.push_back(before_->traffic);
    sampler_.open(opened);
    probe_rtt_.open();
  }

  void close() {
    while (sampler_.due() <= now()) sampler_.take();
    silences_ = pulse_.silences();
    after_ = read_all();
    emulator_ = world_.emulator_snapshot();
    edges_.push_back(after_->traffic);
  }

  Nanos on_time() {
    if (!before_ || after_) return Nanos::max();
    const std::vector<LinkEvent>& events = options_.scenario.events;
    const auto due = [&] {
      return event_ < events.size() ? opened_ + events[event_].at : Nanos::max();
    };
    while (due() <= now()) {
      const Nanos at = events[event_].at;
      for (; event_ < events.size() && events[event_].at == at; ++event_) world_.apply(event_);
      late_.push_back(now() - opened_ - at);
      edges_.push_back(world_.traffic());
    }
    // One at a time: an event does not wait for rows that are overdue.
    if (sampler_.due() <= now()) sampler_.take();
    if (pulse_.due() <= now()) pulse_.beat();
    if (probe_rtt_.due() <= now()) probe_rtt_.look();
    return std::min({due(), sampler_.due(), pulse_.due(), probe_rtt_.due()});
  }

  bool is_complete() const { return before_ && after_; }

  void tell(Run& run) const {
    const Nanos between = after_->at - before_->at;
    run.links = difference(before_->traffic, after_->traffic);
    run.store_pct = cpu_percent(after_->store.cpu - before_->store.cpu, between);
    run.store_attendance = Attendance{.longest_gap = silences_.longest, .gaps = silences_.sum};
    if (pulse_.is_broken()) {
      run.notes.push_back(
          "the store closed the connection of our PINGs during the run: whether it was idle after "
          "that was not checked");
    }
    if (const auto thread = busiest_thread(before_->store, after_->store)) {
      run.store_thread_pct = cpu_percent(thread->ran, between);
      note_waiting(*thread, *run.store_attendance);
    }
    note_emulator(emulator_, run);
    if (before_->emulator) {
      run.emulator_pct = cpu_percent(after_->emulator->cpu - before_->emulator->cpu, between);
      if (const auto thread = busiest_thread(*before_->emulator, *after_->emulator))
        note_waiting(*thread, *run.emulator_attendance);
    }
    note_others(before_->host, after_->host, run);
    if (before_->host.cpu && after_->host.cpu) {
      const HostCpu used = *after_->host.cpu - *before_->host.cpu;
      const Nanos wall = after_->host.at - before_->host.at;
      run.system_pct = std::max(0.0, cpu_percent(used.busy, wall));
      if (options_.backend == Backend::kNetem && !used.softirq.empty()) {
        run.softirq_pct =
            cpu_percent(*std::max_element(used.softirq.begin(), used.softirq.end()), wall);
      }
    }
    if (before_->pressure && after_->pressure)
      run.pressure_pct = cpu_percent(*after_->pressure - *before_->pressure, between);
    for (const auto& [role, counters] : before_->kernel)
      run.kernel[role] = difference(counters, after_->kernel.at(role));
    run.probe_rtt = probe_rtt_.counted();
    sampler_.write(run.outcome.timeline);
    for (std::size_t i = 0; i < run.outcome.segments.size() && i + 1 < edges_.size(); ++i) {
      run.outcome.segments[i].links = difference(edges_[i], edges_[i + 1]);
      if (i > 0) run.outcome.segments[i].late = late_[i - 1];
    }
    judge_losses(after_->softnet_drops - before_->softnet_drops, run);
    judge_edges(before_->until - opened_, after_->until - opened_ - options_.workload.duration,
                run);
  }

 private:
  Reading read_all() {
    Reading reading = take_reading(world_, store_);
    // What we ask the store ourselves is none of the load's.
    auto& counters = reading.kernel.at(to_text(Role::kServer));
    for (const char* name : {"TcpInSegs", "TcpOutSegs"}) counters[name] -= pulse_.segments();
    return reading;
  }

  const ExperimentOptions& options_;
  World& world_;
  const Store& store_;
  LinkSampler sampler_;
  ProbeRttWatch probe_rtt_;
  StorePulse pulse_;
  Nanos opened_{};
  std::size_t event_ = 0;
  std::optional<Reading> before_;
  std::optional<Reading> after_;
  std::optional<Snapshot> emulator_;
  Gaps silences_;            // of the store
  std::vector<Nanos> late_;  // of each moment at which events happened
  std::vector<std::vector<LinkTraffic>>
      edges_;  // at the window's opening, at each of those moments, and at its end
};

}  // namespace

Run run_in_world(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                 Evidence* evidence) {
  Run run = described(options, cell);
  const int subflows = expected_subflows(cell.proto, options.scenario.links.size());
  context.observe("building the links", 0, 0);
  begin_aligned();
  World world(world_of(options, cell));
  const int server = world.netns(Role::kServer);

  context.observe("starting the store", 0, 0);
  // A namespace with MPTCP switched off can have a TCP listener only: the run then shows what an
  // MPTCP client gets from it.
  const bool mptcp = needs_mptcp(cell.proto);
  const bool can_listen = !mptcp || inside_netns(server, [] {
                                      return first_line("/proc/sys/net/mptcp/enabled");
                                    }) == "1";
  Store store(options.store, can_listen ? store_transport(cell.proto) : Transport::kTcp, server,
              kStorePort);
  if (mptcp && (!can_listen || !store.listens_on_mptcp())) {
    run.invalid_reasons.push_back(
        can_listen ? "the store's listener is not MPTCP"
                   : "MPTCP is switched off in the store's namespace (net.mptcp.enabled=0)");
  }
  if (!world.emulator_command().empty()) record(run, world.emulator_command());
  record(run, store.command());
  if (evidence != nullptr) *evidence = {world.namespaces(), store.configuration()};

  // With the emulator, what others take shows in the window.
  const bool emulated = options.backend == Backend::kTun;
  const bool direct = options.backend == Backend::kVeth;
  if (direct || (!emulated && !in_virtual_time())) look_at_host(context, run);

  begin_aligned();  // whatever the tools took that were asked for the evidence
  Watch watch(options, world, store);
  std::vector<TcpSocket> ours;
  Beside beside;
  beside.on_event = [&](const LoadEvent& event) {
    if (event.kind == LoadEvent::Kind::kReady) {
      context.observe("warming up", 0, 0);
      ours = inside_netns(world.netns(Role::kClient), established_sockets);
      note_congestion_controls(ours, to_text(Role::kClient), run);
      note_congestion_controls(inside_netns(server, established_sockets), to_text(Role::kServer),
                               run);
    } else if (event.kind == LoadEvent::Kind::kMeasuring) {
      watch.open(event.opened);
    } else if (event.kind == LoadEvent::Kind::kMeasured) {
      watch.close();
    }
  };
  beside.on_time = [&] { return watch.on_time(); };
  beside.trouble = [&]() -> std::string {
    if (const auto ended = store.ended())
      return "the store died in the run: it " + ended->text() +
             "; its last words: " + store.last_words();
    return world.broken();
  };
  try {
    fill_and_load(options, cell, context, server, world.netns(Role::kClient), subflows, run,
                  beside);
    tell_subflows(ours, run);
    // A load may notice that the store is gone before we do: the cause stands before its effect.
    std::vector<std::string>& reasons = run.invalid_reasons;
    if (const std::string why = beside.trouble();
        !why.empty() && std::find(reasons.begin(), reasons.end(), why) == reasons.end()) {
      reasons.insert(reasons.begin(), why);
    }
    const std::vector<std::string> lost = world.stray_losses();
    reasons.insert(reasons.end(), lost.begin(), lost.end());
  } catch (const RunFailed& error) {
    // One process of this run's world failed; the next run gets a new world.
    const std::string why = beside.trouble();
    run.invalid_reasons.push_back(why.empty() ? error.what() : why);
  }
  if (watch.is_complete()) {
    watch.tell(run);
  } else if (run.valid()) {
    run.invalid_reasons.push_back(
        "the window was not seen to open and close: what the links carried is not known");
  }
  if (in_virtual_time()) forget_cpu(run);
  const int cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  // Without emulated links a CPU limits a closed loop, and waking up is most of a latency.
  if (direct) judge_crowding(run);
  if (!direct || cell.rate) judge_cpu(run);
  if (!direct) judge_waiting(run);
  if (!direct) judge_rivals(cpus, run);
  if (!direct && !emulated) judge_netem(cpus, run);
  judge_gaps(run);
  judge_lateness(base_latency(options, cell), run);
  judge_events(run);
  judge_congestion_control(options.congestion, run);
  if (!in_virtual_time()) note_unchecked(run);
  return run;
}

Run described(const ExperimentOptions& options, const Cell& cell) {
  const Workload& w = options.workload;
  Run run;
  run.block = cell.block;
  run.order = cell.order;
  run.proto = proto_name(cell);
  run.op = cell.name;
  run.values = to_text(cell.size);
  run.value_bytes = std::llround(cell.size.mean());
  run.connections = w.connections;
  run.threads = w.threads;
  run.pipeline = w.pipeline;
  run.arrivals = cell.rate ? std::string(to_text(w.arrivals)) : "closed";
  run.rate_rps = cell.rate;
  run.congestion = cell.congestion;
  run.warmup = cell.warmup;
  run.search = cell.purpose == Purpose::kSearch;
  return run;
}

std::vector<LinkTraffic> difference(const std::vector<LinkTraffic>& before,
                                    std::vector<LinkTraffic> after) {
  for (std::size_t i = 0; i < after.size(); ++i) {
    after[i].client_tx_bytes -= before[i].client_tx_bytes;
    after[i].client_rx_bytes -= before[i].client_rx_bytes;
    after[i].lost_packets -= before[i].lost_packets;
    if (after[i].dropped_packets) *after[i].dropped_packets -= *before[i].dropped_packets;
  }
  return after;
}

std::map<std::string, std::int64_t> difference(const std::map<std::string, std::int64_t>& before,
                                               const std::map<std::string, std::int64_t>& after) {
  static const std::set<std::string> kTold{"TcpInSegs",
                                           "TcpOutSegs",
                                           "TcpRetransSegs",
                                           "TcpExtTCPTimeouts",
                                           "TcpExtTCPLossProbes",
                                           "TcpExtTCPFastRetrans",
                                           "TcpExtTCPLostRetransmit",
                                           "TcpExtTCPSpuriousRTOs",
                                           "TcpExtPruneCalled"};
  std::map<std::string, std::int64_t> grown;
  for (const auto& [name, value] : after) {
    const auto was = before.find(name);
    const std::int64_t by = value - (was == before.end() ? 0 : was->second);
    if (by != 0 && (name.rfind("MPTcpExt", 0) == 0 || kTold.count(name) > 0 ||
                    loss_counters().count(name) > 0))
      grown[name] = by;
  }
  return grown;
}

std::variant<LoadEvent, Outcome> said_by_load(std::string_view line) {
  try {
    return parse_line(line);
  } catch (const BadInput& error) {
    throw RunFailed(std::string("the load generator said what it should not: ") + error.what());
  }
}

Nanos helper_timeout(std::uint64_t keys) {
  constexpr std::uint64_t kLongest = 100'000'000;  // beyond this nobody waits: eleven days
  return 60s + 10ms * static_cast<std::int64_t>(std::min(keys, kLongest));
}

void run_helper(const CommandLine& argv, int netns_fd, const std::string& doing, Nanos timeout,
                const std::function<void()>& meanwhile) {
  LineChild helper(argv, netns_fd);
  const Nanos deadline = now() + timeout;
  std::optional<ExitStatus> status;
  while (!(status = helper.child.wait(100ms))) {
    meanwhile();
    if (now() > deadline) throw RunFailed(doing + ": has not ended after " + to_text(timeout));
  }
  if (!status->ok())
    throw RunFailed(doing + ": " +
                    (status->signal != 0 ? "it " + status->text()
                                         : last_line(tail_of(helper.log.get(), 1000))));
}

Run run_at_target(const ExperimentOptions& options, const Cell& cell, const RunContext& context) {
  Run run = described(options, cell);
  try {
    const std::string before = target_life(*options.target);
    if (!in_virtual_time()) look_at_host(context, run);
    std::optional<HostReading> opened;
    Beside beside;
    beside.on_event = [&](const LoadEvent& event) {
      if (event.kind == LoadEvent::Kind::kMeasuring) opened = read_host();
      if (event.kind == LoadEvent::Kind::kMeasured && opened)
        note_others(*opened, read_host(), run);
    };
    fill_and_load(options, cell, context, -1, -1, 0, run, beside);
    const std::string after = target_life(*options.target);
    if (!before.empty() && !after.empty() && before != after) {
      run.invalid_reasons.insert(
          run.invalid_reasons.begin(),
          "the store was restarted in the run (its run_id changed): what it held is gone");
    }
  } catch (const RunFailed& error) {
    run.invalid_reasons.push_back(error.what());
  }
  if (in_virtual_time()) forget_cpu(run);
  judge_cpu(run);
  judge_gaps(run);
  judge_waiting(run);
  judge_rivals(static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), run);
  judge_congestion_control("", run);
  if (!in_virtual_time()) note_unchecked(run);
  return run;
}

void clean_target(const ExperimentOptions& options,
                  const std::function<void(Nanos elapsed)>& observe) {
  const Nanos started = now();
  const auto meanwhile = [&] {
    if (interrupted_for() > kCleanUpTime) throw Interrupted(keys_may_remain(options));
    observe(now() - started);
  };
  try {
    run_helper(cleanup_command(options), -1, "removing our keys from the store",
               helper_timeout(options.workload.keyspace), meanwhile);
  } catch (const RunFailed& error) {
    throw RunFailed(std::string(error.what()) + "; " + keys_may_remain(options));
  }
}

std::string keys_may_remain(const ExperimentOptions& options) {
  return "keys that begin with " + LoadSpec{}.prefix +
         " may remain; this removes them: " + shown_text(cleanup_command(options));
}

}  // namespace mpb
