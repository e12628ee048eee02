#include "experiment/experiment.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/verdicts.hh"
#include "analysis/write.hh"
#include "experiment/forecast.hh"
#include "experiment/host_facts.hh"
#include "experiment/messenger.hh"
#include "experiment/record.hh"
#include "experiment/target_run.hh"
#include "result/environment.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "sys/virtual_time.hh"

namespace mpb {

namespace {

// The number of finished runs with this purpose.
std::size_t runs_made(const Result& result, Purpose purpose) {
  if (purpose == Purpose::kProbe) return result.probes.size();
  if (purpose == Purpose::kPilot) return result.pilots.size();
  return result.runs.size();
}

// Keeps the class of the error, which determines the exit code.
[[noreturn]] void throw_with(const std::exception& error, const std::string& addition) {
  const std::string all = error.what() + addition;
  if (dynamic_cast<const BadInput*>(&error) != nullptr) throw BadInput(all);
  if (dynamic_cast<const CannotRun*>(&error) != nullptr) throw CannotRun(all);
  throw RunFailed(all);
}

}  // namespace

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
  // A search and --until-ci continue by widths alone, and no run follows a finished one.
  if (before->complete.value_or(false))
    result_.extended_from.push_back(static_cast<int>(blocks_of(*before)));
}

void Experiment::run() {
  stolen_before_ = stolen_time_ns();
  started_ = now();
  try {
    for (std::vector<Cell> cells; !(cells = next_cells(options_, result_)).empty();) {
      const Purpose purpose = cells.front().purpose;
      const std::size_t planned =
          purpose == Purpose::kSearch ? 0 : runs_made(result_, purpose) + cells.size();
      if (purpose == Purpose::kMeasure || purpose == Purpose::kSearch)
        result_.planned_runs = planned > 0 ? std::optional(planned) : std::nullopt;
      Nanos left = time_of(cells, options_);
      for (const Cell& cell : cells) {
        stop_if_interrupted();
        run_next(cell, planned, left);
        left -= run_time(options_, cell);
      }
    }
  } catch (const std::exception& error) {
    // mpirun sends a signal to all ranks as soon as it has lost one, perhaps during the clean-up.
    const bool lost = dynamic_cast<const RankLost*>(&error) != nullptr && !interrupted();
    const std::string left_behind = options_.target ? try_to_clean() : "";
    // A rank that only lost its way to this one may still write keys.
    if (lost)
      throw_with(error, left_behind.empty() ? "; " + keys_may_remain(options_) : left_behind);
    // A signal may have reached one of our tools first. The interruption is then the error to
    // report, not the failure of the tool.
    if (interrupted() || dynamic_cast<const Interrupted*>(&error) != nullptr) {
      const std::string saved =
          saved_
              ? fmt::format("; the finished runs are in {}, and --resume continues the experiment",
                            options_.output)
              : "";
      throw Interrupted(fmt::format("interrupted{}{}", saved, left_behind));
    }
    if (!left_behind.empty()) throw_with(error, left_behind);
    throw;
  }
  if (!options_.target) return;
  try {
    clean();
  } catch (const Interrupted& error) {
    throw Interrupted(fmt::format("interrupted; every run was finished; {}", error.what()));
  }
}

void Experiment::run_next(const Cell& cell, std::size_t planned, Nanos left) {
  result_.complete = false;
  const Run run = run_cell(cell, planned, left);
  const Nanos after = left - run_time(options_, cell);
  // A signal to all of our processes may reach the load first; its run is then not a result.
  if (!run.valid()) stop_if_interrupted();
  if (cell.purpose == Purpose::kProbe) {
    if (run.throughput_rps <= 0) {
      throw RunFailed(fmt::format(
          "the capacity of {} {} over {} could not be found: {}", run.op, run.values, run.proto,
          run.valid() ? "no request was completed" : run.invalid_reasons[0]));
    }
    result_.probes.push_back({run.op, run.values, run.proto, run.throughput_rps,
                              seconds(run.outcome.duration), run.invalid_reasons});
  } else if (cell.purpose == Purpose::kPilot) {
    result_.pilots.push_back(pilot_of(run));
  } else {
    result_.runs.push_back(run);
    note_steal();
    result_.complete = after == 0ns && next_cells(options_, result_).empty();
  }
  save();
  observe_(
      {&cell, planned, "done", seconds(run.outcome.duration), run.throughput_rps, &run, after});
}

// The share of all CPU time since this process started its first run.
void Experiment::note_steal() {
  if (in_virtual_time()) return;
  const double steal = 100.0 * static_cast<double>(stolen_time_ns() - stolen_before_) /
                       (seconds(now() - started_) * 1e9 * result_.environment.cpus);
  result_.environment.steal_pct = std::max(steal, steal_pct_);
}

void Experiment::clean() {
  clean_target(options_, [this](Nanos elapsed) {
    observe_({nullptr,
              0,
              fmt::format("removing our keys from the store, {} s", elapsed / 1s),
              0,
              0,
              nullptr,
              {}});
  });
}

// For the clean-up after a failure, which must be reported first. The store itself may have failed.
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

// Runs of one result were made under the same settings, which are recorded once.
void Experiment::refuse_changed_host(const Evidence& evidence, Run& run) {
  for (const auto& [role, facts] : evidence.namespaces) {
    const std::vector<std::string> changes = add_facts(facts, result_.environment.namespaces[role]);
    if (changes.empty()) continue;
    run.invalid_reasons.push_back(fmt::format(
        "settings of this host changed since the first run: {}", fmt::join(changes, "; ")));
  }
}

Run Experiment::run_cell(const Cell& cell, std::size_t planned, Nanos left) {
  const RunContext context{[&](const std::string& phase, double elapsed_s, double rps) {
    observe_({&cell, planned, phase, elapsed_s, rps, nullptr, left});
  }};
  Evidence evidence;
  // Nobody else changes a world of ours.
  const bool wanted = options_.target || result_.environment.namespaces.empty();
  Run run = runner_(options_of(options_, cell), cell, context, wanted ? &evidence : nullptr);
  if (options_.target) {
    refuse_changed_host(evidence, run);
  } else if (!evidence.namespaces.empty()) {
    result_.environment.namespaces = evidence.namespaces;
    result_.store.configuration = evidence.store_configuration;
  }
  return run;
}

}  // namespace mpb
