#include "experiment/experiment.hh"

#include <algorithm>

#include "analysis/verdicts.hh"
#include "analysis/write.hh"
#include "emu/control.hh"
#include "experiment/commands.hh"
#include "experiment/record.hh"
#include "experiment/replica.hh"
#include "experiment/run.hh"
#include "result/environment.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "sys/virtual_time.hh"

namespace mpb {

namespace {

// What cannot be planned yet, as comments.
std::string open_ends(const ExperimentOptions& options) {
  if (options.auto_rates) {
    return "# the rates follow from what these got through: about ten, each with every protocol in "
           "each of " +
           std::to_string(options.repeat) + (options.repeat == 1 ? " block\n" : " blocks\n");
  }
  if (options.slo) {
    return "# then, for each operation and size, runs at rates that follow from what is measured, "
           "the protocols in turn, until the rate up\n"
           "# to which " +
           to_text(*options.slo) + " is known to +-" + percent_text(kNarrowThreshold) +
           ": at most " + std::to_string(kMostSearchRuns) + " a protocol\n";
  }
  if (options.until_ci > 0) {
    return "# then more blocks, until no interval of throughput is wider than +-" +
           percent_text(options.until_ci) + ", " + std::to_string(options.max_repeat) +
           " blocks at most\n";
  }
  return "";
}

// The exit code is that of the error; `more` only follows from it.
[[noreturn]] void throw_with(const std::exception& error, const std::string& more) {
  const std::string all = error.what() + more;
  if (dynamic_cast<const BadInput*>(&error) != nullptr) throw BadInput(all);
  if (dynamic_cast<const CannotRun*>(&error) != nullptr) throw CannotRun(all);
  throw RunFailed(all);
}

}  // namespace

std::string dry_run(const ExperimentOptions& options) {
  const ExperimentOptions its =
      needs_probes(options) ? as_probe(options) : options;  // of the runs that are printed
  const std::vector<Cell> cells =
      needs_probes(options) ? probe_cells(options) : plan_cells(options);
  const WorldOptions world =
      world_of(options, {.proto = Proto::kTcp, .congestion = cells.front().congestion});
  std::string text;
  if (options.target) {
    text += "# store: " + options.target->host + ":" + options.target->port +
            ", over this host's network\n";
  } else {
    text += "# scenario " + for_terminal(options.scenario.name) + ", links by " +
            to_text(options.backend) + "\n# the world of every run";
    if (options.seeds_netem) {
      text += "; the seeds of netem are those of the first block";
    } else if (options.backend == Backend::kNetem) {
      text += "; where tc and the kernel take one, each netem has a seed too";
    }
    text += "\n";
    for (const Step& step : topology(world)) text += to_text(step) + "\n";
    if (options.backend == Backend::kTun) {
      text += "[host] " +
              command_text({"mptcp-bench", "link", "--links", links_to_json(options.scenario.links),
                            "--seed", "SEED", "--tun", "FD..."}) +
              "\n";
    }
    for (std::size_t event = 0; event < options.scenario.events.size(); ++event) {
      const LinkEvent& what = options.scenario.events[event];
      text += "# at " + to_text(what.at) + ": " + to_text(what, options.scenario) + "\n";
      for (const Step& step :
           event_steps(options.scenario, event, options.backend, netem_seed(world)))
        text += to_text(step) + "\n";
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    if (!options.target && cell.proto == Proto::kMptcpOne && world.mptcp) {
      text += "# the world of the next run has no MPTCP limits and endpoints\n";
    }
    if (cell.congestion != cells.front().congestion) {
      text += "# the world of the next run has net.ipv4.tcp_congestion_control=" + cell.congestion +
              "\n";
    }
    text += (cell.purpose == Purpose::kProbe ? "# probe of the capacity " : "# run ") +
            std::to_string(i + 1) + " of " + std::to_string(cells.size()) + ": " +
            proto_name(cell) + (cell.congestion.empty() ? "" : "+" + cell.congestion) + " " +
            cell.name + " " + to_text(cell.size) + "\n";
    if (options.workload.kind == WorkloadKind::kReplicaSync) {
      const ReplicaCommands commands = replica_commands(options, cell);
      text += "[server] " + shown_text(commands.primary) + "\n[client] " +
              shown_text(commands.replica) + "\n";
      text += "[server] " + shown_text(commands.fill) + "\n[client] " +
              shown_text(commands.replicaof) + "\n";
      text += "[server] " + shown_text(commands.load) + "\n";
      continue;
    }
    if (!options.target)
      text += "[server] " +
              shown_text(store_command(options.store, store_transport(cell.proto), kStorePort)) +
              "\n";
    const int subflows =
        options.target ? 0 : expected_subflows(cell.proto, options.scenario.links.size());
    const std::string fill_where = options.target ? "[host] " : "[server] ";
    if (cell.op.get_percent > 0) text += fill_where + shown_text(fill_command(its, cell)) + "\n";
    text += (options.target ? "[host] " : "[client] ") +
            shown_text(load_command(its, cell, subflows)) + "\n";
  }
  if (options.auto_warmup) {
    text += "# before all of them a pilot run of each cell and protocol, for " +
            to_text(as_pilot(options).workload.duration) +
            " from cold: --warmup is as long as the slowest takes to settle\n";
  }
  text += open_ends(options);
  if (options.target) text += "[host] " + shown_text(cleanup_command(options)) + "\n";
  return text;
}

Experiment::Experiment(ExperimentOptions options, const Result* before, Runner runner,
                       std::function<void(const Progress&)> observe)
    : options_(std::move(options)),
      runner_(std::move(runner)),
      observe_(std::move(observe)),
      result_(recorded(options_)) {
  if (before == nullptr) return;
  const Result now = std::move(result_);
  result_ = *before;
  result_.parameters = now.parameters;
  steal_pct_ = result_.environment.steal_pct.value_or(0);
  result_.environment.resumed.push_back(now.started);
  // A search or --until-ci goes on by widths alone, and nothing follows a finished one.
  if (before->complete.value_or(false))
    result_.extended_from.push_back(static_cast<int>(blocks_of(*before)));
}

void Experiment::run() {
  stolen_before_ = stolen_time_ns();
  started_ = now();
  try {
    for (std::vector<Cell> cells; !(cells = next_cells(options_, result_)).empty();) {
      const Purpose purpose = cells.front().purpose;
      const std::size_t made = purpose == Purpose::kProbe   ? result_.probes.size()
                               : purpose == Purpose::kPilot ? result_.pilots.size()
                                                            : result_.runs.size();
      const std::size_t planned = purpose == Purpose::kSearch ? 0 : made + cells.size();
      if (purpose == Purpose::kMeasure || purpose == Purpose::kSearch)
        result_.planned_runs = planned > 0 ? std::optional(planned) : std::nullopt;
      for (const Cell& cell : cells) {
        stop_if_interrupted();
        run_next(cell, planned, &cell == &cells.back());
      }
    }
  } catch (const std::exception& error) {
    const std::string left_behind = options_.target ? try_to_clean() : "";
    // What stops us may have reached a tool of ours first; then it is the interruption that is to
    // be told, not the tool's failure.
    if (interrupted() || dynamic_cast<const Interrupted*>(&error) != nullptr) {
      throw Interrupted((saved_ ? "interrupted; the runs that were finished are in " +
                                      options_.output + ", and --resume goes on with them"
                                : "interrupted") +
                        left_behind);
    }
    if (!left_behind.empty()) throw_with(error, left_behind);
    throw;
  }
  if (!options_.target) return;
  try {
    clean();
  } catch (const Interrupted& error) {
    throw Interrupted("interrupted; every run was finished; " + std::string(error.what()));
  }
}

void Experiment::run_next(const Cell& cell, std::size_t planned, bool last) {
  result_.complete = false;
  const bool probe = cell.purpose == Purpose::kProbe;
  const bool pilot = cell.purpose == Purpose::kPilot;
  const Run run = run_cell(probe   ? as_probe(options_)
                           : pilot ? as_pilot(options_)
                                   : options_,
                           cell, planned);
  // A signal to all of our processes has reached the load first: its run is no result.
  if (!run.valid()) stop_if_interrupted();
  if (pilot) {
    result_.pilots.push_back(pilot_of(run));
    save();
    observe_({&cell, planned, "done", seconds(run.outcome.duration), run.throughput_rps, &run});
    return;
  }
  if (!probe) {
    result_.runs.push_back(run);
    note_steal();
    result_.complete = last && next_cells(options_, result_).empty();
    save();
    observe_({&cell, planned, "done", seconds(result_.runs.back().outcome.duration),
              result_.runs.back().throughput_rps, &result_.runs.back()});
    return;
  }
  if (run.throughput_rps <= 0) {
    throw RunFailed(
        "the capacity of " + run.op + " " + run.values + " over " + run.proto +
        " could not be found: " + (run.valid() ? "nothing got through" : run.invalid_reasons[0]));
  }
  result_.probes.push_back({run.op, run.values, run.proto, run.throughput_rps,
                            seconds(run.outcome.duration), run.invalid_reasons});
  save();
  observe_({&cell, planned, "done", seconds(run.outcome.duration), run.throughput_rps, &run});
}

// Of all CPU time since this process began with the runs.
void Experiment::note_steal() {
  if (in_virtual_time()) return;
  const double steal = 100.0 * static_cast<double>(stolen_time_ns() - stolen_before_) /
                       (seconds(now() - started_) * 1e9 * result_.environment.cpus);
  result_.environment.steal_pct = std::max(steal, steal_pct_);
}

void Experiment::clean() {
  clean_target(options_, [this](Nanos elapsed) {
    observe_({nullptr, 0,
              "removing our keys from the store, " + std::to_string(elapsed / 1s) + " s", 0, 0,
              nullptr});
  });
}

// After a failure: that failure is what must be told first, and the store may be the one that
// failed.
std::string Experiment::try_to_clean() {
  try {
    clean();
    return "";
  } catch (const std::exception& error) {
    return std::string("; ") + error.what();
  }
}

void Experiment::save() {
  if (options_.output.empty()) return;
  const Analysis analysis = analyse(result_);
  replace_file(options_.output, [&](const Sink& sink) { write_json(analysis, sink); });
  saved_ = true;
}

Run Experiment::run_cell(const ExperimentOptions& options, const Cell& cell, std::size_t planned) {
  const RunContext context{[&](const std::string& phase, double elapsed_s, double rps) {
    observe_({&cell, planned, phase, elapsed_s, rps, nullptr});
  }};
  Evidence evidence;
  const bool first = result_.environment.namespaces.empty();
  const Run run = runner_(options_of(options, cell), cell, context, first ? &evidence : nullptr);
  if (!evidence.namespaces.empty()) {
    result_.environment.namespaces = evidence.namespaces;
    result_.store.configuration = evidence.store_configuration;
  }
  return run;
}

}  // namespace mpb
