#include "cmd/bench_experiment.hh"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cmd/bench_variants.hh"
#include "cmd/option_text.hh"
#include "emu/traces.hh"
#include "experiment/capture.hh"
#include "experiment/competing.hh"
#include "experiment/grid.hh"
#include "experiment/replica.hh"
#include "result/environment.hh"
#include "stats/summary.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "world/mptcpd.hh"
#include "world/world.hh"

namespace mpb {

namespace {

// Whether the command line contains this parameter of the load.
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
    throw BadInput(
        fmt::format("\"{}\" is not a rate; write requests per second such as 500, a list such as "
                    "500,1000,2000, or auto",
                    word));
  }
  if (!is_rate(rate)) throw BadInput(fmt::format("{} {}", word, kRateOutOfRange));
  return rate;
}

// One rate replaces the workload's, several are a sweep.
void take_rates(const BenchOptions& o, ExperimentOptions& e) {
  if (o.rates.empty()) return;
  e.workload.rate.reset();
  if (o.rates == std::vector<std::string>{"auto"}) {
    e.auto_rates = true;
    return;
  }
  std::vector<double> rates;
  for (const std::string& word : o.rates) {
    if (word == "auto") throw BadInput("--rate: auto finds all rates itself; leave the others out");
    rates.push_back(option("--rate", [&] { return rate_of(word); }));
  }
  std::sort(rates.begin(), rates.end());
  rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
  if (rates.size() == 1) {
    e.workload.rate = rates[0];
  } else {
    e.rates = rates;
  }
}

void take_slo(const BenchOptions& o, ExperimentOptions& e) {
  if (o.slo.empty()) return;
  if (!o.rates.empty()) throw BadInput("--slo: finds the rate itself; leave --rate out");
  if (e.workload.rate)
    throw BadInput("--slo: finds the rate itself; leave \"rate\" out of the workload");
  if (o.repeat != 1)
    throw BadInput("--slo: the search decides how many runs there are; leave --repeat out");
  if (o.again) throw BadInput("--slo: searches for each protocol once; leave --aa out");
  e.slo = option("--slo", [&] { return parse_slo(o.slo); });
}

// The congestion controls of the runs.
std::vector<std::string> congestion_controls(const ExperimentOptions& e) {
  if (!e.congestion.empty()) return {e.congestion};
  const std::vector<std::string> competing = values(e.vary, "congestion");
  if (!competing.empty()) return competing;
  return {first_line("/proc/sys/net/ipv4/tcp_congestion_control")};
}

// Applies the check to the set-up of every contestant.
template <class Check>
void for_each_setup(const ExperimentOptions& e, Check check) {
  for (const Contestant& its : contestants_of(names_of(e.protos), e)) {
    WorldOptions world;
    world.variants = e.variants;
    world.endpoints = e.endpoints;
    world.subflows_per_link = e.subflows_per_link;
    apply(its.variant, world, world);
    // Without further subflows the endpoints have no effect.
    const Protocol& its_protocol = protocol(its.proto);
    if (world.ip == "dual" && !(its_protocol.client_is_mptcp && its_protocol.uses_all_links))
      world.endpoints = Endpoints::kNone;
    const std::string option_and_name =
        fmt::format("--vary: {}", contestant_name(its.proto, its.variant));
    option(option_and_name.c_str(), [&] {
      check(world);
      return 0;
    });
  }
}

// A kernel refuses further subflows silently.
void check_setups(const ExperimentOptions& e) {
  for_each_setup(e, [&](const Setup& setup) { check_setup(setup, e.scenario); });
}

bool asks_for_verdicts(const BenchOptions& o) {
  return o.begun_with.value_or(o.repeat) >= static_cast<int>(kFewestForInterval) ||
         !o.until_ci_text.empty() || !o.slo.empty();
}

void take_until_ci(const BenchOptions& o, ExperimentOptions& e) {
  if (o.until_ci_text.empty()) {
    if (o.max_repeat != BenchOptions().max_repeat)
      throw BadInput("--max-repeat: goes with --until-ci; give --until-ci 2% too");
    return;
  }
  if (e.slo)
    throw BadInput(
        "--until-ci: with --slo the search decides how many runs there are; leave it out");
  e.until_ci = option("--until-ci", [&] { return parse_percent(o.until_ci_text); });
  if (e.until_ci <= 0)
    throw BadInput(
        fmt::format("--until-ci: \"{}\" can never be reached; write 2%", o.until_ci_text));
  if (e.repeat > o.max_repeat)
    throw BadInput(fmt::format("--repeat: more than --max-repeat ({})", o.max_repeat));
}

// Verdicts need a warm-up until TCP has settled, and nobody should have to guess that time.
void take_warmup(const BenchOptions& o, ExperimentOptions& e) {
  const bool given = is_given(o, "warmup");
  const bool asked = given && asks_for_pilots(o, *find_load_field("warmup"));
  const bool sync = e.workload.kind == WorkloadKind::kReplicaSync;
  if (asked && sync) {
    throw BadInput(
        "--warmup: auto does not go with the workload replica-sync; write a time such as 5s");
  }
  e.auto_warmup = asked || (!given && !sync && asks_for_verdicts(o));
}

// A rate that follows a trace never settles.
void fit_warmup_to_traces(const BenchOptions& o, ExperimentOptions& e) {
  const LinkSpec* const traced = link_with_trace(e.scenario.links);
  if (traced == nullptr) return;
  if (e.auto_warmup && is_given(o, "warmup")) {
    throw BadInput(fmt::format(
        "--warmup: auto waits until the rate has settled, which it never does while {} follows a "
        "trace; write a time such as 3s",
        traced->name));
  }
  e.auto_warmup = false;
}

// Links and a store of ours.
void take_world(const BenchOptions& o, ExperimentOptions& e) {
  if (!o.auth_env.empty() || !o.auth_file.empty() || o.db != 0)
    throw BadInput("--auth-env, --auth-file and --db go with --target");
  e.scenario = load_scenario(o.scenario);
  // A variant without endpoints of its own has the standard of --vary, which is not the scenario's.
  if (e.scenario.endpoints && values(e.vary, "endpoints").empty())
    e.endpoints = *e.scenario.endpoints;
  // A variant without a number of its own has the standard of --vary, not that of the scenario.
  if (e.scenario.subflows_per_link && values(e.vary, "subflows-per-link").empty())
    e.subflows_per_link = *e.scenario.subflows_per_link;
  fit_warmup_to_traces(o, e);
  check_competing_flow(e);
  take_grid(o, e);
  fit_window(e, is_given(o, "duration"));
  check_setups(e);
  fit_window_to(e, congestion_controls(e), is_given(o, "duration") || !asks_for_verdicts(o));
  option("--duration", [&] { check_parameters(e.workload); });
  for (const ExperimentOptions& own : under_each_condition(e))
    check_hosts(own.workload, own.scenario.clients);
  e.store = choose_store(o.store, std::any_of(e.protos.begin(), e.protos.end(), needs_mptcp));
  for_each_setup(e, [&](const Setup& setup) {
    check_store_mptcp(e.store, setup.store_mptcp);
    check_path_manager(setup);
  });
  const std::optional<Bytes> available = o.dry_run ? std::nullopt : available_memory();
  if (!available) return;
  for (const ExperimentOptions& own : under_each_condition(e)) check_memory(own, *available);
}

void take_target(const BenchOptions& o, ExperimentOptions& e) {
  if (o.scenario != BenchOptions().scenario || o.store != "auto" || o.links != "auto" ||
      !o.controls.empty() || !o.ips.empty() || !o.variables.empty() || !o.settings.empty()) {
    throw BadInput(
        "--target: uses a store and a network that exist already; leave out --scenario, --store, "
        "--links, --congestion, --ip, --vary and --sysctl");
  }
  if (!e.workload.variants.empty())
    throw BadInput("--target: the variants of the workload file need links and a store of our own");
  for (const Proto proto : e.protos) {
    if (proto == Proto::kTcp || proto == Proto::kMptcp) continue;
    throw BadInput(fmt::format(
        "--proto: {} needs links and a store of our own; with --target, choose from tcp and mptcp",
        to_text(proto)));
  }
  e.target = target_of(o);
  take_grid(o, e);
  // The client's, because that of the store is unknown.
  fit_window_to(e, congestion_controls(e), is_given(o, "duration") || !asks_for_verdicts(o));
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
  take_slo(o, e);
  if (is_given(o, "arrivals") && !is_open_loop(e)) {
    throw BadInput(
        "--arrivals: a closed loop has no schedule; give --rate REQUESTS_PER_SECOND too");
  }
  take_variants(o, e);
  take_sysctls(o, e);
  take_until_ci(o, e);
  take_warmup(o, e);
  e.seed = o.seed.value_or(0);
  e.timeline = o.timeline_text == "off"
                   ? 0ns
                   : option("--timeline", [&] { return parse_interval(o.timeline_text); });
  if (o.target.empty()) {
    take_world(o, e);
  } else {
    take_target(o, e);
  }
  check_runs(e);
  check_rows(e);
  if (e.workload.kind == WorkloadKind::kReplicaSync) {
    if (is_given(o, "keyspace"))
      throw BadInput(
          "--keyspace: the workload replica-sync derives it from its data and the value size; "
          "leave it out");
    check_replica(e);
  }
  e.capture = o.capture;
  check_captured_runs(e);
  return e;
}

}  // namespace mpb
