#include <cstdio>
#include <ctime>
#include <filesystem>
#include <random>
#include <set>

#include "analysis/published.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "analysis/write.hh"
#include "cmd/bench_options.hh"
#include "cmd/cmd.hh"
#include "experiment/dry_run.hh"
#include "experiment/experiment.hh"
#include "experiment/forecast.hh"
#include "experiment/kernel_runner.hh"
#include "experiment/record.hh"
#include "experiment/resume.hh"
#include "experiment/run.hh"
#include "output/terminal.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "sys/output.hh"
#include "sys/process.hh"
#include "sys/virtual_time.hh"
#include "world/world.hh"

namespace mpb {

namespace {

constexpr const char* kExamples = R"(
Examples:
  mptcp-bench                                    TCP against MPTCP, GET and SET at 1k, 4k, 16k, over two lossy 100 Mbit links
  mptcp-bench --proto mptcp --size 4k            one size, one protocol: numbers in 15 seconds
  mptcp-bench --target 10.20.0.5:6379 --auth-env STORE_PASSWORD --rate 2000 --size 4k
                                                 a store that already runs, over this host's own network
  mptcp-bench --size 4k --rate auto              latency against throughput, from idle links to full ones
  mptcp-bench --size 4k --slo 'p99 < 50ms'       the highest rate that each protocol keeps within it
  mptcp-bench --workload replica-sync            a replica across the links: its full synchronisation, and its lag

Exit codes: 0 ok, 1 failed or invalid run, 2 bad input, 77 this host cannot (see mptcp-bench doctor), 128 + a signal.)";

// two-lossy-links-20260102T030405Z.json: in ./results when there is one, as in the source tree,
// else in the current folder. Never next to the program, which may be installed in a place that the
// user does not look into.
std::string default_output(const std::string& name) {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &parts);
  return (std::filesystem::is_directory("results") ? "results/" : "") + name + "-" + stamp +
         ".json";
}

// What somebody who waits wants to know first; "" where it takes no time to speak of.
std::string plan_text(const ExperimentOptions& e) {
  const Nanos needed = time_needed(e);
  if (needed < 2min) return "";
  if (e.slo)
    return "at most " + std::to_string(kMostSearchRuns) +
           " runs for each operation, size and protocol: " + about(needed);
  if (needs_probes(e)) return "the probes take " + about(needed) + ", and more runs follow";
  const std::size_t runs = plan_cells(e).size();
  return std::to_string(runs) + " runs" +
         (e.auto_warmup ? ", after " + std::to_string(pilot_cells(e, {}).size()) +
                              " pilot runs from cold that find the warm-up"
                        : "") +
         ": " + about(needed) + (e.until_ci > 0 ? " or more" : "");
}

// One line on a terminal, rewritten in place; each finished run stays above it.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : shown_(shown) {}
  ~ProgressLine() { clear(); }

  void show(const Progress& progress) {
    if (!shown_) return;
    if (progress.cell == nullptr) {
      rewrite_line(progress.phase);
      return;
    }
    const Cell& cell = *progress.cell;
    const bool pilot = cell.purpose == Purpose::kPilot;
    const bool probe = cell.purpose == Purpose::kProbe || pilot;
    const std::string run = (pilot   ? "pilot "
                             : probe ? "probe "
                                     : "run ") +
                            std::to_string(cell.order + 1) +
                            (progress.runs > 0 ? "/" + std::to_string(progress.runs) : "") + "  " +
                            cell.name + " " + to_text(cell.size) + " " + proto_name(cell) +
                            (cell.rate ? " at " + grouped(*cell.rate) + " req/s" : "") + ": ";
    if (progress.finished != nullptr) {
      const bool valid = progress.finished->valid() || probe;
      const std::optional<Replication>& replication = progress.finished->replication;
      const std::string figure = replication
                                     ? to_text(std::chrono::round<std::chrono::milliseconds>(
                                           std::chrono::duration<double>(replication->sync_s)))
                                     : grouped(progress.throughput_rps) + " req/s";
      const std::string note = progress.finished->saturated ? " SATURATED" : "";
      if (!probe) ++finished_;
      rewrite_line(
          run + (valid ? figure + note : "INVALID: " + progress.finished->invalid_reasons[0]),
          true);
    } else {
      if (!probe && !began_) began_ = now();
      char tail[64] = "";
      if (progress.elapsed_s > 0 && progress.throughput_rps == 0) {
        std::snprintf(tail, sizeof tail, ", %.1f s", progress.elapsed_s);
      } else if (progress.elapsed_s > 0) {
        std::snprintf(tail, sizeof tail, ", %.1f s, %s req/s", progress.elapsed_s,
                      grouped(progress.throughput_rps).c_str());
      }
      rewrite_line(run + progress.phase + tail + left_text(progress));
    }
  }

  void clear() {
    if (shown_) rewrite_line("");
  }

 private:
  // By what the runs have taken so far, pilots and probes left out.
  std::string left_text(const Progress& progress) const {
    const auto made = static_cast<std::size_t>(progress.cell->order);
    if (finished_ == 0 || progress.runs <= made) return "";
    const auto left = static_cast<std::int64_t>(progress.runs - made);
    return "; " + about((now() - *began_) / finished_ * left) + " left";
  }

  const bool shown_;
  std::optional<Nanos> began_;  // the first run
  std::int64_t finished_ = 0;   // runs since then
};

std::string title(const ExperimentOptions& e, const Result& result) {
  const Workload& w = e.workload;
  std::string text = e.target ? "store at " + e.target->host + ":" + e.target->port + " (" +
                                    result.store.version + ")"
                              : e.scenario.name + " (links by " + to_text(e.backend) + "), " +
                                    result.store.kind + " " + result.store.version;
  if (w.kind == WorkloadKind::kReplicaSync) {
    text += ", full synchronisation of " + to_text(w.data) + ", then lag under " +
            grouped(*w.rate) + " SET/s for " + to_text(w.duration);
    if (const std::string used = congestion_text(result); !used.empty()) text += ", " + used;
    const std::size_t blocks = blocks_of(result);
    return text + (blocks > 1 ? ", medians over " + std::to_string(blocks) + " blocks" : "");
  }
  text += ", " + std::to_string(w.connections) + " connections";
  if (w.threads > 1) text += ", " + std::to_string(w.threads) + " threads";
  if (w.pipeline > 1) text += ", pipeline " + std::to_string(w.pipeline);
  const std::string arrivals = " (" + std::string(to_text(w.arrivals)) + ")";
  if (e.slo) {
    text += ", search for the highest rate with " + to_text(*e.slo) + arrivals;
  } else if (e.auto_rates || !e.rates.empty()) {
    text += ", open loop at " +
            (e.auto_rates ? "rates that were found" : std::to_string(e.rates.size()) + " rates") +
            arrivals;
  } else {
    text += w.rate ? ", " + grouped(*w.rate) + " req/s offered" + arrivals : ", closed loop";
  }
  if (e.again) text += ", each protocol twice a block";
  if (const std::string used = congestion_text(result); !used.empty()) text += ", " + used;
  text += ", " + to_text(w.duration) + " a run";
  if (const std::size_t blocks = blocks_of(result); blocks > 1 && !e.slo)
    text += ", medians over " + std::to_string(blocks) + " blocks";
  return text;
}

// How far --until-ci has come.
std::string until_text(const ExperimentOptions& e, const Result& result) {
  if (e.until_ci == 0) return "";
  const std::optional<double> widest = widest_interval(result);
  const std::string asked = "--until-ci " + percent_text(e.until_ci);
  if (!widest)
    return "\n  " + asked + ": an interval is missing, for runs of it are not valid or too few\n";
  return "\n  " + asked + (*widest <= e.until_ci ? ": reached" : ": NOT reached") + " with " +
         std::to_string(blocks_of(result)) + " blocks; the widest interval is ±" +
         percent(*widest, 1) + "\n";
}

// What there was before, and how it goes on.
struct Resumed {
  BenchOptions options;
  Result before;
};

// A result may come from a stranger. It never chooses the store that gets traffic and passwords, or
// where output goes: those are on the command line, and the file is only compared with them.
void take_from_caller(const BenchOptions& caller, BenchOptions& recorded) {
  const std::string& file = caller.resume;
  if (recorded.target != caller.target) {
    if (caller.target.empty()) {
      throw BadInput(file + ": /command: measured the store at " + recorded.target +
                     "; to resume, repeat --target " + recorded.target +
                     " (and --auth-env, --auth-file or --db where it needs them)");
    }
    throw BadInput("--target: is " + caller.target + ", but " + file + " measured " +
                   (recorded.target.empty() ? "a store that mptcp-bench started"
                                            : "the store at " + recorded.target) +
                   "; resume with the same store, or start again without --resume");
  }
  if (recorded.db != caller.db) {
    throw BadInput("--db: is " + std::to_string(caller.db) + ", but " + file +
                   " measured database " + std::to_string(recorded.db) +
                   "; resume with the same one, or start again without --resume");
  }
  recorded.auth_env = caller.auth_env;
  recorded.auth_file = caller.auth_file;
  recorded.quiet = caller.quiet;
  recorded.json = caller.json;
  recorded.dry_run = false;
  recorded.resume = file;
  recorded.output = caller.output.empty() ? file : caller.output;
}

// The recorded command may name a device or a pipe, from which reading never ends.
void check_regular(const std::string& result, const std::string& path) {
  if (!std::filesystem::exists(path)) return;
  // Files without a size, as those of /proc and tracefs, may be endless too.
  if (std::filesystem::is_regular_file(path) && std::filesystem::file_size(path) > 0) return;
  throw BadInput(result + ": /command: names " + path +
                 ", which is not a regular file; start again without --resume");
}

// The options of the recorded command, with those of the caller that do not change the measurement.
Resumed resumed(const BenchOptions& o) {
  Resumed r;
  r.before = read_result(o.resume);
  try {
    r.options = parse_bench_options(r.before.command);
  } catch (const BadInput& error) {
    throw BadInput(o.resume + ": /command: cannot be resumed: " + error.what());
  }
  take_from_caller(o, r.options);
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
    r.options.repeat = r.before.parameters.repeat;  // which an earlier --resume may have changed
  }
  return r;
}

int bench(const BenchOptions& o, const std::vector<std::string>& command, const Result* before) {
  ExperimentOptions e = experiment_of(o, command);
  const bool mptcp = std::any_of(e.protos.begin(), e.protos.end(), needs_mptcp);
  e.output = !o.output.empty() || o.json || o.dry_run
                 ? o.output
                 : default_output(o.target.empty() ? e.scenario.name : "target");
  if (!e.output.empty()) check_writable(e.output);

  std::optional<Sandbox> sandbox;
  const auto note = [&o](const std::string& text) {
    if (!o.quiet && !o.json) say(text);
  };
  if (!e.target) {
    if (!o.dry_run || o.links == "auto") sandbox.emplace();
    const BackendChoice links = choose_backend(o.links, e.scenario, !o.dry_run);
    e.backend = links.backend;
    e.backend_why = links.why;
    e.seeds_netem = links.seeds_netem;
    if (e.backend == Backend::kVeth && !o.dry_run && in_virtual_time()) {
      throw CannotRun(
          "links by veth: without emulated links a CPU is what limits, and this kernel's virtual "
          "time does not count it; take a scenario whose links have a rate, or measure in real "
          "time");
    }
    if (!o.dry_run) note("links by " + to_text(e.backend) + ": " + e.backend_why);
    if (!o.dry_run)
      note("store " + to_text(e.store.kind) + " " + e.store.version + ": " + e.store.why);
  }
  // Says at once what is missing. In the sandbox, when there is one: what is switched off on the
  // host is on in a new namespace.
  if (mptcp && !o.dry_run) open_stream(AF_INET, Transport::kMptcp);
  if (o.dry_run) {
    print(dry_run(e));
    return kOk;
  }

  if (const std::size_t verdicts = planned_verdicts(e), blocks = fewest_blocks(verdicts);
      verdicts > 0 && e.repeat >= static_cast<int>(kFewestForInterval) &&
      e.repeat < static_cast<int>(blocks)) {
    note(std::to_string(verdicts) + " verdicts hold together only from " + std::to_string(blocks) +
         " blocks on: with --repeat " + std::to_string(e.repeat) + " all will be inconclusive");
  }
  if (before != nullptr) {
    say("resuming " + o.resume + (e.slo ? "" : " to " + std::to_string(e.repeat) + " blocks") +
        ": " + command_text(command));
    const Result now = recorded(e);
    check_same_world(*before, now, o.resume);
    check_plan(e, *before, o.resume);
    if (next_cells(e, *before).empty()) {
      note("all " + std::to_string(before->runs.size()) + " runs of " + o.resume +
           " are there: nothing to do");
      Result result = *before;
      result.parameters = now.parameters;
      const bool asked_for_fewer = result.complete == false;  // by --repeat
      if (asked_for_fewer) {
        result.complete = true;
        result.planned_runs = result.runs.size();
      }
      if (asked_for_fewer || e.output != o.resume) replace_file(e.output, to_json(analyse(result)));
      if (o.json) {
        print_data(to_json(analyse(result)));
      } else {
        print(terminal_text(analyse(result), title(e, result), published_for(e.scenario.name)));
      }
      return exit_code(result);
    }
  }
  if (before == nullptr && !plan_text(e).empty()) note(plan_text(e));
  const FinishFirst finish(e.target ? "; " + keys_may_remain(e) : "");
  ProgressLine line(isatty(STDERR_FILENO) != 0 && !o.quiet);
  Experiment experiment(e, before, kernel_runner(), [&line](const Progress& p) { line.show(p); });
  const Result& result = experiment.result();
  const auto show = [&] {
    if (o.json) return print_data(to_json(analyse(result)));
    const std::string where =
        experiment.is_saved() ? "\nresult: " + for_terminal(e.output) + "\n" : "";
    print(terminal_text(analyse(result), title(e, result), published_for(e.scenario.name)) +
          until_text(e, result) + where);
  };
  try {
    experiment.run();
  } catch (const std::exception&) {
    line.clear();
    // What was finished is not lost with what failed; nobody may be reading it any more.
    try {
      if (!result.runs.empty()) show();
    } catch (const RunFailed&) {
    }
    throw;
  }
  line.clear();
  show();
  return exit_code(result);
}

}  // namespace

void add_bench(CLI::App& app, Action& action, const CommandWords& words) {
  auto o = std::make_shared<BenchOptions>();
  app.footer(kExamples);
  add_bench_options(app, *o);
  app.callback([&app, &action, &words, o] {
    if (!app.get_subcommands().empty()) {
      for (const CLI::Option* option : app.get_options()) {
        if (option->count() > 0)
          throw BadInput(option->get_name() + " does not go with " +
                         app.get_subcommands()[0]->get_name() + ", or stands behind it");
      }
      return;
    }
    if (!words.command.empty())
      throw BadInput("\"--\" and a command go with lab: mptcp-bench lab SCENARIO -- COMMAND");
    if (o->resume.empty()) {
      if (!o->seed) o->seed = std::random_device{}();
      action = [&words, o] { return bench(*o, words.all, nullptr); };
      return;
    }
    static const std::set<std::string> kWithResume{"--resume",   "--repeat",    "--quiet",
                                                   "--json",     "--output",    "--target",
                                                   "--auth-env", "--auth-file", "--db"};
    for (const CLI::Option* option : app.get_options()) {
      if (option->count() == 0 || kWithResume.contains(option->get_name())) continue;
      throw BadInput(option->get_name() +
                     " does not go with --resume, which repeats the recorded command; only "
                     "--repeat, -o, --json, --quiet and, "
                     "for your own store, --target, --auth-env, --auth-file and --db do");
    }
    if (app.get_option("--repeat")->count() == 0) o->repeat = 0;  // the recorded command's
    action = [o] {
      const Resumed r = resumed(*o);
      return bench(r.options, r.before.command, &r.before);
    };
  });
}

}  // namespace mpb
