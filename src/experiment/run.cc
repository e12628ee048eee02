#include "experiment/run.hh"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "experiment/capture.hh"
#include "experiment/commands.hh"
#include "experiment/competing.hh"
#include "experiment/judge.hh"
#include "experiment/judge_host.hh"
#include "experiment/load_process.hh"
#include "experiment/process_host.hh"
#include "experiment/readings.hh"
#include "experiment/watch.hh"
#include "load/generator.hh"
#include "net/sock_diag.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/virtual_time.hh"
#include "world/world.hh"

namespace mpb {

namespace {

// A namespace without MPTCP can only have a TCP listener. The run then shows what an MPTCP client
// gets from it.
Store start_store(const ExperimentOptions& options, const Cell& cell, int netns_fd, Run& run) {
  const auto mptcp_is_on = [] { return first_line("/proc/sys/net/mptcp/enabled") == "1"; };
  const bool needed = needs_mptcp(cell.proto);
  const bool possible = !needed || inside_netns(netns_fd, mptcp_is_on);
  // The store inherits the limit, and its listener may take as many as the load connects.
  allow_open_files(options.workload.connections, options.workload.threads);
  Store store(options.store, possible ? store_transport(cell.proto) : Transport::kTcp, netns_fd,
              kStorePort, words_for_connections(options.store, options.workload.connections));
  if (!possible) {
    run.invalid_reasons.push_back(
        "MPTCP is switched off in the store's namespace (net.mptcp.enabled=0)");
  } else if (needed && !store.listens_on_mptcp()) {
    run.invalid_reasons.push_back(listener_reason(options.store));
  }
  return store;
}

// The events of a load over our links: readings at the edges of the window, and the congestion
// controls of the connections when they are ready. `ours` are then the clients' sockets.
void on_load_event(const LoadEvent& event, const RunContext& context, Nanos warmup, World& world,
                   Watch& watch, std::vector<TcpSocket>& ours, Run& run) {
  switch (event.kind) {
    case LoadEvent::Kind::kReady:
      // The warm-up begins now. Its end is known to a few milliseconds, and exactly when it comes.
      world.start_traces(now() + warmup);
      context.observe("warming up", 0, 0);
      for (const Place& place : world.places()) {
        if (place.role == Role::kRouter) continue;
        const std::vector<TcpSocket> its = inside_netns(world.netns(place), established_sockets);
        note_congestion_controls(its, to_text(place), run);
        if (place.role == Role::kClient) ours.insert(ours.end(), its.begin(), its.end());
      }
      break;
    case LoadEvent::Kind::kMeasuring:
      world.start_traces(event.opened);
      watch.open(event.opened);
      break;
    case LoadEvent::Kind::kMeasured:
      watch.close();
      break;
    default:
      break;
  }
}

// Every client is a host of the load.
LoadHosts hosts_of(const World& world, const Scenario& scenario) {
  if (scenario.clients == 1) return single_host(world.netns(Role::kClient));
  LoadHosts hosts;
  for (int client = 1; client <= scenario.clients; ++client) {
    const Place place{Role::kClient, client};
    hosts.push_back(std::make_unique<ProcessHost>(to_text(place), world.netns(place)));
  }
  return hosts;
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
  const int subflows = expected_subflows(cell.proto, options, options.scenario.links_per_client());
  context.observe("building the links", 0, 0);
  begin_aligned();
  World world(world_of(options, cell));
  const int server = world.netns(Role::kServer);
  context.observe("starting the store", 0, 0);
  Store store = start_store(options, cell, server, run);
  for (const std::vector<std::string>& argv :
       {world.emulator_command(), world.path_manager_command()}) {
    if (!argv.empty()) record_command(argv, run);
  }
  record_command(store.command(), run);
  const std::unique_ptr<CompetingFlow> flow = connect_competing_flow(options, cell, world);
  if (flow) record_command(flow->command(), run);
  if (evidence != nullptr) *evidence = {world.namespaces(), store.configuration()};
  // With the emulator, the CPU time of other programs shows in the window.
  const bool direct = options.backend == Backend::kVeth;
  const bool netem = options.backend == Backend::kNetem;
  if (direct || (netem && !in_virtual_time())) record_cpu_without_load(context, run);

  begin_aligned();  // after the tools that collected the evidence, however long they took
  Watch watch(options, world, store, flow.get());
  std::vector<TcpSocket> ours;
  LoadHooks hooks;
  hooks.on_event = [&](const LoadEvent& event) {
    if (flow && event.kind == LoadEvent::Kind::kReady) flow->start();
    on_load_event(event, context, options.workload.warmup, world, watch, ours, run);
  };
  hooks.on_time = [&] { return watch.on_time(); };
  hooks.trouble = [&]() -> std::string {
    if (const auto ended = store.ended())
      return fmt::format("the store died during the run: it {}; its last output: {}", ended->text(),
                         store.last_words());
    if (std::string why = flow ? flow->ended() : ""; !why.empty()) return why;
    return world.broken();
  };
  try {
    fill_and_load(options, cell, context, server, hosts_of(world, options.scenario), subflows, run,
                  hooks);
    describe_subflows(ours, run);
    judge_ip_versions(ours, options, cell, run);
    add_cause(hooks.trouble(), run.invalid_reasons);
    for (const std::vector<std::string>& faults : {world.stray_losses(), world.wrong_settings()})
      run.invalid_reasons.insert(run.invalid_reasons.end(), faults.begin(), faults.end());
  } catch (const RunFailed& error) {
    // One process of this run's world failed; the next run gets a new world.
    const std::string why = hooks.trouble();
    run.invalid_reasons.push_back(why.empty() ? error.what() : why);
  }
  if (!options.capture.empty()) {
    context.observe("writing the capture", 0, 0);
    end_capture(world, watch.opened(), run);
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
  judge_competing_flow(run);
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
  run.variant = cell.variant;
  run.conditions = cell.conditions;
  run.warmup = cell.warmup;
  run.search = cell.purpose == Purpose::kSearch;
  return run;
}

}  // namespace mpb
