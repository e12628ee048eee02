#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "analysis/published.hh"
#include "analysis/verdicts.hh"
#include "analysis/write.hh"
#include "cmd/bench_experiment.hh"
#include "cmd/bench_options.hh"
#include "cmd/cmd.hh"
#include "cmd/progress.hh"
#include "cmd/title.hh"
#include "experiment/dry_run.hh"
#include "experiment/experiment.hh"
#include "experiment/forecast.hh"
#include "experiment/grid.hh"
#include "experiment/kernel_runner.hh"
#include "experiment/ranks.hh"
#include "experiment/record.hh"
#include "experiment/resume.hh"
#include "experiment/target.hh"
#include "experiment/target_run.hh"
#include "output/sentences.hh"
#include "output/terminal.hh"
#include "result/environment.hh"
#include "result/read.hh"
#include "scenario/scenario.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "sys/namespace.hh"
#include "sys/output.hh"
#include "sys/process.hh"
#include "sys/virtual_time.hh"
#include "world/backend.hh"

namespace mpb {

namespace {

constexpr const char* kExamples = R"(
Examples:
  mptcp-bench                        TCP against MPTCP over two lossy 100 Mbit links
  mptcp-bench --proto mptcp --size 4k
                                     one size and one protocol, in 15 seconds
  mptcp-bench --target 10.20.0.5:6379 --auth-env STORE_PASSWORD --rate 2000 --size 4k
                                     your own store, over this host's network
  mptcp-bench --size 4k --rate auto  latency against throughput, from idle to saturated links
  mptcp-bench --size 4k --slo 'p99 < 50ms'
                                     the highest rate of each protocol with that latency
  mptcp-bench --workload replica-sync
                                     a replica across the links: full synchronisation, and lag

Exit codes: 0 all runs are valid; 1 a failure or an invalid run; 2 bad input; 77 this host cannot
run it (see mptcp-bench doctor); 128 + N ended by signal N.)";

// two-lossy-links-20260102T030405Z.json, in ./results if that exists, as in the source tree,
// otherwise in the current folder. Never next to the program, because users do not look there if it
// is installed.
std::string default_output(const std::string& name) {
  return fmt::format("{}{}-{}.json", std::filesystem::is_directory("results") ? "results/" : "",
                     name, time_for_name());
}

struct Resumed {
  BenchOptions options;
  Result before;
};

// A result may come from a stranger. It never determines the store that receives traffic and
// passwords, or the place of the output. Those are on the command line, and the file is only
// compared with them.
void take_from_caller(const BenchOptions& caller, BenchOptions& recorded) {
  const std::string& file = caller.resume;
  if (recorded.target != caller.target) {
    if (caller.target.empty()) {
      throw BadInput(fmt::format(
          "{0}: /command: measured the store at {1}; to resume, repeat --target {1} (and "
          "--auth-env, --auth-file or --db if it needs them)",
          file, recorded.target));
    }
    throw BadInput(fmt::format(
        "--target: is {}, but {} measured {}; resume with the same store, or start again "
        "without --resume",
        caller.target, file,
        recorded.target.empty() ? "a store that mptcp-bench started"
                                : fmt::format("the store at {}", recorded.target)));
  }
  if (recorded.db != caller.db) {
    throw BadInput(
        fmt::format("--db: is {}, but {} measured database {}; resume with the same one, or start "
                    "again without --resume",
                    caller.db, file, recorded.db));
  }
  recorded.auth_env = caller.auth_env;
  recorded.auth_file = caller.auth_file;
  recorded.quiet = caller.quiet;
  recorded.json = caller.json;
  recorded.dry_run = false;
  recorded.resume = file;
  recorded.output = caller.output.empty() ? file : caller.output;
}

// The recorded command may name a device or a pipe that never ends.
void check_regular(const std::string& result, const std::string& path) {
  if (!std::filesystem::exists(path)) return;
  // Files of size 0, such as those of /proc and tracefs, may be endless too.
  if (std::filesystem::is_regular_file(path) && std::filesystem::file_size(path) > 0) return;
  throw BadInput(fmt::format(
      "{}: /command: names {}, which is not a regular file; start again without --resume", result,
      path));
}

// The options of the recorded command, with those of the caller that do not change the measurement.
Resumed resumed(const BenchOptions& o) {
  Resumed r;
  r.before = read_result(o.resume);
  try {
    r.options = parse_bench_options(r.before.command);
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: /command: cannot be resumed: {}", o.resume, error.what()));
  }
  take_from_caller(o, r.options);
  if (!r.options.capture.empty()) {
    throw BadInput(fmt::format(
        "{}: its run was captured, and a capture holds one run; start again without --resume",
        o.resume));
  }
  if (!r.options.seed) r.options.seed = r.before.seed;  // it was drawn
  r.options.begun_with = r.options.repeat;
  check_regular(o.resume, find_data_file("workloads", "workload", r.options.workload));
  if (r.options.target.empty())
    check_regular(o.resume, find_data_file("netns", "scenario", r.options.scenario));
  if (o.repeat != 0) {
    if (!r.options.slo.empty())
      throw BadInput("--repeat: a search with --slo decides itself how many runs there are");
    r.options.repeat = o.repeat;
  } else if (!r.before.parameters.protos.empty() && r.before.parameters.repeat > 0) {
    r.options.repeat = r.before.parameters.repeat;  // an earlier --resume may have changed it
  }
  return r;
}

void note(const BenchOptions& o, const std::string& text) {
  if (!o.quiet && !o.json) say(text);
}

// Someone who has tuned this host expects its settings in the measurement.
// `host` are its settings, read before the sandbox, which has a new network namespace.
void note_host_settings(const BenchOptions& o, const std::map<std::string, std::string>& host) {
  constexpr std::size_t kMost = 6;
  std::vector<std::string> settings = settings_not_inherited(host, network_sysctls());
  if (settings.empty()) return;
  const std::size_t more = settings.size() - std::min(settings.size(), kMost);
  settings.resize(settings.size() - more);
  note(o,
       fmt::format("the namespaces of the runs begin with the kernel's defaults, without this "
                   "host's {}{}; --sysctl KEY=VALUE sets one for all runs",
                   fmt::join(settings, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
}

// Chooses the backend of the links, in a sandbox if it has to try them.
void prepare_world(const BenchOptions& o, std::optional<Sandbox>& sandbox, ExperimentOptions& e) {
  const std::map<std::string, std::string> host = network_sysctls();
  if (!o.dry_run || o.links == "auto") sandbox.emplace();
  const std::vector<ExperimentOptions> all = under_each_condition(e);
  const bool has_caps = std::any_of(all.begin(), all.end(), [](const ExperimentOptions& own) {
    return has_flow_cap(own.scenario);
  });
  const BackendChoice links = choose_backend(o.links, e.scenario, !o.dry_run, has_caps);
  e.backend = links.backend;
  e.backend_why = links.why;
  e.seeds_netem = links.seeds_netem;
  check_backend(e);
  check_capture(e);
  if (o.dry_run) return;
  for (const ExperimentOptions& own : all) {
    const LinkSpec* const link = link_without_rate(own.scenario);
    if (link == nullptr || !in_virtual_time()) continue;
    throw CannotRun(fmt::format(
        "{}: {} has a direction without a rate, so a CPU may be the limit, which this kernel's "
        "virtual time does not count; use a scenario whose links have a rate, or measure in real "
        "time",
        e.scenario.name, link->name));
  }
  note_host_settings(o, host);
  note(o, fmt::format("links by {}: {}", to_text(e.backend), e.backend_why));
  note(o, fmt::format("store {} {}: {}", to_text(e.store.kind), e.store.version, e.store.why));
}

// Grids soon take hours, and whoever lists values does not see it.
void check_length(const BenchOptions& o, const ExperimentOptions& e) {
  if (e.grid.empty() || o.yes || time_needed(e) <= 1h) return;
  throw BadInput(fmt::format(
      "--grid: {}, which is longer than an hour; add --yes to run it, or leave out some values",
      forecast(e)));
}

void print_result(const BenchOptions& o, const ExperimentOptions& e, const Result& result,
                  const std::string& more = "") {
  const Analysis analysis = analyse(result);
  if (o.json) return print_data(to_json(analysis));
  print(terminal_text(analysis, about(analysis), published_for(e.scenario.name)) + more);
}

// Prints a result of which no run is missing. If more runs had been planned when it was
// interrupted, it becomes complete.
int finish_complete(const BenchOptions& o, const ExperimentOptions& e, const Result& before,
                    const Parameters& parameters) {
  note(o,
       fmt::format("all {} runs of {} are finished: nothing to do", before.runs.size(), o.resume));
  Result result = before;
  result.parameters = parameters;
  const bool asked_for_fewer = result.complete == false;  // by --repeat
  if (asked_for_fewer) {
    result.complete = true;
    result.planned_runs = result.runs.size();
  }
  if (asked_for_fewer || e.output != o.resume) replace_file(e.output, to_json(analyse(result)));
  print_result(o, e, result);
  return exit_code(result);
}

bool uses_mptcp(const ExperimentOptions& e) {
  return std::any_of(e.protos.begin(), e.protos.end(), needs_mptcp);
}

// "" if there is no capture, because none was asked for or its run failed.
std::string capture_line(const ExperimentOptions& e, const Result& result) {
  if (result.runs.empty() || !result.runs.back().capture) return "";
  return fmt::format("capture: {}\n", for_terminal(e.capture));
}

int run_experiment(const BenchOptions& o, const ExperimentOptions& e, const Result* before,
                   Ranks* ranks) {
  const FinishFirst finish(e.target ? fmt::format("; {}", keys_may_remain(e)) : "");
  using Form = ProgressReport::Form;
  Form form = o.quiet || o.json ? Form::kNone : Form::kLines;
  if (isatty(STDERR_FILENO) != 0 && !o.quiet) form = Form::kTerminal;
  ProgressReport report(form, e);
  Experiment experiment(e, before, kernel_runner(ranks),
                        [&report](const Progress& progress) { report.show(progress); });
  const Result& result = experiment.result();
  if (e.target && uses_mptcp(e)) check_mptcp(*e.target);
  note(o, forecast(e, result));  // a target has answered by now
  const auto show = [&] {
    const std::string file =
        experiment.is_saved() ? fmt::format("\nresult: {}\n", for_terminal(e.output)) : "";
    print_result(o, e, result, until_text(e, result) + file + capture_line(e, result));
  };
  try {
    experiment.run();
  } catch (const std::exception&) {
    report.clear();
    // The finished runs are printed although the experiment failed. If nobody reads stdout any
    // more, the first error still is the one to report.
    try {
      if (!result.runs.empty()) show();
    } catch (const RunFailed&) {
    }
    throw;
  }
  report.clear();
  show();
  return exit_code(result);
}

// A scenario's links, its store and its load are processes of one host.
void check_ranks(const BenchOptions& o) {
  if (!o.target.empty()) return;
  throw BadInput(
      "mpirun: several ranks load a store that runs already; name it with --target HOST:PORT, or "
      "start mptcp-bench without mpirun");
}

void check_cpus(const std::vector<RankRecord>& ranks, int threads) {
  for (const RankRecord& rank : ranks) {
    if (rank.bound_cpus.value_or(threads) >= threads) continue;
    throw BadInput(
        fmt::format("{} may use {} CPU{}, fewer than its {} threads (-t): start mpirun "
                    "with --bind-to none, or use fewer threads",
                    rank.name, *rank.bound_cpus, *rank.bound_cpus == 1 ? "" : "s", threads));
  }
}

// Verdicts need a warm-up that pilot runs or the user chose. A first look has neither, and with
// another warm-up, further blocks would differ from the finished ones.
void check_began_for_verdicts(const BenchOptions& o, const std::vector<std::string>& command,
                              const Result& before, bool auto_warmup) {
  if (auto_warmup || o.repeat <= before.parameters.repeat) return;
  BenchOptions begun_now = o;
  begun_now.begun_with.reset();
  if (!experiment_of(begun_now, command).auto_warmup) return;
  throw BadInput(
      fmt::format("--repeat: {} was begun with fewer than {} blocks, so no pilot run chose its "
                  "warm-up, and {} blocks would not give verdicts; start a new experiment with "
                  "--repeat {}",
                  o.resume, kFewestForInterval, o.repeat, o.repeat));
}

int bench(const BenchOptions& o, const std::vector<std::string>& command, const Result* before,
          Ranks* ranks) {
  if (ranks != nullptr) check_ranks(o);
  ExperimentOptions e = experiment_of(o, command);
  if (ranks != nullptr) {
    e.ranks = ranks->records();
    check_hosts(e.workload, static_cast<int>(e.ranks.size()));
    check_cpus(e.ranks, e.workload.threads);
  }
  if (before != nullptr) check_began_for_verdicts(o, command, *before, e.auto_warmup);
  if (before == nullptr && !o.dry_run) check_length(o, e);
  e.output = !o.output.empty() || o.json || o.dry_run
                 ? o.output
                 : default_output(o.target.empty() ? e.scenario.name : "target");
  if (!e.output.empty()) check_writable(e.output);
  if (!e.capture.empty()) check_writable(e.capture, kCaptureOption);
  if (!e.capture.empty() && e.capture == e.output)
    throw BadInput(fmt::format("--capture: {} is the file of the result; name another", e.capture));

  std::optional<Sandbox> sandbox;
  if (!e.target) prepare_world(o, sandbox, e);
  if (o.dry_run) {
    print(dry_run(e));
    return kOk;
  }
  // Reports missing MPTCP now. In the sandbox, if there is one, because a new namespace may have it
  // although it is switched off on the host.
  if (uses_mptcp(e)) open_stream(AF_INET, Transport::kMptcp);
  if (const std::string needed = needed_blocks(e); !needed.empty()) note(o, needed);
  if (before != nullptr) {
    say(fmt::format("resuming {}{}: {}", o.resume,
                    e.slo ? "" : fmt::format(" to {} blocks", e.repeat), command_text(command)));
    const Result record = recorded(e);
    check_same_world(*before, record, o.resume);
    check_plan(e, *before, o.resume);
    if (next_cells(e, *before).empty()) return finish_complete(o, e, *before, record.parameters);
  }
  return run_experiment(o, e, before, ranks);
}

}  // namespace

void add_bench(CLI::App& app, Action& action, const CommandWords& words, Ranks* ranks) {
  auto o = std::make_shared<BenchOptions>();
  app.footer(kExamples);
  add_bench_options(app, *o);
  app.callback([&app, &action, &words, ranks, o] {
    if (!app.get_subcommands().empty()) {
      for (const CLI::Option* option : app.get_options()) {
        if (option->count() > 0)
          throw BadInput(fmt::format("{} is not an option of {}, or must follow it",
                                     option->get_name(), app.get_subcommands()[0]->get_name()));
      }
      return;
    }
    if (!words.command.empty())
      throw BadInput("\"--\" and a command go with lab: mptcp-bench lab SCENARIO -- COMMAND");
    if (o->resume.empty()) {
      if (!o->seed) o->seed = std::random_device{}();
      action = [&words, ranks, o] { return bench(*o, words.all, nullptr, ranks); };
      return;
    }
    static const std::set<std::string> kWithResume{"--resume",   "--repeat",    "--quiet",
                                                   "--json",     "--output",    "--target",
                                                   "--auth-env", "--auth-file", "--db"};
    for (const CLI::Option* option : app.get_options()) {
      if (option->count() == 0 || kWithResume.contains(option->get_name())) continue;
      throw BadInput(fmt::format(
          "{} does not go with --resume, which repeats the recorded command; only --repeat, -o, "
          "--json, --quiet and, for your own store, --target, --auth-env, --auth-file and --db do",
          option->get_name()));
    }
    if (app.get_option("--repeat")->count() == 0) o->repeat = 0;  // the recorded command's
    action = [ranks, o] {
      const Resumed r = resumed(*o);
      return bench(r.options, r.before.command, &r.before, ranks);
    };
  });
}

}  // namespace mpb
