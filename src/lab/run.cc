#include "lab/run.hh"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "lab/commands.hh"
#include "lab/judge.hh"
#include "lab/world.hh"
#include "load/events.hh"
#include "load/outcome.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/lines.hh"

namespace mpb {

namespace {

// A key takes a fraction of a millisecond; a store that takes ten is not going to make it.
Nanos helper_timeout(const Workload& workload) { return 60s + 10ms * static_cast<std::int64_t>(workload.keyspace); }

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it said nothing";
  const std::size_t start = text.find_last_of('\n', end);
  return text.substr(start == std::string::npos ? 0 : start + 1, end - (start == std::string::npos ? 0 : start + 1) + 1);
}

// A child whose output we read by lines. Its last words on stderr explain its death.
struct LineChild {
  Fd log;
  std::optional<LineReader> lines;
  Child child;

  LineChild(const CommandLine& argv, int netns_fd) : log(memory_file("load")) {
    std::array<int, 2> out{};
    check(pipe2(out.data(), O_CLOEXEC), "making a pipe");
    lines.emplace(Fd{out[0]});
    const Fd writer{out[1]};
    Spawn what;
    what.argv = argv;
    what.netns_fd = netns_fd;
    what.stdout_fd = writer.get();
    what.stderr_fd = log.get();
    child = spawn(what);
  }
};

// What the orchestrator reads at the edges of the measured window.
struct Reading {
  Nanos at{};
  std::vector<LinkTraffic> traffic;
  Nanos store_cpu{};
  Nanos emulator_cpu{};
};

Reading take_reading(World& world, const Store& store) {
  return {now(), world.traffic(), cpu_time(store.pid()), cpu_time(world.emulator_pid())};
}

std::vector<LinkTraffic> difference(const std::vector<LinkTraffic>& before, std::vector<LinkTraffic> after) {
  for (std::size_t i = 0; i < after.size(); ++i) {
    after[i].client_tx_bytes -= before[i].client_tx_bytes;
    after[i].client_rx_bytes -= before[i].client_rx_bytes;
    after[i].lost_packets -= before[i].lost_packets;
    if (after[i].dropped_packets) *after[i].dropped_packets -= *before[i].dropped_packets;
  }
  return after;
}

double percent_of(Nanos cpu, Nanos wall) { return wall > 0ns ? 100 * seconds(cpu) / seconds(wall) : 0; }

// A helper of ours (fill, clean-up) run to its end; throws RunFailed with its last words.
void run_helper(const CommandLine& argv, int netns_fd, const std::string& doing, Nanos timeout, const std::function<bool()>& interrupted) {
  LineChild helper(argv, netns_fd);
  const Nanos deadline = now() + timeout;
  std::optional<ExitStatus> status;
  while (!(status = helper.child.wait(100ms))) {
    if (interrupted()) throw Interrupted("interrupted");
    if (now() > deadline) throw RunFailed(doing + ": has not ended after " + to_text(timeout));
  }
  if (!status->ok())
    throw RunFailed(doing + ": " + (status->signal != 0 ? "it " + status->text() : last_line(tail_of(helper.log.get(), 1000))));
}

// Follows a load from its start to its outcome. `on_event` is called with each event's name as it arrives; `trouble` is asked meanwhile and
// ends the run with what it says.
std::optional<Outcome> follow_load(const CommandLine& argv, int netns_fd, const Workload& workload, const RunContext& context, Run& run,
                                   const std::function<void(LoadEvent::Kind)>& on_event, const std::function<std::string()>& trouble) {
  LineChild load(argv, netns_fd);
  const Nanos deadline = now() + workload.warmup + workload.duration + 2 * workload.timeout + 30s;
  while (now() < deadline) {
    if (context.interrupted()) throw Interrupted("interrupted");
    if (const std::string why = trouble(); !why.empty()) {
      run.invalid_reasons.push_back(why);
      return std::nullopt;
    }
    const std::optional<std::string> line = load.lines->next(100ms);
    if (!line && load.lines->ended()) {
      const std::optional<ExitStatus> status = load.child.wait(1s);
      run.invalid_reasons.push_back("the load generator " + (status ? status->text() : "stopped talking") + ": " +
                                    last_line(tail_of(load.log.get(), 1000)));
      return std::nullopt;
    }
    if (!line) continue;
    std::variant<LoadEvent, Outcome> said;
    try {
      said = parse_line(*line);
    } catch (const BadInput& error) {
      throw RunFailed(std::string("the load generator said what it should not: ") + error.what());
    }
    if (Outcome* outcome = std::get_if<Outcome>(&said)) {
      load.child.wait(5s);
      return std::move(*outcome);
    }
    const LoadEvent& event = std::get<LoadEvent>(said);
    on_event(event.kind);
    if (event.kind == LoadEvent::Kind::kProgress && event.elapsed > 0ns) {
      context.observe("measuring", seconds(event.elapsed), static_cast<double>(event.requests) / seconds(event.elapsed));
    }
  }
  run.invalid_reasons.push_back("the load generator did not finish in time");
  return std::nullopt;
}

Run described(const ExperimentOptions& options, const Cell& cell) {
  const Workload& w = options.workload;
  Run run;
  run.block = cell.block;
  run.order = cell.order;
  run.proto = to_text(cell.proto);
  run.op = to_text(cell.op);
  run.values = to_text(cell.size);
  run.value_bytes = std::llround(cell.size.mean());
  run.connections = w.connections;
  run.threads = w.threads;
  run.pipeline = w.pipeline;
  run.arrivals = w.rate ? std::string(to_text(w.arrivals)) : "closed";
  run.rate_rps = w.rate;
  return run;
}

void record(Run& run, const CommandLine& argv) { run.commands.push_back(shown_text(argv)); }

// The part of a run that is the same in a world of ours and at a target: fill, load, judge. `fill_netns` and `load_netns` are -1 for our
// own.
void fill_and_load(const ExperimentOptions& options, const Cell& cell, const RunContext& context, int fill_netns, int load_netns,
                   int subflows, Run& run, const std::function<void(LoadEvent::Kind)>& on_event,
                   const std::function<std::string()>& trouble) {
  if (cell.op.get_percent > 0) {
    context.observe("filling the keyspace", 0, 0);
    const CommandLine fill = fill_command(options, cell);
    record(run, fill);
    run_helper(fill, fill_netns, "filling the store", helper_timeout(options.workload), context.interrupted);
  }
  context.observe("connecting", 0, 0);
  const CommandLine load = load_command(options, cell, subflows);
  record(run, load);
  const std::optional<Outcome> outcome = follow_load(load, load_netns, options.workload, context, run, on_event, trouble);
  if (outcome) judge_outcome(*outcome, cell, options.workload, subflows, run);
}

}  // namespace

Run run_in_world(const ExperimentOptions& options, const Cell& cell, const RunContext& context, Evidence* evidence) {
  Run run = described(options, cell);
  const int subflows = expected_subflows(cell.proto, options.scenario.links.size());
  context.observe("building the links", 0, 0);
  World world(options.scenario, {options.backend, options.congestion, has_endpoints(options, cell.proto), block_seed(options, cell)});
  const int server = world.netns(Role::kServer);

  context.observe("starting the store", 0, 0);
  // A namespace with MPTCP switched off can have a TCP listener only: the run then shows what an MPTCP client gets from it.
  const bool mptcp = needs_mptcp(cell.proto);
  const bool can_listen = !mptcp || inside_netns(server, [] { return first_line("/proc/sys/net/mptcp/enabled"); }) == "1";
  Store store(options.store, can_listen ? store_transport(cell.proto) : Transport::kTcp, server, kStorePort);
  if (mptcp && (!can_listen || !store.listens_on_mptcp())) {
    run.invalid_reasons.push_back(can_listen ? "the store's listener is not MPTCP"
                                             : "MPTCP is switched off in the store's namespace (net.mptcp.enabled=0)");
  }
  if (!world.emulator_command().empty()) record(run, world.emulator_command());
  record(run, store.command());
  if (evidence != nullptr) *evidence = {world.evidence_json(), store.configuration()};

  std::optional<Reading> before;
  std::optional<Reading> after;
  const auto on_event = [&](LoadEvent::Kind kind) {
    if (kind == LoadEvent::Kind::kReady) {
      context.observe("warming up", 0, 0);
      for (const Role role : {Role::kClient, Role::kServer}) note_congestion_controls(world.congestion_controls(role), to_text(role), run);
    } else if (kind == LoadEvent::Kind::kMeasuring) {
      world.reset_lateness();
      before = take_reading(world, store);
    } else if (kind == LoadEvent::Kind::kMeasured) {
      after = take_reading(world, store);
      run.emulator = world.lateness();
    }
  };
  const auto trouble = [&]() -> std::string {
    if (const auto ended = store.ended())
      return "the store died in the run: it " + ended->text() + "; its last words: " + store.last_words();
    return world.broken();
  };
  try {
    fill_and_load(options, cell, context, server, world.netns(Role::kClient), subflows, run, on_event, trouble);
    // A load may notice that the store is gone before we do: the cause stands before its effect.
    std::vector<std::string>& reasons = run.invalid_reasons;
    if (const std::string why = trouble(); !why.empty() && std::find(reasons.begin(), reasons.end(), why) == reasons.end()) {
      reasons.insert(reasons.begin(), why);
    }
    const std::vector<std::string> lost = world.stray_losses();
    reasons.insert(reasons.end(), lost.begin(), lost.end());
  } catch (const RunFailed& error) {
    // One process of this run's world failed; the next run gets a new world.
    const std::string why = trouble();
    run.invalid_reasons.push_back(why.empty() ? error.what() : why);
  }
  if (before && after) {
    const Nanos between = after->at - before->at;
    run.links = difference(before->traffic, after->traffic);
    run.store_pct = percent_of(after->store_cpu - before->store_cpu, between);
    if (options.backend == Backend::kTun) run.emulator_pct = percent_of(after->emulator_cpu - before->emulator_cpu, between);
    judge_window(between, run);
  } else if (run.valid()) {
    run.invalid_reasons.push_back("the window was not seen to open and close: what the links carried is not known");
  }
  judge_lateness(run);
  judge_congestion_control(options.congestion, run);
  return run;
}

Run run_at_target(const ExperimentOptions& options, const Cell& cell, const RunContext& context) {
  Run run = described(options, cell);
  try {
    fill_and_load(
        options, cell, context, -1, -1, 0, run, [](auto) {}, [] { return std::string(); });
  } catch (const RunFailed& error) {
    run.invalid_reasons.push_back(error.what());
  }
  judge_congestion_control("", run);
  return run;
}

void clean_target(const ExperimentOptions& options) {
  const CommandLine command = cleanup_command(options);
  try {
    run_helper(command, -1, "removing our keys from the store", helper_timeout(options.workload), [] { return false; });
  } catch (const RunFailed& error) {
    throw RunFailed(std::string(error.what()) + "; keys of ours may remain; this removes them: " + shown_text(command));
  }
}

}  // namespace mpb
