#include "lab/experiment.hh"

#include <time.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "emu/control.hh"
#include "lab/commands.hh"
#include "lab/replica.hh"
#include "lab/run.hh"
#include "lab/target.hh"
#include "report/environment.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

std::string utc_now() {
  const time_t seconds = time(nullptr);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string scenario_json(const ExperimentOptions& options) {
  if (options.target) return R"({"name": "target", "backend": "none", "links": []})";
  Json json{{"name", options.scenario.name}, {"description", options.scenario.description}, {"backend", to_text(options.backend)}};
  json["backend_why"] = options.backend_why;
  json["links"] = Json::parse(links_to_json(options.scenario.links));
  for (const std::size_t link : options.scenario.backups) json["links"][link]["backup"] = true;
  if (!options.scenario.events.empty()) json["events"] = Json::parse(events_to_json(options.scenario));
  for (const auto& [role, settings] : options.scenario.sysctls) json["sysctls"][to_text(role)] = settings;
  return json.dump();
}

std::string workload_json(const Workload& w) {
  Json json;
  if (w.kind == WorkloadKind::kReplicaSync) json = {{"kind", "replica-sync"}, {"data_bytes", w.data.count}};
  for (const Op op : w.ops) json["ops"].push_back(to_text(op));
  for (const ValueSize& size : w.sizes) json["sizes"].push_back(to_text(size));
  json["keys"] = to_text(w.keys);
  if (w.kind == WorkloadKind::kRequests) json["keyspace"] = w.keyspace;
  json["connections"] = w.connections;
  json["threads"] = w.threads;
  json["pipeline"] = w.pipeline;
  if (w.rate) json["rate_rps"] = *w.rate;
  json["arrivals"] = w.rate ? std::string(to_text(w.arrivals)) : "closed";
  json["warmup_s"] = seconds(w.warmup);
  json["duration_s"] = seconds(w.duration);
  json["timeout_s"] = seconds(w.timeout);
  return json.dump();
}

}  // namespace

std::vector<Cell> plan_cells(const ExperimentOptions& options) {
  std::vector<Cell> cells;
  std::mt19937_64 random(options.seed);
  const auto name = [&](Op op) { return options.workload.kind == WorkloadKind::kReplicaSync ? "sync" : to_text(op); };
  for (int block = 0; block < options.repeat; ++block) {
    for (const ValueSize& size : options.workload.sizes) {
      for (const Op op : options.workload.ops) {
        std::vector<Proto> protos = options.protos;
        // Not std::shuffle: the standard leaves its order open, and the seed must mean the same everywhere.
        for (std::size_t i = protos.size(); i > 1; --i) std::swap(protos[i - 1], protos[random() % i]);
        for (const Proto proto : protos) {
          cells.push_back({block, static_cast<int>(cells.size()), proto, op, size, name(op)});
        }
      }
    }
  }
  return cells;
}

bool has_endpoints(const ExperimentOptions& options, Proto proto) {
  return proto != Proto::kMptcpOne && std::count(options.protos.begin(), options.protos.end(), Proto::kMptcp) > 0;
}

void fit_window(ExperimentOptions& options, bool asked) {
  const std::vector<LinkEvent>& events = options.scenario.events;
  if (events.empty()) return;
  const Nanos last = events.back().at;
  if (!asked) options.workload.duration = std::max(options.workload.duration, last + 5s);
  if (last < options.workload.duration) return;
  throw BadInput("--duration: \"" + to_text(events.back(), options.scenario) + "\" of " + options.scenario.name + " is at " +
                 to_text(last) + ", outside the window of " + to_text(options.workload.duration) + "; write --duration " +
                 to_text(last + 5s));
}

Nanos parse_interval(const std::string& text) {
  const Nanos interval = parse_duration(text);
  if (interval < 10ms) throw BadInput("\"" + text + "\" is below 10ms: reading so often would disturb the run; write 100ms, or off");
  return interval;
}

std::string dry_run(const ExperimentOptions& options) {
  const std::vector<Cell> cells = plan_cells(options);
  std::string text;
  if (options.target) {
    text += "# store: " + options.target->host + ":" + options.target->port + ", over this host's network\n";
  } else {
    const bool mptcp = has_endpoints(options, Proto::kTcp);
    text += "# scenario " + options.scenario.name + ", links by " + to_text(options.backend) + "\n# the world of every run\n";
    for (const Step& step : topology(options.scenario, options.backend, options.congestion, mptcp)) text += to_text(step) + "\n";
    if (options.backend == Backend::kTun) {
      text += "[host] " +
              command_text({"mptcp-bench", "link", "--links", links_to_json(options.scenario.links), "--seed", "SEED", "--tun", "FD..."}) +
              "\n";
    }
    for (std::size_t event = 0; event < options.scenario.events.size(); ++event) {
      const LinkEvent& what = options.scenario.events[event];
      text += "# at " + to_text(what.at) + ": " + to_text(what, options.scenario) + "\n";
      for (const Step& step : event_steps(options.scenario, event, options.backend)) text += to_text(step) + "\n";
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (!options.target && cell.proto == Proto::kMptcpOne && has_endpoints(options, Proto::kTcp)) {
      text += "# the world of the next run has no MPTCP limits and endpoints\n";
    }
    text += "# run " + std::to_string(i + 1) + " of " + std::to_string(cells.size()) + ": " + to_text(cell.proto) + " " + cell.name + " " +
            to_text(cell.size) + "\n";
    if (options.workload.kind == WorkloadKind::kReplicaSync) {
      const ReplicaCommands commands = replica_commands(options, cell);
      text += "[server] " + shown_text(commands.primary) + "\n[client] " + shown_text(commands.replica) + "\n";
      text += "[server] " + shown_text(commands.fill) + "\n[client] " + shown_text(commands.replicaof) + "\n";
      text += "[server] " + shown_text(commands.load) + "\n";
      continue;
    }
    if (!options.target) text += "[server] " + shown_text(store_command(options.store, store_transport(cell.proto), kStorePort)) + "\n";
    const int subflows = options.target ? 0 : expected_subflows(cell.proto, options.scenario.links.size());
    const std::string fill_where = options.target ? "[host] " : "[server] ";
    if (cell.op.get_percent > 0) text += fill_where + shown_text(fill_command(options, cell)) + "\n";
    text += (options.target ? "[host] " : "[client] ") + shown_text(load_command(options, cell, subflows)) + "\n";
  }
  if (options.target) text += "[host] " + shown_text(cleanup_command(options)) + "\n";
  return text;
}

Experiment::Experiment(ExperimentOptions options, Sandbox* sandbox, std::function<bool()> interrupted,
                       std::function<void(const Progress&)> observe)
    : options_(std::move(options)),
      sandbox_(sandbox),
      interrupted_(std::move(interrupted)),
      observe_(std::move(observe)),
      cells_(plan_cells(options_)) {
  result_.command = options_.command;
  result_.started = utc_now();
  result_.seed = options_.seed;
  result_.scenario_json = scenario_json(options_);
  result_.workload_json = workload_json(options_.workload);
  Json environment = Json::parse(host_environment_json());
  if (options_.target) {
    environment["namespaces"]["client"]["sysctls"] = Json::parse(network_sysctls_json());
  } else {
    for (const Step& step : topology(options_.scenario, options_.backend, options_.congestion, has_endpoints(options_, Proto::kTcp))) {
      environment["commands"].push_back(to_text(step));
    }
  }
  result_.environment_json = environment.dump();
  if (options_.target) {
    result_.store = {"target", target_version(*options_.target), "asked for with --target", {}, false};
  } else {
    const StoreChoice& store = options_.store;
    const bool mptcp = std::any_of(options_.protos.begin(), options_.protos.end(), needs_mptcp);
    for (const LinkSpec& link : options_.scenario.links) {
      result_.capacities.push_back({link.name, static_cast<double>(link.up.rate.count), static_cast<double>(link.down.rate.count)});
    }
    result_.store = {to_text(store.kind), store.version, store.why,
                     store_command(store, mptcp ? Transport::kMptcp : Transport::kTcp, kStorePort), mptcp};
  }
}

void Experiment::run() {
  const long long stolen_before = stolen_time_ns();
  const Nanos started = now();
  try {
    for (const Cell& cell : cells_) {
      if (interrupted_()) throw Interrupted("interrupted");
      result_.runs.push_back(run_cell(cell));
      Json environment = Json::parse(result_.environment_json);
      environment["steal_pct"] =
          100.0 * static_cast<double>(stolen_time_ns() - stolen_before) / (seconds(now() - started) * 1e9 * environment.value("cpus", 1.0));
      result_.environment_json = environment.dump();
      save();
      observe_({&cell, cells_.size(), "done", result_.runs.back().duration_s, result_.runs.back().throughput_rps, &result_.runs.back()});
    }
  } catch (const std::exception& error) {
    const std::string left_behind = options_.target ? try_to_clean_target() : "";
    // What stops us may have reached a tool of ours first; then it is the interruption that is to be told, not the tool's failure.
    if (interrupted_()) {
      const bool kept = !result_.runs.empty() && !options_.output.empty();
      throw Interrupted((kept ? "interrupted; the runs that were finished are in " + options_.output : "interrupted") + left_behind);
    }
    if (!left_behind.empty()) throw RunFailed(error.what() + left_behind);
    throw;
  }
  if (options_.target) clean_target(options_);
}

// After a failure: that failure is what must be told first, and the store may be the one that failed.
std::string Experiment::try_to_clean_target() {
  try {
    clean_target(options_);
    return "";
  } catch (const std::exception& error) {
    return std::string("; ") + error.what();
  }
}

void Experiment::save() {
  if (!options_.output.empty()) replace_file(options_.output, to_json(result_));
}

Run Experiment::run_cell(const Cell& cell) {
  const RunContext context{interrupted_, [&](const std::string& phase, double elapsed_s, double rps) {
                             observe_({&cell, cells_.size(), phase, elapsed_s, rps, nullptr});
                           }};
  if (options_.target) return run_at_target(options_, cell, context);
  Evidence evidence;
  Run run;
  try {
    const auto run_it = options_.workload.kind == WorkloadKind::kReplicaSync ? run_replica : run_in_world;
    run = run_it(options_, cell, context, result_.runs.empty() ? &evidence : nullptr);
  } catch (const std::exception&) {
    // Without its first process the PID namespace is dead, and fork(2) only says "Cannot allocate memory".
    if (sandbox_->alive()) throw;
    throw RunFailed("the keeper of the namespaces was killed: nothing more can be started in them");
  }
  if (!evidence.world_json.empty()) {
    Json environment = Json::parse(result_.environment_json);
    environment["namespaces"] = Json::parse(evidence.world_json);
    result_.store.configuration = evidence.store_configuration;
    result_.environment_json = environment.dump();
  }
  return run;
}

}  // namespace mpb
