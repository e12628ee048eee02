#include "experiment/dry_run.hh"

#include <fmt/format.h>

#include <algorithm>

#include "emu/control.hh"
#include "emu/traces.hh"
#include "experiment/commands.hh"
#include "experiment/competing.hh"
#include "experiment/forecast.hh"
#include "experiment/replica.hh"
#include "sys/escape.hh"
#include "world/mptcpd.hh"

namespace mpb {

namespace {

std::string seeds_note(const ExperimentOptions& options) {
  if (options.seeds_netem) return "; the seeds of netem are those of the first block";
  if (options.backend == Backend::kNetem)
    return "; each netem also gets a seed if tc and the kernel take one";
  return "";
}

// "# traces/lte-like.trace: 21.3 Mbit/s on average, and again after 60s; SHA-256 ab12..."
std::string trace_text(const std::vector<LinkSpec>& links) {
  std::string text;
  for (const std::string& file : trace_files(links)) {
    for (const LinkSpec& link : links) {
      const LinkModel& model = link.up.trace.file == file ? link.up : link.down;
      if (model.trace.file != file || !model.trace.data) continue;
      const Trace& trace = *model.trace.data;
      text += fmt::format("# {}: {:.1f} Mbit/s on average, and again after {}; SHA-256 {}\n", file,
                          static_cast<double>(trace.mean_rate(model.mtu).count) / 1e6,
                          to_text(trace.period()), trace.sha256());
      break;
    }
  }
  return text;
}

std::string world_text(const ExperimentOptions& options, const WorldOptions& world) {
  std::string text = fmt::format("# scenario {}, links by {}\n",
                                 for_terminal(options.scenario.name), to_text(options.backend));
  text += fmt::format("# the world of every run{}\n", seeds_note(options));
  const Scenario& scenario = world.scenario;
  for (const LinkSpec& link : scenario.links) text += fmt::format("# {}\n", to_text(link));
  for (const Step& step : topology(world)) text += to_text(step) + "\n";
  if (options.backend == Backend::kTun) {
    CommandLine emulator{"mptcp-bench", "link", "--links", links_to_json(scenario.links),
                         "--seed",      "SEED"};
    const bool traced = link_with_trace(scenario.links) != nullptr;
    if (traced) emulator.insert(emulator.end(), {"--trace", "FD..."});
    emulator.insert(emulator.end(), {"--tun", "FD..."});
    if (!world.capture.empty()) emulator.insert(emulator.end(), {"--capture", "FD"});
    text += fmt::format("[host] {}\n", command_text(emulator));
    text += trace_text(scenario.links);
    if (traced)
      text +=
          "# when the load is ready, and again when its window opens:\n"
          "[emulator] start-traces TIME_OF_THE_OPENING\n";
  }
  for (std::size_t i = 0; i < scenario.events.size(); ++i) {
    const LinkEvent& event = scenario.events[i];
    text += fmt::format("# at {}: {}\n", to_text(event.at), to_text(event, scenario));
    for (const Step& step : event_steps(scenario, i, options.backend, netem_seed(world)))
      text += to_text(step) + "\n";
  }
  return text;
}

// A run whose world differs from the one above.
std::string world_differences(const ExperimentOptions& options, const WorldOptions& world,
                              const Cell& cell) {
  std::string text;
  if (!options.target && cell.proto == Proto::kMptcpOne && world.mptcp)
    text += "# the world of the next run has no MPTCP limits and endpoints\n";
  if (options.target || (cell.variant.empty() && cell.conditions.empty())) return text;
  const WorldOptions its = world_of(options, cell);
  for (std::size_t i = 0; i < its.scenario.links.size(); ++i) {
    if (its.scenario.links[i] != world.scenario.links[i])
      text += fmt::format("# the world of the next run has {}\n", to_text(its.scenario.links[i]));
  }
  const std::vector<Step> above = topology(world), own = topology(its);
  const auto add = [&text](const std::vector<Step>& steps, const std::vector<Step>& others,
                           const char* verb) {
    for (const Step& step : steps) {
      if (std::find(others.begin(), others.end(), step) == others.end())
        text += fmt::format("# the world of the next run {} {}\n", verb, to_text(step));
    }
  };
  add(above, own, "does not have");
  add(own, above, "has");
  return text;
}

std::string replica_text(const ExperimentOptions& options, const Cell& cell) {
  const ReplicaCommands commands = replica_commands(options, cell);
  return fmt::format("[server] {}\n[client] {}\n[server] {}\n[client] {}\n[server] {}\n",
                     shown_text(commands.primary), shown_text(commands.replica),
                     shown_text(commands.fill), shown_text(commands.replicaof),
                     shown_text(commands.load));
}

std::string processes_text(const ExperimentOptions& options, const Cell& cell) {
  std::string text;
  if (options.path_manager == PathManager::kMptcpd)
    text += fmt::format("[client] {}\n", shown_text(mptcpd_command()));
  if (options.workload.kind == WorkloadKind::kReplicaSync)
    return text + replica_text(options, cell);
  if (!options.target) {
    CommandLine store = store_command(options.store, store_transport(cell.proto), kStorePort);
    for (std::string& word : words_for_connections(options.store, options.workload.connections))
      store.push_back(std::move(word));
    text += fmt::format("[server] {}\n", shown_text(store));
  }
  if (cell.op.get_percent > 0) {
    text += fmt::format("[{}] {}\n", options.target ? "host" : "server",
                        shown_text(fill_command(options, cell)));
  }
  text += competing_flow_text(options, cell);
  const int subflows =
      options.target ? 0
                     : expected_subflows(cell.proto, options, options.scenario.links_per_client());
  const int hosts = options.target ? 1 : options.scenario.clients;
  for (int i = 0; i < hosts; ++i) {
    text +=
        fmt::format("[{}] {}\n", options.target ? "host" : to_text(Place{Role::kClient, i + 1}),
                    shown_text(load_command(options, cell, subflows, {.index = i, .of = hosts})));
  }
  return text;
}

// A comment about the runs that cannot be planned yet.
std::string open_end(const ExperimentOptions& options) {
  if (options.auto_rates) {
    return fmt::format(
        "# the rates follow from these results: about ten, each with every protocol, in {} "
        "block{}\n",
        options.repeat, options.repeat == 1 ? "" : "s");
  }
  if (options.slo) {
    return fmt::format(
        "# then, for each operation and size, runs at rates that follow from the results, the "
        "protocols in turn,\n"
        "# until the highest rate with {} is known to +-{}: at most {} per protocol\n",
        to_text(*options.slo), percent_text(kNarrowThreshold), kMostSearchRuns);
  }
  if (options.until_ci > 0) {
    return fmt::format(
        "# then more blocks, until no interval of throughput is wider than +-{}, at most {} "
        "blocks\n",
        percent_text(options.until_ci), options.max_repeat);
  }
  return "";
}

}  // namespace

std::string dry_run(const ExperimentOptions& options) {
  const bool probes = needs_probes(options);
  const std::vector<Cell> cells = probes ? probe_cells(options) : plan_cells(options);
  const WorldOptions world = world_of(options, {.proto = Proto::kTcp,
                                                .variant = shared_settings(cells.front().variant),
                                                .conditions = cells.front().conditions});
  std::string text = options.target ? fmt::format("# store: {}:{}, over this host's network\n",
                                                  options.target->host, options.target->port)
                                    : world_text(options, world);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    text += world_differences(options, world, cell);
    text += fmt::format("# {} {} of {}: {} {} {}{}\n", probes ? "probe of the capacity" : "run",
                        i + 1, cells.size(), contestant_name(proto_name(cell), cell.variant),
                        cell.name, to_text(cell.size), conditions_text(cell.conditions));
    text += processes_text(options_of(options, cell), cell);
  }
  if (options.auto_warmup) {
    text += fmt::format(
        "# before all of them, one pilot run of each cell and protocol, for {} from cold;\n"
        "# the warm-up becomes the longest time that one takes to settle\n",
        to_text(options.pilot));
  }
  text += open_end(options);
  if (options.target) text += fmt::format("[host] {}\n", shown_text(cleanup_command(options)));
  text += fmt::format("# {}\n", forecast(options));
  const std::string needed = needed_blocks(options);
  return needed.empty() ? text : text + fmt::format("# {}\n", needed);
}

}  // namespace mpb
