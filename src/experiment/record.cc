#include "experiment/record.hh"

#include <time.h>

#include <algorithm>

#include "emu/link_fields.hh"
#include "emu/trace.hh"
#include "experiment/run.hh"
#include "experiment/target.hh"
#include "result/environment.hh"
#include "result/machine.hh"

namespace mpb {

namespace {

std::string utc_now() {
  const time_t seconds = time(nullptr);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::optional<TraceRecord> record_of(const LinkModel& model, Nanos window) {
  if (!model.trace.data) return std::nullopt;
  const Trace& trace = *model.trace.data;
  const TraceRange range = range_of(trace, window, model.mtu);
  TraceRecord record{.sha256 = trace.sha256(),
                     .period = trace.period(),
                     .mean_bps = range.mean_bps,
                     .least_bps = range.least_bps,
                     .most_bps = range.most_bps,
                     .least_delay = {},
                     .most_delay = {}};
  if (trace.has_delay()) {
    record.least_delay = trace.least_delay();
    record.most_delay = trace.most_delay();
  }
  return record;
}

ScenarioRecord record_of(const ExperimentOptions& options) {
  ScenarioRecord record;
  if (options.target) {
    record.name = "target", record.backend = "none";
    return record;
  }
  const Scenario& scenario = options.scenario;
  record.name = scenario.name;
  record.description = scenario.description;
  record.backend = to_text(options.backend);
  record.backend_why = options.backend_why;
  if (scenario.clients > 1) record.clients = scenario.clients;
  for (const LinkSpec& link : scenario.links) {
    const bool backup = scenario.backups.contains(record.links.size());
    LinkRecord& its = record.links.emplace_back(
        LinkRecord{link.name, link_texts(link.up), link_texts(link.down), backup});
    its.up_trace = record_of(link.up, options.workload.duration);
    its.down_trace = record_of(link.down, options.workload.duration);
  }
  if (scenario.endpoints) record.endpoints = to_text(*scenario.endpoints);
  record.subflows_per_link = scenario.subflows_per_link;
  if (scenario.competing_flow)
    record.competing_flow = scenario.links[*scenario.competing_flow].name;
  for (const LinkEvent& event : scenario.events)
    record.events.push_back(event_texts(event, scenario));
  for (const auto& [role, settings] : scenario.sysctls) record.sysctls[to_text(role)] = settings;
  return record;
}

WorkloadRecord record_of(const Workload& workload, const ExperimentOptions& options) {
  WorkloadRecord record;
  const bool sync = workload.kind == WorkloadKind::kReplicaSync;
  if (sync) {
    record.kind = "replica-sync";
    record.data_bytes = workload.data.count;
  }
  for (const Op op : workload.ops) record.ops.push_back(to_text(op));
  for (const ValueSize& size : workload.sizes) record.sizes.push_back(to_text(size));
  for (const LoadField& field : load_fields()) field.record(record, workload);
  if (sync) record.keyspace.reset();  // follows from the data
  if (!is_open_loop(options)) record.arrivals = "closed";
  record.rates_rps = options.rates;
  if (options.auto_rates) record.rates = "auto";
  return record;
}

Parameters parameters_of(const ExperimentOptions& options) {
  Parameters parameters{WorldParameters(options), PlanParameters(options), {}};
  parameters.protos = names_of(options.protos);
  return parameters;
}

Defaults defaults() {
  const Workload workload;
  Defaults defaults;
  defaults.connections = workload.connections;
  defaults.threads = workload.threads;
  defaults.pipeline = workload.pipeline;
  defaults.keyspace = workload.keyspace;
  defaults.keys = to_text(workload.keys);
  return defaults;
}

}  // namespace

Result recorded(const ExperimentOptions& options) {
  // The worlds of further contestants and conditions follow from the settings of their runs.
  const Contestant contestant = contestants_of(names_of(options.protos), options).front();
  const Cell first{.proto = Proto::kTcp,
                   .variant = shared_settings(contestant.variant),
                   .conditions = conditions_of(options.grid).front()};
  Result result;
  result.command = options.command;
  result.started = utc_now();
  result.seed = options.seed;
  result.parameters = parameters_of(options);
  result.defaults = defaults();
  result.scenario = record_of(options);
  result.workload = record_of(options.workload, options);
  result.environment = host_environment();
  result.environment.machine = machine_of_environment();
  result.environment.ranks = options.ranks;
  if (options.target) {
    result.environment.namespaces["client"].sysctls = network_sysctls();
  } else {
    if (options.backend == Backend::kNetem) result.environment.netem_seeded = options.seeds_netem;
    for (const Step& step : topology(world_of(options, first)))
      result.environment.commands.push_back(to_text(step));
  }
  if (options.slo) result.slo = SloAsked{*options.slo, least_rate(options)};
  if (options.target) {
    result.store = {"target", target_version(*options.target), "asked for with --target", {}, false,
                    {}};
  } else {
    const StoreChoice store = options_of(options, first).store;
    const bool mptcp = std::any_of(options.protos.begin(), options.protos.end(), needs_mptcp);
    for (const LinkSpec& link : options.scenario.links)
      result.capacities.push_back(capacity_of(link, options.workload.duration));
    result.store = {to_text(store.kind),
                    store.version,
                    store.why,
                    store_command(store, mptcp ? Transport::kMptcp : Transport::kTcp, kStorePort),
                    mptcp,
                    {}};
  }
  return result;
}

Result planned(const ExperimentOptions& options) {
  Result result;
  result.parameters = parameters_of(options);
  result.defaults = defaults();
  result.workload = record_of(options.workload, options);
  if (options.slo) result.slo = SloAsked{*options.slo, least_rate(options)};
  ExperimentOptions one = options;
  one.repeat = 1;
  for (const Cell& cell : plan_cells(one)) {
    Run run = new_run(options_of(options, cell), cell);
    run.outcome.longest_stall = 0ns;
    if (const std::size_t changes = options.scenario.events.size(); changes > 0) {
      run.outcome.segments.resize(changes + 1);
      for (std::size_t i = 1; i <= changes; ++i) run.outcome.segments[i].event = "a change";
    }
    if (options.scenario.competing_flow) run.competing_flow.emplace();
    if (options.workload.kind == WorkloadKind::kReplicaSync)
      run.replication.emplace().data_bytes = options.workload.data.count;
    result.runs.push_back(std::move(run));
  }
  return result;
}

}  // namespace mpb
