#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "cmd/cmd.hh"
#include "lab/experiment.hh"
#include "lab/replica.hh"
#include "lab/world.hh"
#include "report/published.hh"
#include "report/table.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

constexpr const char* kExamples = R"(
Examples:
  mptcp-bench                                    TCP against MPTCP, GET and SET at 1k, 4k, 16k, over two lossy 100 Mbit links
  mptcp-bench --proto mptcp --size 4k            one size, one protocol: numbers in 15 seconds
  mptcp-bench --target 10.20.0.5:6379 --auth-env STORE_PASSWORD --rate 2000 --arrivals poisson --size 4k
                                                 a store that already runs, over this host's own network
  mptcp-bench --workload replica-sync            a replica across the links: its full synchronisation, and its lag

Exit codes: 0 ok, 1 failed or invalid run, 2 bad input, 77 this host cannot (see mptcp-bench doctor), 128 + a signal.)";

struct Options {
  std::string scenario = "two-lossy-links", workload = "default", store = "auto", target, links = "auto", congestion, output;
  std::string auth_env, auth_file;
  std::vector<std::string> protos{"both"}, ops, sizes;
  std::string keys, arrivals, duration, warmup, timeline = "100ms";
  int connections = 0, threads = 0, pipeline = 0, repeat = 1, db = 0;
  std::uint64_t keyspace = 0, seed = 1;
  double rate = 0;
  bool json = false, quiet = false, dry_run = false;
};

std::atomic<int> interrupted = 0;  // the signal

// A parser's BadInput with the option that it was given to.
template <class Parse>
auto option(const char* name, Parse parse) {
  try {
    return parse();
  } catch (const BadInput& error) {
    throw BadInput(std::string(name) + ": " + error.what());
  }
}

Workload workload_of(const Options& o) {
  Workload w = read_workload(find_data_file("workloads", "workload", o.workload));
  if (!o.ops.empty()) {
    w.ops.clear();
    for (const std::string& op : o.ops) w.ops.push_back(option("--op", [&] { return parse_op(op); }));
  }
  if (!o.sizes.empty()) {
    w.sizes.clear();
    for (const std::string& size : o.sizes) w.sizes.push_back(option("--size", [&] { return parse_value_size(size); }));
  }
  if (!o.keys.empty()) w.keys = option("--keys", [&] { return parse_keys(o.keys); });
  if (!o.arrivals.empty()) w.arrivals = option("--arrivals", [&] { return parse_arrivals(o.arrivals); });
  if (!o.duration.empty()) w.duration = option("--duration", [&] { return parse_duration(o.duration); });
  if (!o.warmup.empty()) w.warmup = option("--warmup", [&] { return parse_duration(o.warmup); });
  if (o.connections != 0) w.connections = o.connections;
  if (o.threads != 0) w.threads = o.threads;
  if (o.pipeline != 0) w.pipeline = o.pipeline;
  if (o.keyspace != 0) w.keyspace = o.keyspace;
  if (o.rate != 0) w.rate = o.rate;
  if (!o.arrivals.empty() && !w.rate) throw BadInput("--arrivals: a closed loop has none; give --rate REQUESTS_PER_SECOND too");
  check_parameters(w);
  return w;
}

Target target_of(const Options& o) {
  const std::size_t colon = o.target.rfind(':');
  option("--target", [&] { return parse_address(o.target); });
  std::string host = o.target.substr(0, colon);
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  return {host, o.target.substr(colon + 1), o.auth_env, o.auth_file, o.db};
}

// two-lossy-links-20260102T030405Z.json, in the results folder beside the scenarios, or here when there is none to write to.
std::string default_output(const std::string& name) {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &parts);
  const std::filesystem::path results = std::filesystem::path(data_folder("netns")).parent_path() / "results";
  const std::filesystem::path folder = access(results.c_str(), W_OK | X_OK) == 0 ? std::filesystem::proximate(results) : ".";
  return (folder / (name + "-" + stamp + ".json")).lexically_normal().string();
}

// One line on a terminal, rewritten in place; each finished run stays above it.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown) : shown_(shown) {}
  ~ProgressLine() { clear(); }

  void show(const Progress& progress) {
    if (!shown_) return;
    const Cell& cell = *progress.cell;
    const std::string run = "run " + std::to_string(cell.order + 1) + "/" + std::to_string(progress.runs) + "  " + cell.name + " " +
                            to_text(cell.size) + " " + to_text(cell.proto) + ": ";
    clear();
    if (progress.finished != nullptr) {
      const bool valid = progress.finished->valid();
      const std::optional<Replication>& replication = progress.finished->replication;
      const std::string figure =
          replication ? to_text(std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(replication->sync_s)))
                      : grouped(progress.throughput_rps) + " req/s";
      std::cerr << run << (valid ? figure : "INVALID: " + progress.finished->invalid_reasons[0]) << std::endl;
    } else {
      char tail[64] = "";
      if (progress.elapsed_s > 0 && progress.throughput_rps == 0) {
        std::snprintf(tail, sizeof tail, ", %.1f s", progress.elapsed_s);
      } else if (progress.elapsed_s > 0) {
        std::snprintf(tail, sizeof tail, ", %.1f s, %s req/s", progress.elapsed_s, grouped(progress.throughput_rps).c_str());
      }
      std::cerr << run << progress.phase << tail << std::flush;
    }
  }

  void clear() {
    if (shown_) std::cerr << "\r\033[K" << std::flush;
  }

 private:
  const bool shown_;
};

std::string title(const ExperimentOptions& e, const Result& result) {
  const Workload& w = e.workload;
  std::string text = e.target
                         ? "store at " + e.target->host + ":" + e.target->port + " (" + result.store.version + ")"
                         : e.scenario.name + " (links by " + to_text(e.backend) + "), " + result.store.kind + " " + result.store.version;
  if (w.kind == WorkloadKind::kReplicaSync) {
    text += ", full synchronisation of " + to_text(w.data) + ", then lag under " + grouped(*w.rate) + " SET/s for " + to_text(w.duration);
    if (!result.runs.empty() && !result.runs[0].congestion_control.empty()) text += ", " + result.runs[0].congestion_control[0];
    return text + (e.repeat > 1 ? ", medians over " + std::to_string(e.repeat) + " blocks" : "");
  }
  text += ", " + std::to_string(w.connections) + " connections";
  if (w.threads > 1) text += ", " + std::to_string(w.threads) + " threads";
  if (w.pipeline > 1) text += ", pipeline " + std::to_string(w.pipeline);
  text += w.rate ? ", " + grouped(*w.rate) + " req/s offered (" + std::string(to_text(w.arrivals)) + ")" : ", closed loop";
  if (!result.runs.empty() && !result.runs[0].congestion_control.empty()) text += ", " + result.runs[0].congestion_control[0];
  text += ", " + to_text(w.duration) + " a run";
  if (e.repeat > 1) text += ", medians over " + std::to_string(e.repeat) + " blocks";
  return text;
}

// To stdout, which may be a file on a full disk.
void print(const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) throw RunFailed("writing to standard output failed: is its disk full?");
}

void catch_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // nohup(1) leaves SIGHUP ignored, and means it.
    if (std::signal(signal, [](int number) { interrupted = number; }) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
}

int bench(const Options& o, const CommandWords& words) {
  ExperimentOptions e;
  e.command = words.all;
  e.workload = workload_of(o);
  e.protos = option("--proto", [&] { return parse_protos(o.protos); });
  e.repeat = o.repeat;
  e.seed = o.seed;
  e.congestion = o.congestion;
  if (o.timeline != "off") e.timeline = option("--timeline", [&] { return parse_interval(o.timeline); });
  if (o.timeline == "off") e.timeline = 0ns;
  const bool mptcp = std::any_of(e.protos.begin(), e.protos.end(), needs_mptcp);
  if (o.target.empty()) {
    if (!o.auth_env.empty() || !o.auth_file.empty() || o.db != 0) throw BadInput("--auth-env, --auth-file and --db go with --target");
    e.scenario = load_scenario(o.scenario);
    fit_window(e, !o.duration.empty());
    e.store = choose_store(o.store, mptcp);
  } else {
    if (o.scenario != Options().scenario || o.store != "auto" || o.links != "auto" || !o.congestion.empty()) {
      throw BadInput(
          "--target: the store and the network are there already; --scenario, --store, --links and --congestion do not go with it");
    }
    for (const Proto proto : e.protos) {
      if (proto != Proto::kTcp && proto != Proto::kMptcp) {
        throw BadInput("--proto: " + to_text(proto) + " needs links and a store of our own; with --target there are tcp and mptcp");
      }
    }
    e.target = target_of(o);
  }
  if (e.workload.kind == WorkloadKind::kReplicaSync) {
    if (o.keyspace != 0) throw BadInput("--keyspace: of the workload replica-sync it follows from its data and the size of a value");
    check_replica(e);
  }
  e.output = !o.output.empty() || o.json || o.dry_run ? o.output : default_output(o.target.empty() ? e.scenario.name : "target");
  if (!e.output.empty()) check_writable(e.output);

  std::optional<Sandbox> sandbox;
  const auto note = [&o](const std::string& text) {
    if (!o.quiet && !o.json) std::cerr << "mptcp-bench: " << text << std::endl;
  };
  if (!e.target) {
    if (!o.dry_run || o.links == "auto") sandbox.emplace();
    const BackendChoice links = choose_backend(o.links, !o.dry_run);
    e.backend = links.backend;
    e.backend_why = links.why;
    if (!o.dry_run) note("links by " + to_text(e.backend) + ": " + e.backend_why);
    if (!o.dry_run) note("store " + to_text(e.store.kind) + " " + e.store.version + ": " + e.store.why);
  }
  // Says at once what is missing. In the sandbox, when there is one: what is switched off on the host is on in a new namespace.
  if (mptcp && !o.dry_run) open_stream(AF_INET, Transport::kMptcp);
  if (o.dry_run) {
    print(dry_run(e));
    return kOk;
  }

  catch_signals();
  ProgressLine line(isatty(STDERR_FILENO) != 0 && !o.quiet);
  Experiment experiment(
      e, sandbox ? &*sandbox : nullptr, [] { return interrupted != 0; }, [&line](const Progress& p) { line.show(p); });
  const Result& result = experiment.result();
  const auto show = [&] {
    const std::string where = experiment.is_saved() ? "\nresult: " + e.output + "\n" : "";
    print(o.json ? to_json(result) : table(result, title(e, result), published_for(e.scenario.name)) + where);
  };
  try {
    experiment.run();
  } catch (const Interrupted& error) {
    line.clear();
    if (!result.runs.empty()) show();
    std::cerr << "mptcp-bench: " << error.what() << std::endl;
    return 128 + interrupted;  // as a shell reports a command that the signal ended
  } catch (const std::exception&) {
    line.clear();
    if (!result.runs.empty()) show();  // what was finished is not lost with what failed
    throw;
  }
  line.clear();
  show();
  return exit_code(result);
}

}  // namespace

void add_bench(CLI::App& app, Action& action, const CommandWords& words) {
  auto o = std::make_shared<Options>();
  const auto one_of = [](std::vector<std::string> names) { return CLI::IsMember(std::move(names)); };
  constexpr auto kAny = std::numeric_limits<std::uint64_t>::max();
  app.footer(kExamples);
  app.add_option("--proto", o->protos, "Of tcp, tcp-split, mptcp, mptcp-one, tcp-on-mptcp; both is tcp,mptcp")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--op", o->ops, "get, set or a mix such as get80set20; a list makes a matrix (get,set)")->delimiter(',');
  app.add_option("--size", o->sizes, "Value sizes: 4k, a range 1k-16k, weights 1k:70+16k:30; a list makes a matrix (1k,4k,16k)")
      ->delimiter(',');
  app.add_option("--scenario", o->scenario, "NAME or FILE of the links")->capture_default_str();
  app.add_option("--workload", o->workload, "NAME or FILE of what is asked; the options here override it")->capture_default_str();
  app.add_option("--store", o->store, "auto, valkey, redis or builtin")->capture_default_str();
  app.add_option("--target", o->target, "HOST:PORT of a store that already runs: no namespaces, this host's own network");
  app.add_option("--auth-env", o->auth_env, "Environment variable with the target's password");
  app.add_option("--auth-file", o->auth_file, "File with the target's password");
  app.add_option("--db", o->db, "The target's database")->check(whole_number(0));
  app.add_option("-c,--connections", o->connections, "Connections (50)")->check(whole_number(1));
  app.add_option("-t,--threads", o->threads, "Load threads (1)")->check(whole_number(1));
  app.add_option("-P,--pipeline", o->pipeline, "Requests in flight on a connection (1)")->check(whole_number(1));
  app.add_option("-r,--keyspace", o->keyspace, "Distinct keys (1000)")->check(whole_number(1, kAny));
  app.add_option("--keys", o->keys, "uniform, zipf, zipf:EXPONENT or sequential (uniform)");
  app.add_option("--rate", o->rate, "Requests a second, open loop; a closed loop when absent")->check(above_zero());
  app.add_option("--arrivals", o->arrivals, "constant or poisson, with --rate (constant)");
  app.add_option("--duration", o->duration, "Of each measured window (5s)");
  app.add_option("--warmup", o->warmup, "Before each (1s)");
  app.add_option("--timeline", o->timeline, "How often to note links, subflows and requests, or off")->capture_default_str();
  app.add_option("--repeat", o->repeat, "Blocks, each with every protocol in an order drawn from the seed")
      ->check(whole_number(1))
      ->capture_default_str();
  app.add_option("--seed", o->seed, "Of keys, arrivals, run order and the links' luck")
      ->check(whole_number(0, kAny))
      ->capture_default_str();
  app.add_option("--links", o->links, "auto, netem or tun")->check(one_of({"auto", "netem", "tun"}))->capture_default_str();
  app.add_option("--congestion", o->congestion, "Congestion control on both ends (the host's default)");
  app.add_option("-o,--output", o->output, "Result file (results/SCENARIO-TIME.json)");
  app.add_flag("--json", o->json, "The result on stdout and nothing else; no file unless -o");
  app.add_flag("--quiet", o->quiet, "No progress and no notes, just the table");
  app.add_flag("--dry-run", o->dry_run, "Print every command in order, run none");
  app.callback([&app, &action, &words, o] {
    if (!app.get_subcommands().empty()) {
      for (const CLI::Option* option : app.get_options()) {
        if (option->count() > 0)
          throw BadInput(option->get_name() + " does not go with " + app.get_subcommands()[0]->get_name() + ", or stands behind it");
      }
      return;
    }
    if (!words.command.empty()) throw BadInput("\"--\" and a command go with lab: mptcp-bench lab SCENARIO -- COMMAND");
    action = [&words, o] { return bench(*o, words); };
  });
}

}  // namespace mpb
