#include "cmd/bench_options.hh"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "cmd/cmd.hh"
#include "experiment/replica.hh"
#include "result/environment.hh"
#include "stats/summary.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "world/world.hh"

namespace mpb {

namespace {

// A parser's BadInput with the option that it was given to.
template <class Parse>
auto option(const char* name, Parse parse) {
  try {
    return parse();
  } catch (const BadInput& error) {
    throw BadInput(std::string(name) + ": " + error.what());
  }
}

// What stands in a matrix twice stands there once: equal cells would look like one with twice the
// runs.
template <class Value>
void add_once(std::vector<Value>& values, Value value) {
  if (std::find(values.begin(), values.end(), value) == values.end())
    values.push_back(std::move(value));
}

// Whether the command line names a parameter of the load.
bool is_given(const BenchOptions& o, const std::string& parameter) {
  const auto found = o.load.find(parameter);
  return found != o.load.end() && !found->second.empty();
}

bool asks_for_pilots(const BenchOptions& o, const LoadField& field) {
  return field.name == std::string_view("warmup") && o.load.at(field.name) == "auto";
}

Workload workload_of(const BenchOptions& o) {
  Workload w = read_workload(find_data_file("workloads", "workload", o.workload));
  if (!o.ops.empty()) {
    w.ops.clear();
    for (const std::string& op : o.ops)
      add_once(w.ops, option("--op", [&] { return parse_op(op); }));
  }
  if (!o.sizes.empty()) {
    w.sizes.clear();
    for (const std::string& size : o.sizes)
      add_once(w.sizes, option("--size", [&] { return parse_value_size(size); }));
  }
  for (const LoadField& field : load_fields()) {
    if (is_given(o, field.name) && !asks_for_pilots(o, field)) {
      option(field.option, [&] { field.read(w, o.load.at(field.name)); });
    }
  }
  check_parameters(w);
  return w;
}

Target target_of(const BenchOptions& o) {
  const std::size_t colon = o.target.rfind(':');
  option("--target", [&] { return parse_address(o.target); });
  std::string host = o.target.substr(0, colon);
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  return {host, o.target.substr(colon + 1), o.auth_env, o.auth_file, o.db};
}

double rate_of(const std::string& word) {
  const std::string_view number =
      std::string_view(word).substr(0, word.ends_with("/s") ? word.size() - 2 : word.size());
  double rate = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate);
  if (error != std::errc{} || end != number.data() + number.size() || !std::isfinite(rate) ||
      rate <= 0) {
    throw BadInput("\"" + word +
                   "\" is no rate; write requests a second such as 500, a list such as "
                   "500,1000,2000, or auto");
  }
  if (!is_rate(rate)) throw BadInput(word + " " + kNoRate);
  return rate;
}

// One rate is the workload's own, several are a sweep.
void take_rates(const BenchOptions& o, ExperimentOptions& e) {
  if (o.rates == std::vector<std::string>{"auto"}) {
    e.auto_rates = true;
    e.workload.rate.reset();
  } else if (!o.rates.empty()) {
    std::vector<double> rates;
    for (const std::string& word : o.rates) {
      if (word == "auto")
        throw BadInput("--rate: auto finds all rates itself; leave the others out");
      rates.push_back(option("--rate", [&] { return rate_of(word); }));
    }
    std::sort(rates.begin(), rates.end());
    rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
    e.workload.rate.reset();
    if (rates.size() == 1) e.workload.rate = rates[0];
    if (rates.size() > 1) e.rates = rates;
  }
  if (!o.slo.empty()) {
    if (!o.rates.empty()) throw BadInput("--slo: finds the rate itself; leave --rate out");
    if (e.workload.rate)
      throw BadInput("--slo: finds the rate itself; leave \"rate\" out of the workload");
    if (o.repeat != 1)
      throw BadInput("--slo: the search decides how many runs there are; leave --repeat out");
    if (o.again) throw BadInput("--slo: searches for each protocol once; leave --aa out");
    e.slo = option("--slo", [&] { return parse_slo(o.slo); });
  }
  if (is_given(o, "arrivals") && !is_open_loop(e)) {
    throw BadInput("--arrivals: a closed loop has none; give --rate REQUESTS_PER_SECOND too");
  }
}

}  // namespace

void add_bench_options(CLI::App& app, BenchOptions& o) {
  constexpr auto kAny = std::numeric_limits<std::uint64_t>::max();
  const auto one_of = [](std::vector<std::string> names) {
    return CLI::IsMember(std::move(names));
  };
  app.add_option("--proto", o.protos, "Of " + protocol_names() + "; both is tcp,mptcp")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--op", o.ops,
                 "get, set or a mix such as get80set20; a list makes a matrix (get,set)")
      ->delimiter(',');
  app.add_option(
         "--size", o.sizes,
         "Value sizes: 4k, a range 1k-16k, weights 1k:70+16k:30; a list makes a matrix (1k,4k,16k)")
      ->delimiter(',');
  app.add_option("--scenario", o.scenario, "NAME or FILE of the links")->capture_default_str();
  app.add_option("--workload", o.workload,
                 "NAME or FILE of what is asked; the options here override it")
      ->capture_default_str();
  app.add_option("--store", o.store, "auto, valkey, redis or builtin")->capture_default_str();
  app.add_option("--target", o.target,
                 "HOST:PORT of a store that already runs: no namespaces, this host's own network");
  app.add_option("--auth-env", o.auth_env, "Environment variable with the target's password");
  app.add_option("--auth-file", o.auth_file, "File with the target's password");
  app.add_option("--db", o.db, "The target's database")->check(whole_number(0));
  for (const LoadField& field : load_fields()) {
    if (field.name == std::string_view("rate")) {
      app.add_option("--rate", o.rates,
                     "Requests a second, open loop; a list is a sweep, auto finds rates; a closed "
                     "loop when absent")
          ->delimiter(',');
      app.add_option(
          "--slo", o.slo,
          "Search for the highest rate with 'p99 < 20ms'; also p50, p90, p99.9, mean and <=");
    }
    if (field.help != nullptr) add_load_option(app, field, field.help, o.load);
  }
  app.add_option("--timeline", o.timeline_text,
                 "How often to note links, subflows and requests, or off")
      ->capture_default_str();
  app.add_option("--repeat", o.repeat,
                 "Blocks, each with every protocol in an order drawn from the seed")
      ->check(whole_number(1, kMostBlocks))
      ->capture_default_str();
  app.add_option(
      "--until-ci", o.until_ci_text,
      "More blocks, until no 95 % interval of what carries the verdict (throughput, with --rate "
      "p99, where links change the longest stall) is wider than this: 2% is +-2 %");
  app.add_option("--max-repeat", o.max_repeat, "The most blocks of --until-ci")
      ->check(whole_number(6, kMostBlocks))
      ->capture_default_str();
  app.add_flag("--aa", o.again,
               "Each protocol twice a block, against itself: what differs is this machine's noise");
  app.add_option("--seed", o.seed,
                 "Of keys, arrivals, run order and the links' luck; drawn and recorded where it is "
                 "not given")
      ->check(whole_number(0, kAny))
      ->capture_default_str();
  app.add_option("--links", o.links, "auto, netem or tun")
      ->check(one_of({"auto", "netem", "tun"}))
      ->capture_default_str();
  app.add_option("--congestion", o.controls,
                 "Congestion control on both ends (the host's default); with a list every protocol "
                 "runs with each of them (cubic,bbr)")
      ->delimiter(',');
  app.add_option(
      "--resume", o.resume,
      "Result FILE of an interrupted experiment: runs what is missing; --repeat N for more blocks");
  app.add_option("-o,--output", o.output,
                 "Result file (default: ./results/SCENARIO-TIME.json, or ./SCENARIO-TIME.json "
                 "without ./results)");
  app.add_flag("--json", o.json, "The result on stdout and nothing else; no file unless -o");
  app.add_flag("--quiet", o.quiet, "No progress and no notes, just the table");
  app.add_flag("--dry-run", o.dry_run, "Print every command in order, run none");
}

BenchOptions parse_bench_options(const std::vector<std::string>& command) {
  BenchOptions options;
  CLI::App app;
  add_bench_options(app, options);
  try {
    std::vector<std::string> reversed(command.rbegin(), command.rend());  // as CLI11 wants them
    if (!reversed.empty()) reversed.pop_back();                           // the program
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    throw BadInput(error.what());
  }
  return options;
}

namespace {

// One is that of all runs, several compete.
void take_congestion(const BenchOptions& o, ExperimentOptions& e) {
  for (const std::string& name : o.controls) {
    if (name.empty()) throw BadInput("--congestion: has a name that is empty; write cubic,bbr");
    add_once(e.congestions, name);
  }
  if (e.congestions.size() == 1) {
    e.congestion = e.congestions[0];
    e.congestions.clear();
  }
  if (!e.congestions.empty() && needs_probes(e)) {
    throw BadInput("--congestion: takes one name with " +
                   std::string(e.slo ? "--slo" : "--rate auto") +
                   ", which finds its rates for one; start one experiment for each");
  }
}

bool asks_for_verdicts(const BenchOptions& o) {
  return o.begun_with.value_or(o.repeat) >= static_cast<int>(kFewestForInterval) ||
         !o.until_ci_text.empty() || !o.slo.empty();
}

// Where verdicts are asked for, nobody has to guess how long TCP takes to settle.
void take_warmup(const BenchOptions& o, ExperimentOptions& e) {
  const bool given = is_given(o, "warmup");
  const bool asked = given && asks_for_pilots(o, *find_load_field("warmup"));
  const bool sync = e.workload.kind == WorkloadKind::kReplicaSync;
  if (asked && sync)
    throw BadInput(
        "--warmup: auto is not for a replica's synchronisation; write a time such as 5s");
  e.auto_warmup = asked || (!given && !sync && asks_for_verdicts(o));
}

}  // namespace

ExperimentOptions experiment_of(const BenchOptions& o, const std::vector<std::string>& command) {
  ExperimentOptions e;
  e.command = command;
  static_cast<WorldParameters&>(e) = o;
  static_cast<PlanParameters&>(e) = o;
  e.workload = workload_of(o);
  e.protos = option("--proto", [&] { return parse_protos(o.protos); });
  take_rates(o, e);
  take_congestion(o, e);
  if (!o.until_ci_text.empty()) {
    if (e.slo)
      throw BadInput(
          "--until-ci: with --slo the search decides how many runs there are; leave it out");
    e.until_ci = option("--until-ci", [&] { return parse_percent(o.until_ci_text); });
    if (e.until_ci <= 0)
      throw BadInput("--until-ci: \"" + o.until_ci_text + "\" can never be reached; write 2%");
    if (e.repeat > o.max_repeat)
      throw BadInput("--repeat: more than --max-repeat (" + std::to_string(o.max_repeat) + ")");
  }
  if (o.until_ci_text.empty() && o.max_repeat != BenchOptions().max_repeat)
    throw BadInput("--max-repeat: goes with --until-ci; give --until-ci 2% too");
  take_warmup(o, e);
  e.seed = o.seed.value_or(0);
  if (o.timeline_text != "off")
    e.timeline = option("--timeline", [&] { return parse_interval(o.timeline_text); });
  if (o.timeline_text == "off") e.timeline = 0ns;
  check_runs(e);
  const bool mptcp = std::any_of(e.protos.begin(), e.protos.end(), needs_mptcp);
  const std::vector<std::string> hosts{first_line("/proc/sys/net/ipv4/tcp_congestion_control")};
  const bool window_is_chosen = is_given(o, "duration") || !asks_for_verdicts(o);
  if (o.target.empty()) {
    if (!o.auth_env.empty() || !o.auth_file.empty() || o.db != 0)
      throw BadInput("--auth-env, --auth-file and --db go with --target");
    e.scenario = load_scenario(o.scenario);
    fit_window(e, is_given(o, "duration"));
    fit_window_to(e, o.controls.empty() ? hosts : o.controls, window_is_chosen);
    option("--duration", [&] { check_parameters(e.workload); });
    e.store = choose_store(o.store, mptcp);
    const std::optional<Bytes> available = o.dry_run ? std::nullopt : available_memory();
    if (available) check_memory(e, *available);
  } else {
    if (o.scenario != BenchOptions().scenario || o.store != "auto" || o.links != "auto" ||
        !o.controls.empty()) {
      throw BadInput(
          "--target: the store and the network are there already; --scenario, --store, --links and "
          "--congestion do not go with it");
    }
    for (const Proto proto : e.protos) {
      if (proto != Proto::kTcp && proto != Proto::kMptcp) {
        throw BadInput(
            "--proto: " + to_text(proto) +
            " needs links and a store of our own; with --target there are tcp and mptcp");
      }
    }
    e.target = target_of(o);
    fit_window_to(e, hosts, window_is_chosen);  // of this end; the store's is not known
  }
  check_rows(e);
  if (e.workload.kind == WorkloadKind::kReplicaSync) {
    if (is_given(o, "keyspace"))
      throw BadInput(
          "--keyspace: of the workload replica-sync it follows from its data and the size of a "
          "value");
    check_replica(e);
  }
  return e;
}

}  // namespace mpb
