#include "lab/run.hh"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "lab/commands.hh"
#include "lab/world.hh"
#include "load/events.hh"
#include "load/outcome.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/lines.hh"

namespace mpb {

namespace {

// The emulator is judged at the 99th percentile: later than this and the link was not the one described. A fifth of the default scenario's
// delay.
constexpr Nanos kLatenessBound = 1ms;
constexpr double kBusyThreadPct = 90;
constexpr Nanos kFillTimeout = 300s;

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

std::string of_all(int part, int all) { return std::to_string(part) + " of " + std::to_string(all) + " connections"; }

// Moves what the load saw into the run, and judges it.
void take_outcome(const Outcome& outcome, const Cell& cell, const Workload& workload, int expected_subflows, Run& run) {
  run.requests = outcome.requests;
  for (std::size_t i = 0; i < kLosses; ++i) {
    const Loss kind = static_cast<Loss>(i);
    if (outcome.error(kind) > 0) run.errors[std::string(to_text(kind))] = outcome.error(kind);
  }
  run.censored = outcome.censored;
  run.misses = outcome.misses;
  run.verified = outcome.verified;
  run.reconnects = outcome.reconnects;
  run.duration_s = seconds(outcome.duration);
  run.throughput_rps = outcome.throughput_rps();
  run.goodput_bps = outcome.goodput_bps();
  run.first_byte = outcome.first_byte;
  run.last_byte = outcome.last_byte;
  run.response = outcome.response;
  run.send_delay = outcome.send_delay;
  run.load_threads_pct = outcome.cpu_pct;
  run.congestion_control.insert(run.congestion_control.end(), outcome.congestion_control.begin(), outcome.congestion_control.end());
  run.saturated = workload.rate && run.throughput_rps < 0.95 * *workload.rate;

  auto invalid = [&run](std::string why) { run.invalid_reasons.push_back(std::move(why)); };
  if (cell.transport == Transport::kMptcp) {
    const MptcpProof& first = outcome.mptcp_start;
    const MptcpProof& last = outcome.mptcp_end;
    run.mptcp = {last.connections, std::max(first.fallbacks, last.fallbacks), std::min(first.subflows_min, last.subflows_min),
                 std::max(first.subflows_max, last.subflows_max)};
    if (run.mptcp.fallbacks > 0) {
      invalid("fell back to TCP on " + of_all(run.mptcp.fallbacks, std::max(first.connections, last.connections)));
    } else if (expected_subflows > 0 && first.subflows_min < expected_subflows) {
      invalid("some connections started with " + std::to_string(first.subflows_min) + " of " + std::to_string(expected_subflows) +
              " subflows");
    } else if (expected_subflows > 0 && last.subflows_min < expected_subflows) {
      invalid("some connections ended with " + std::to_string(last.subflows_min) + " of " + std::to_string(expected_subflows) +
              " subflows");
    }
  }
  if (run.requests == 0) invalid("no request was completed");
  if (run.misses > 0) invalid(std::to_string(run.misses) + " GETs found no key although all were filled");
  if (outcome.error(Loss::kCorrupt) > 0) invalid(std::to_string(outcome.error(Loss::kCorrupt)) + " values came back wrong");
  if (outcome.error(Loss::kErrorReply) > 0)
    invalid("the store answered " + std::to_string(outcome.error(Loss::kErrorReply)) + " requests with an error");
  for (const double pct : run.load_threads_pct) {
    if (pct <= kBusyThreadPct) continue;
    invalid("a load thread was busy " + std::to_string(static_cast<int>(pct)) + " % of the time: the client was the bottleneck (raise -t)");
    break;
  }
}

// A helper of ours (fill, clean-up) run to its end; throws RunFailed with its last words.
void run_helper(const CommandLine& argv, int netns_fd, const std::string& doing, const std::function<bool()>& interrupted) {
  LineChild helper(argv, netns_fd);
  const Nanos deadline = now() + kFillTimeout;
  std::optional<ExitStatus> status;
  while (!(status = helper.child.wait(100ms))) {
    if (interrupted()) throw Interrupted("interrupted");
    if (now() > deadline) throw RunFailed(doing + ": has not ended after " + to_text(kFillTimeout));
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
    std::variant<LoadEvent, Outcome> said = parse_line(*line);
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

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void judge_congestion_control(Run& run) {
  std::vector<std::string>& used = run.congestion_control;
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  if (used.size() > 1) run.invalid_reasons.push_back("connections used different congestion controls: " + joined(used));
}

Run described(const ExperimentOptions& options, const Cell& cell) {
  const Workload& w = options.workload;
  Run run;
  run.block = cell.block;
  run.order = cell.order;
  run.proto = to_text(cell.transport);
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

void record(Run& run, const CommandLine& argv) {
  CommandLine shown = argv;
  if (shown[0] == self_path()) shown[0] = "mptcp-bench";
  run.commands.push_back(command_text(shown));
}

}  // namespace

Run run_in_world(const ExperimentOptions& options, const Cell& cell, const RunContext& context, std::string* evidence) {
  Run run = described(options, cell);
  const bool mptcp = std::count(options.protos.begin(), options.protos.end(), Transport::kMptcp) > 0;
  const int subflows = static_cast<int>(options.scenario.links.size());
  context.observe("building the links", 0, 0);
  World world(options.scenario, {options.backend, options.congestion, mptcp, options.seed + static_cast<std::uint64_t>(cell.block)});
  if (evidence != nullptr) *evidence = world.evidence_json();
  const int server = world.netns(Role::kServer);

  context.observe("starting the store", 0, 0);
  // A namespace with MPTCP switched off can have a TCP listener only: the run then shows what an MPTCP client gets from it.
  const bool can_listen =
      cell.transport == Transport::kTcp || inside_netns(server, [] { return first_line("/proc/sys/net/mptcp/enabled"); }) == "1";
  Store store(options.store, can_listen ? cell.transport : Transport::kTcp, server, kStorePort);
  if (cell.transport == Transport::kMptcp && (!can_listen || !store.listens_on_mptcp())) {
    run.invalid_reasons.push_back(can_listen ? "the store's listener is not MPTCP"
                                             : "MPTCP is switched off in the store's namespace (net.mptcp.enabled=0)");
  }
  if (!world.emulator_command().empty()) record(run, world.emulator_command());
  record(run, store.command());

  std::optional<Reading> before;
  std::optional<Reading> after;
  const auto on_event = [&](LoadEvent::Kind kind) {
    if (kind == LoadEvent::Kind::kReady) {
      context.observe("warming up", 0, 0);
      run.congestion_control = world.congestion_controls();
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
    if (cell.op.get_percent > 0) {
      context.observe("filling the keyspace", 0, 0);
      const CommandLine fill = fill_command(options, cell);
      record(run, fill);
      run_helper(fill, server, "filling the store", context.interrupted);
    }
    context.observe("connecting", 0, 0);
    const CommandLine load = load_command(options, cell, subflows);
    record(run, load);
    const std::optional<Outcome> outcome = follow_load(load, world.netns(Role::kClient), options.workload, context, run, on_event, trouble);
    if (outcome) take_outcome(*outcome, cell, options.workload, subflows, run);
    // A load may notice that the store is gone before we do: the cause stands before its effect.
    std::vector<std::string>& reasons = run.invalid_reasons;
    if (const std::string why = trouble(); !why.empty() && std::find(reasons.begin(), reasons.end(), why) == reasons.end()) {
      reasons.insert(reasons.begin(), why);
    }
    const std::vector<std::string> lost = world.device_drops();
    run.invalid_reasons.insert(run.invalid_reasons.end(), lost.begin(), lost.end());
  } catch (const RunFailed& error) {
    // One process of this run's world failed; the next run gets a new world.
    const std::string why = trouble();
    run.invalid_reasons.push_back(why.empty() ? error.what() : why);
  }
  if (before && after) {
    run.links = difference(before->traffic, after->traffic);
    run.store_pct = percent_of(after->store_cpu - before->store_cpu, after->at - before->at);
    if (options.backend == Backend::kTun) run.emulator_pct = percent_of(after->emulator_cpu - before->emulator_cpu, after->at - before->at);
  }
  if (run.links.empty()) {
    for (const LinkSpec& link : options.scenario.links) run.links.push_back({link.name, 0, 0, 0, std::nullopt});
  }
  if (run.emulator && run.emulator->p99 > kLatenessBound) {
    run.invalid_reasons.push_back("the link emulator was late: p99 " +
                                  to_text(std::chrono::round<std::chrono::microseconds>(run.emulator->p99)) + ", above " +
                                  to_text(kLatenessBound) + ": this machine is too busy for these links");
  }
  judge_congestion_control(run);
  return run;
}

Run run_at_target(const ExperimentOptions& options, const Cell& cell, const RunContext& context) {
  Run run = described(options, cell);
  try {
    if (cell.op.get_percent > 0) {
      context.observe("filling the keyspace", 0, 0);
      const CommandLine fill = fill_command(options, cell);
      record(run, fill);
      run_helper(fill, -1, "filling the store", context.interrupted);
    }
    context.observe("connecting", 0, 0);
    const CommandLine load = load_command(options, cell, 0);
    record(run, load);
    const std::optional<Outcome> outcome = follow_load(
        load, -1, options.workload, context, run, [](auto) {}, [] { return std::string(); });
    if (outcome) take_outcome(*outcome, cell, options.workload, 0, run);
  } catch (const RunFailed& error) {
    run.invalid_reasons.push_back(error.what());
  }
  judge_congestion_control(run);
  return run;
}

void clean_target(const ExperimentOptions& options) {
  run_helper(cleanup_command(options), -1, "removing our keys from the store", [] { return false; });
  ;
}

}  // namespace mpb
