#include "experiment/run.hh"

#include <fmt/format.h>
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

// The last line that a process of ours printed, without the "mptcp-bench: " that precedes our own
// message too.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it printed nothing";
  const std::size_t start = text.find_last_of('\n', end);
  const std::size_t begin = start == std::string::npos ? 0 : start + 1;
  const std::string line = text.substr(begin, end - begin + 1);
  const std::string name = "mptcp-bench: ";
  return line.rfind(name, 0) == 0 ? line.substr(name.size()) : line;
}

struct ProcessUse {
  Nanos cpu{};  // of all threads together
  std::map<pid_t, CpuUse> threads;
};

ProcessUse use_of(const Child& process) {
  return {cpu_time(process.pid()), cpu_use(process.pidfd())};
}

// The thread that ran most between the two readings; nothing if the kernel does not count.
std::optional<CpuUse> busiest_thread(const ProcessUse& before, const ProcessUse& after) {
  std::optional<CpuUse> busiest;
  for (const auto& [thread, use] : after.threads) {
    const auto was = before.threads.find(thread);
    const CpuUse its = was == before.threads.end() ? use : use - was->second;
    if (!busiest || its.ran > busiest->ran) busiest = its;
  }
  return busiest;
}

void note_waiting(const CpuUse& thread, Attendance& attendance) {
  attendance.waited = thread.waited;
  attendance.turns = thread.turns;
}

// Long enough although the kernel counts idle time in ticks of 10 ms.
constexpr Nanos kLook = 1s;

// Measures the CPU time that this host uses without the load.
void record_cpu_without_load(const RunContext& context, Run& run) {
  context.observe("measuring the CPU use of other programs", 0, 0);
  const Nanos begin = now();
  const std::optional<HostCpu> before = host_cpu();
  if (!before) return;
  while (now() - begin < kLook) {
    stop_if_interrupted();
    std::this_thread::sleep_for(50ms);
  }
  const std::optional<HostCpu> after = host_cpu();
  // Because of the ticks, the result for an idle host may be negative.
  if (after)
    run.system_before_pct = std::max(0.0, cpu_percent((*after - *before).busy, now() - begin));
}

// The use of this host's CPUs so far.
struct HostReading {
  Nanos at{};
  std::optional<HostCpu> cpu;
  Nanos stolen{};
};

HostReading read_host() { return {now(), host_cpu(), Nanos{stolen_time_ns()}}; }

// The CPU time between two readings that cannot be our own.
void note_others(const HostReading& before, const HostReading& after, Run& run) {
  const Nanos between = after.at - before.at;
  run.steal_pct =
      cpu_percent(after.stolen - before.stolen, between * sysconf(_SC_NPROCESSORS_ONLN));
  if (before.cpu && after.cpu) run.nice_pct = cpu_percent((*after.cpu - *before.cpu).nice, between);
}

// The readings of the orchestrator at an edge of the measured window.
struct Reading {
  Nanos at{}, until{};  // its begin and end, about a millisecond apart
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

// The caller's part in a run. All are called from the thread that follows the load.
struct LoadHooks {
  std::function<void(const LoadEvent&)> on_event = [](const LoadEvent&) {};
  // Does what is due, and returns the time of the next call.
  std::function<Nanos()> on_time = [] { return Nanos::max(); };
  // A reason to end the run, or "".
  std::function<std::string()> trouble = [] { return std::string(); };
};

// Follows a load from its start to its outcome. Without an outcome the run is invalid.
std::optional<Outcome> follow_load(const CommandLine& argv, int netns_fd, const Workload& workload,
                                   const RunContext& context, Run& run, const LoadHooks& hooks) {
  LineChild load(argv, netns_fd);
  const Nanos deadline = now() + workload.warmup + workload.duration + 2 * workload.timeout + 30s;
  while (now() < deadline) {
    stop_if_interrupted();
    if (const std::string why = hooks.trouble(); !why.empty()) {
      run.invalid_reasons.push_back(why);
      return std::nullopt;
    }
    const Nanos due = hooks.on_time();
    const std::optional<std::string> line =
        load.lines->next(std::clamp(due - now(), Nanos{0}, Nanos{100ms}));
    if (!line && load.lines->ended()) {
      const std::optional<ExitStatus> status = load.child.wait(1s);
      const std::string why = last_line(tail_of(load.log.get(), 1000));
      if (status && status->signal == 0 && status->code == kCannotRun)
        throw CannotRun(why);  // further runs would fail too
      run.invalid_reasons.push_back(
          fmt::format("the load generator {}: {}",
                      status ? status->text() : "closed its output without ending", why));
      return std::nullopt;
    }
    if (!line) continue;
    std::variant<LoadEvent, Outcome> message = parse_load_line(*line);
    if (Outcome* outcome = std::get_if<Outcome>(&message)) {
      load.child.wait(5s);
      return std::move(*outcome);
    }
    const LoadEvent& event = std::get<LoadEvent>(message);
    hooks.on_event(event);
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
// `fill_netns` and `load_netns` are -1 for the caller's own namespace.
void fill_and_load(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                   int fill_netns, int load_netns, int subflows, Run& run, const LoadHooks& hooks) {
  if (cell.op.get_percent > 0) {
    context.observe("filling the keyspace", 0, 0);
    const CommandLine fill = fill_command(options, cell);
    record(run, fill);
    run_helper(fill, fill_netns, "filling the store", helper_timeout(options.workload.keyspace));
  }
  const std::vector<int> split = split_of(options, cell);
  for (std::size_t link = 0; link < split.size(); ++link) {
    if (split[link] == 0)
      run.notes.push_back(
          fmt::format("{} got no connection, because there are fewer connections than links (-c)",
                      options.scenario.links[link].name));
  }
  context.observe("connecting", 0, 0);
  const CommandLine load = load_command(options, cell, subflows);
  record(run, load);
  const std::optional<Outcome> outcome =
      follow_load(load, load_netns, options.workload, context, run, hooks);
  if (outcome) judge_outcome(*outcome, cell, options, subflows, run);
}

// The time between two PINGs to the store is a quarter of the longest gap allowed, so a quarter of
// it may be missed. Within these bounds the PINGs cost the store next to nothing.
constexpr Nanos kFastestPulse = 5ms;
constexpr Nanos kSlowestPulse = 50ms;

// Takes the readings of a run in a world of ours, and starts the scenario's events at their times.
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
    // One row at a time, so that an event does not wait for overdue rows.
    if (sampler_.due() <= now()) sampler_.take();
    if (pulse_.due() <= now()) pulse_.beat();
    if (probe_rtt_.due() <= now()) probe_rtt_.look();
    return std::min({due(), sampler_.due(), pulse_.due(), probe_rtt_.due()});
  }

  bool is_complete() const { return before_ && after_; }

  void record_readings(Run& run) const {
    record_cpu(run);
    run.links = difference(before_->traffic, after_->traffic);
    note_emulator(emulator_, run);
    if (before_->emulator) {
      if (const auto thread = busiest_thread(*before_->emulator, *after_->emulator))
        note_waiting(*thread, *run.emulator_attendance);
    }
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
  void record_cpu(Run& run) const {
    const Nanos between = after_->at - before_->at;
    run.store_pct = cpu_percent(after_->store.cpu - before_->store.cpu, between);
    run.store_attendance = Attendance{.longest_gap = silences_.longest, .gaps = silences_.sum};
    if (pulse_.is_broken()) {
      run.notes.push_back(
          "the store closed the connection of our PINGs during the run, so later gaps of the store "
          "were not checked");
    }
    if (const auto thread = busiest_thread(before_->store, after_->store)) {
      run.store_thread_pct = cpu_percent(thread->ran, between);
      note_waiting(*thread, *run.store_attendance);
    }
    if (before_->emulator)
      run.emulator_pct = cpu_percent(after_->emulator->cpu - before_->emulator->cpu, between);
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
  }

  Reading read_all() {
    Reading reading = take_reading(world_, store_);
    // The segments of our own PINGs do not belong to the load.
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
  std::vector<Nanos> late_;  // for each time at which events happened
  // At the opening of the window, at each of those times, and at its end.
  std::vector<std::vector<LinkTraffic>> edges_;
};

// A namespace without MPTCP can only have a TCP listener. The run then shows what an MPTCP client
// gets from it.
Store start_store(const ExperimentOptions& options, const Cell& cell, int netns_fd, Run& run) {
  const auto mptcp_is_on = [] { return first_line("/proc/sys/net/mptcp/enabled") == "1"; };
  const bool needed = needs_mptcp(cell.proto);
  const bool possible = !needed || inside_netns(netns_fd, mptcp_is_on);
  Store store(options.store, possible ? store_transport(cell.proto) : Transport::kTcp, netns_fd,
              kStorePort);
  if (!possible) {
    run.invalid_reasons.push_back(
        "MPTCP is switched off in the store's namespace (net.mptcp.enabled=0)");
  } else if (needed && !store.listens_on_mptcp()) {
    run.invalid_reasons.push_back(listener_reason(options.store));
  }
  return store;
}

// The events of a load over our links: readings at the edges of the window, and the congestion
// controls of the connections when they are ready. `ours` are then the client's sockets.
void on_load_event(const LoadEvent& event, const RunContext& context, const World& world,
                   Watch& watch, std::vector<TcpSocket>& ours, Run& run) {
  switch (event.kind) {
    case LoadEvent::Kind::kReady:
      context.observe("warming up", 0, 0);
      ours = inside_netns(world.netns(Role::kClient), established_sockets);
      note_congestion_controls(ours, to_text(Role::kClient), run);
      note_congestion_controls(inside_netns(world.netns(Role::kServer), established_sockets),
                               to_text(Role::kServer), run);
      break;
    case LoadEvent::Kind::kMeasuring:
      watch.open(event.opened);
      break;
    case LoadEvent::Kind::kMeasured:
      watch.close();
      break;
    default:
      break;
  }
}

// The load may notice before we do that the store is gone. The cause goes before its effect.
void add_cause(const std::string& cause, std::vector<std::string>& reasons) {
  if (cause.empty() || std::find(reasons.begin(), reasons.end(), cause) != reasons.end()) return;
  reasons.insert(reasons.begin(), cause);
}

void judge_processes(const ExperimentOptions& options, const Cell& cell, Run& run) {
  if (in_virtual_time()) forget_cpu(run);
  const int cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  // Without emulated links a CPU limits a closed loop, and most of a latency is waking up.
  const bool direct = options.backend == Backend::kVeth;
  if (direct) judge_crowding(run);
  if (!direct || cell.rate) judge_cpu(run);
  if (!direct) judge_waiting(run);
  if (!direct) judge_rivals(cpus, run);
  if (options.backend == Backend::kNetem) judge_netem(cpus, run);
  judge_gaps(run);
}

}  // namespace

Run run_in_world(const ExperimentOptions& options, const Cell& cell, const RunContext& context,
                 Evidence* evidence) {
  Run run = new_run(options, cell);
  const int subflows = expected_subflows(cell.proto, options.scenario.links.size());
  context.observe("building the links", 0, 0);
  begin_aligned();
  World world(world_of(options, cell));
  const int server = world.netns(Role::kServer);
  context.observe("starting the store", 0, 0);
  Store store = start_store(options, cell, server, run);
  if (!world.emulator_command().empty()) record(run, world.emulator_command());
  record(run, store.command());
  if (evidence != nullptr) *evidence = {world.namespaces(), store.configuration()};
  // With the emulator, the CPU time of other programs shows in the window.
  const bool direct = options.backend == Backend::kVeth;
  const bool netem = options.backend == Backend::kNetem;
  if (direct || (netem && !in_virtual_time())) record_cpu_without_load(context, run);

  begin_aligned();  // after the tools that collected the evidence, however long they took
  Watch watch(options, world, store);
  std::vector<TcpSocket> ours;
  LoadHooks hooks;
  hooks.on_event = [&](const LoadEvent& event) {
    on_load_event(event, context, world, watch, ours, run);
  };
  hooks.on_time = [&] { return watch.on_time(); };
  hooks.trouble = [&]() -> std::string {
    if (const auto ended = store.ended())
      return fmt::format("the store died during the run: it {}; its last output: {}", ended->text(),
                         store.last_words());
    return world.broken();
  };
  try {
    fill_and_load(options, cell, context, server, world.netns(Role::kClient), subflows, run, hooks);
    describe_subflows(ours, run);
    add_cause(hooks.trouble(), run.invalid_reasons);
    const std::vector<std::string> lost = world.stray_losses();
    run.invalid_reasons.insert(run.invalid_reasons.end(), lost.begin(), lost.end());
  } catch (const RunFailed& error) {
    // One process of this run's world failed; the next run gets a new world.
    const std::string why = hooks.trouble();
    run.invalid_reasons.push_back(why.empty() ? error.what() : why);
  }
  if (watch.is_complete()) {
    watch.record_readings(run);
  } else if (run.valid()) {
    run.invalid_reasons.push_back(
        "the load generator did not report the start and the end of the window, so the link "
        "traffic is unknown");
  }
  judge_processes(options, cell, run);
  judge_lateness(base_latency(options, cell), run);
  judge_events(run);
  judge_congestion_control(options.congestion, run);
  if (!in_virtual_time()) note_unchecked(run);
  return run;
}

Run new_run(const ExperimentOptions& options, const Cell& cell) {
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
  static const std::set<std::string> kRecorded{"TcpInSegs",
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
    if (by != 0 && (name.rfind("MPTcpExt", 0) == 0 || kRecorded.count(name) > 0 ||
                    loss_counters().count(name) > 0))
      grown[name] = by;
  }
  return grown;
}

std::variant<LoadEvent, Outcome> parse_load_line(std::string_view line) {
  try {
    return parse_line(line);
  } catch (const BadInput& error) {
    throw RunFailed(fmt::format("the load generator printed an invalid line: {}", error.what()));
  }
}

Nanos helper_timeout(std::uint64_t keys) {
  constexpr std::uint64_t kLongest = 100'000'000;  // eleven days; keeps the product in range
  return 60s + 10ms * static_cast<std::int64_t>(std::min(keys, kLongest));
}

void run_helper(const CommandLine& argv, int netns_fd, const std::string& doing, Nanos timeout,
                const std::function<void()>& meanwhile) {
  LineChild helper(argv, netns_fd);
  const Nanos deadline = now() + timeout;
  std::optional<ExitStatus> status;
  while (!(status = helper.child.wait(100ms))) {
    meanwhile();
    if (now() > deadline)
      throw RunFailed(fmt::format("{}: has not ended after {}", doing, to_text(timeout)));
  }
  if (!status->ok())
    throw RunFailed(fmt::format("{}: {}", doing,
                                status->signal != 0 ? fmt::format("it {}", status->text())
                                                    : last_line(tail_of(helper.log.get(), 1000))));
}

Run run_at_target(const ExperimentOptions& options, const Cell& cell, const RunContext& context) {
  Run run = new_run(options, cell);
  try {
    const std::string before = target_life(*options.target);
    if (!in_virtual_time()) record_cpu_without_load(context, run);
    std::optional<HostReading> opened;
    LoadHooks hooks;
    hooks.on_event = [&](const LoadEvent& event) {
      if (event.kind == LoadEvent::Kind::kMeasuring) opened = read_host();
      if (event.kind == LoadEvent::Kind::kMeasured && opened)
        note_others(*opened, read_host(), run);
    };
    fill_and_load(options, cell, context, -1, -1, 0, run, hooks);
    const std::string after = target_life(*options.target);
    if (!before.empty() && !after.empty() && before != after) {
      run.invalid_reasons.insert(
          run.invalid_reasons.begin(),
          "the store was restarted during the run (its run_id changed), so its data is gone");
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
    throw RunFailed(fmt::format("{}; {}", error.what(), keys_may_remain(options)));
  }
}

std::string keys_may_remain(const ExperimentOptions& options) {
  return fmt::format("keys that begin with {} may remain; this command removes them: {}",
                     LoadSpec{}.prefix, shown_text(cleanup_command(options)));
}

}  // namespace mpb
