#include "result/read_checks.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "result/condition.hh"
#include "result/machine.hh"
#include "result/protocol.hh"
#include "result/variant.hh"
#include "sys/error.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

// The limits of parts of a figure's name, which may become the name of a file.
constexpr std::size_t kLongestName = 16;  // the limit of the kernel for congestion controls
constexpr std::size_t kLongestValues = 100;
constexpr std::int64_t kMostSockets = 1'000'000;  // of a run
constexpr double kMostRate = 1e15;                // requests or bits per second, or a count
constexpr std::size_t kMostHosts = 10'000;        // from which the load of a run came
constexpr std::int64_t kMostBytes = 1'000'000'000'000'000;
constexpr std::size_t kMostPaths = 1000;          // of a host: pairs of addresses
constexpr std::size_t kMostFurtherSubflows = 64;  // of a connection, since Linux 7.2

bool is_percentage(double pct) { return pct >= 0 && pct <= 1e6; }

// Checks the name of a congestion control, which becomes part of the names of figures.
void check_congestion(const JsonField& object, const char* member, const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  if (!plain || name.size() > kLongestName)
    object.at(member).refuse("is not the name of a congestion control");
}

// Checks the settings of a variant, which become part of the names of figures and contestants.
void check_variant(const JsonField& object, const Settings& variant) {
  const JsonField field = object.at("settings");
  if (variant.size() > kMostVariables) field.refuse("has too many settings");
  for (const auto& [name, value] : variant) {
    if (find_setting(name) == nullptr) field.refuse("has a setting that cannot vary");
    if (!is_plain_setting(name) || !is_plain_setting(value))
      field.refuse("has a name or a value that no setting has");
  }
}

// Checks the variables of the plan, whose combinations are the contestants.
void check_vary(const JsonField& parameters, const std::vector<Variable>& vary) {
  const JsonField field = parameters.at("vary");
  if (vary.size() > kMostVariables) field.refuse("has too many variables");
  std::size_t combinations = 1;
  for (const Variable& variable : vary) {
    if (variable.values.empty() || variable.values.size() > kMostVariants)
      field.refuse("has a variable with no values, or too many");
    combinations *= variable.values.size();
    if (combinations > kMostVariants) field.refuse("has too many combinations");
    for (const std::string& value : variable.values)
      check_variant(parameters, {{variable.name, value}});
  }
}

// Checks the named variants of the workload file.
void check_named_variants(const JsonField& parameters,
                          const std::map<std::string, Settings>& variants) {
  const JsonField field = parameters.at("variants");
  if (variants.size() > kMostVariants) field.refuse("has too many variants");
  for (const auto& [name, settings] : variants) {
    if (!is_plain_setting(name)) field.refuse("has a name that no variant has");
    check_variant(parameters, settings);
  }
}

// Checks conditions, which become part of the names of figures and describe the links.
void check_conditions(const JsonField& object, const Settings& conditions) {
  const JsonField field = object.at("conditions");
  if (conditions.size() > kMostVariables) field.refuse("has too many settings");
  for (const auto& [name, value] : conditions) {
    if (!is_plain_condition(name) || !is_plain_condition(value))
      field.refuse("has a name or a value that no condition has");
    const std::optional<LinkProperty> property = link_property(name);
    if (property && property->name == "mtu") mtu_from(field.at(name), value);
    if (!property || property->name != "rate") continue;
    try {
      parse_rate(value);
    } catch (const BadInput& error) {
      field.at(name).refuse(error.what());
    }
  }
}

// Checks the variables of the grid, whose combinations are the conditions.
void check_grid(const JsonField& parameters, const std::vector<Variable>& grid) {
  const JsonField field = parameters.at("grid");
  if (grid.size() > kMostVariables) field.refuse("has too many variables");
  std::size_t combinations = 1;
  for (const Variable& variable : grid) {
    if (variable.values.empty() || variable.values.size() > kMostConditions)
      field.refuse("has a variable with no values, or too many");
    combinations *= variable.values.size();
    if (combinations > kMostConditions) field.refuse("has too many combinations");
    for (const std::string& value : variable.values)
      check_conditions(parameters, {{variable.name, value}});
  }
}

}  // namespace

void check_proto(const JsonField& field, const std::string& proto) {
  if (!is_proto(proto)) {
    field.refuse(
        fmt::format("is not a protocol: {}, or one of these with -again", protocol_names()));
  }
}

double mtu_from(const JsonField& field, const std::string& text) {
  constexpr Bytes kLeast = 1280_bytes;
  Bytes mtu;
  try {
    mtu = parse_size(text);
  } catch (const BadInput& error) {
    field.refuse(error.what());
  }
  if (mtu < kLeast) field.refuse("is too small for a link");
  return static_cast<double>(mtu.count);
}

namespace {

// Checks the paths of a run at a target, whose sums and shares a table shows.
void check_paths(const JsonField& field, std::size_t hosts, const std::vector<PathCount>& paths) {
  if (paths.size() > kMostPaths * std::max<std::size_t>(1, hosts))
    field["paths"].refuse("has more paths than a host can have");
  const auto in_range = [](std::int64_t count, std::int64_t most) {
    return count >= 0 && count <= most;
  };
  for (const PathCount& path : paths) {
    if (!in_range(path.subflows_start, kMostSockets) ||
        !in_range(path.subflows_end, kMostSockets) || !in_range(path.bytes_sent, kMostBytes) ||
        !in_range(path.bytes_retransmitted, kMostBytes) ||
        !in_range(path.bytes_received, kMostBytes))
      field["paths"].refuse("has a count that is out of range");
  }
}

void check_pilot(const JsonField& field, const Pilot& pilot) {
  check_proto(field["proto"], pilot.proto);
  check_congestion(field, "congestion", setting(pilot.variant, "congestion"));
  check_variant(field, pilot.variant);
  check_conditions(field, pilot.conditions);
  if (pilot.op.size() > kLongestValues) field["op"].refuse("is too long");
  if (pilot.values.size() > kLongestValues) field["values"].refuse("is too long");
  if (pilot.duration < 0s || pilot.duration > 1h)
    field["duration_s"].refuse("is not the duration of a pilot run");
  if (pilot.settled_after && (*pilot.settled_after < 0s || *pilot.settled_after > pilot.duration))
    field["settled_after_s"].refuse("is not within the pilot run");
}

}  // namespace

namespace {

void check_hosts_of(const JsonField& field, const Run& run) {
  if (run.hosts.size() > kMostHosts) field.at("hosts").refuse("has too many entries");
  for (std::size_t i = 0; i < run.hosts.size(); ++i) {
    const HostRecord& host = run.hosts[i];
    const JsonField its = field["hosts"].items()[i];
    if (host.name.size() > kLongestValues) its["name"].refuse("is too long");
    if (host.connections < 0) its["connections"].refuse("is out of range");
    if (!(host.throughput_rps >= 0 && host.throughput_rps <= kMostRate))
      its["throughput_rps"].refuse("is out of range");
    if (!std::all_of(host.cpu_pct.begin(), host.cpu_pct.end(), is_percentage))
      its["cpu"].refuse("has a value that is not a percentage");
  }
}

}  // namespace

void refuse_absurd(const JsonField& field, const Run& run) {
  const auto sane = [](double value) { return value >= 0 && value <= kMostRate; };
  if (run.rate_rps && !is_rate(*run.rate_rps)) field["rate_rps"].refuse(kRateOutOfRange);
  if (run.outcome.after_idle.value_or(0) > run.outcome.requests)
    field["after_idle"].refuse("is larger than the number of requests");
  if (run.outcome.complete_after.count() > run.outcome.ready_after.count())
    field["connecting_ns"].refuse("has more connections with all subflows than ready ones");
  if (run.outcome.joined_after.size() > kMostFurtherSubflows)
    field["connecting_ns"]["further_subflows"].refuse(
        "has more entries than a connection can have subflows");
  for (const auto& [end, count] : run.probe_rtt) {
    if (count.probing < 0 || count.probing > count.sockets || count.phases < count.probing ||
        count.sockets > kMostSockets || count.phases > kMostSockets)
      field["probe_rtt"].refuse("does not add up");
  }
  if (const auto& flow = run.competing_flow;
      flow && !(sane(static_cast<double>(flow->acked_bytes)) &&
                sane(static_cast<double>(flow->received_bytes)) && sane(flow->goodput_bps) &&
                sane(static_cast<double>(flow->held_back.count()))))
    field["competing_flow"].refuse("has a count that is out of range");
  check_paths(field, run.hosts.size(), run.outcome.paths);
  if (run.saturated && !run.rate_rps)
    field["saturated"].refuse("is true, but there is no rate_rps");
  for (const std::string& name : run.outcome.congestion_control)
    check_congestion(field, "congestion_control", name);
  check_congestion(field, "congestion", setting(run.variant, "congestion"));
  check_variant(field, run.variant);
  check_conditions(field, run.conditions);
  for (const auto& [name, text] : {std::pair{"op", &run.op}, {"values", &run.values}}) {
    if (text->size() > kLongestValues) field[name].refuse("is too long");
  }
  if (!sane(run.throughput_rps)) field["throughput_rps"].refuse("is out of range");
  if (!sane(run.goodput_bps)) field["goodput_bps"].refuse("is out of range");
  std::vector<double> shares = run.outcome.cpu_pct;
  for (const std::optional<double>& pct :
       {run.store_pct, run.store_thread_pct, run.emulator_pct, run.competing_flow_pct,
        run.system_pct, run.nice_pct, run.softirq_pct, run.system_before_pct, run.steal_pct,
        run.pressure_pct})
    shares.push_back(pct.value_or(0));
  if (!std::all_of(shares.begin(), shares.end(), is_percentage))
    field["cpu"].refuse("has a value that is not a percentage");
  check_hosts_of(field, run);
  if (run.block < 0 || run.block >= kMostBlocks) field["block"].refuse("is out of range");
  if (run.order < 0) field["order"].refuse("is out of range");
  if (!run.valid()) return;
  if (run.op == "sync" && (!run.replication || !run.replication->lag_ns))
    field["op"].refuse("is a synchronisation, but its measurements are missing");
}

void refuse_odd_runs(const JsonField& document, const Result& result) {
  const auto fits = [&](const std::vector<LinkTraffic>& links) {
    return links.empty() || links.size() == result.capacities.size();
  };
  const auto first_valid = std::find_if(result.runs.begin(), result.runs.end(),
                                        [](const Run& run) { return run.valid(); });
  for (auto run = result.runs.begin(); run != result.runs.end(); ++run) {
    const std::string number = std::to_string(run - result.runs.begin());
    const auto refuse = [&](const std::string& where, const std::string& why) {
      document.at("runs/" + number + where).refuse(why);
    };
    if (!fits(run->links)) refuse("/links", "are not the links of the scenario");
    for (const Segment& segment : run->outcome.segments) {
      if (!fits(segment.links)) refuse("/segments", "have links that are not in the scenario");
    }
    if (run->valid() && run->outcome.segments.size() != first_valid->outcome.segments.size())
      refuse("", "does not have the segments of the earlier runs");
  }
}

void check_head(const JsonField& document, const Result& result) {
  if (result.environment.cpus < 1)
    document["environment"]["cpus"].refuse("is not a number of CPUs");
  if (result.environment.machine) check_machine(document["environment"]["machine"]);
  const int clients = result.scenario.clients.value_or(1);
  const int links = static_cast<int>(result.scenario.links.size());
  if (clients < 1 || links % clients != 0 || (clients > 1 && links == 0))
    document["scenario"]["clients"].refuse("is not a number of clients with equally many links");
  if (result.parameters.repeat < 0 || result.parameters.repeat > kMostBlocks)
    document["parameters"]["repeat"].refuse("is not a number of blocks");
  if (document.has("parameters")) {
    check_vary(document["parameters"], result.parameters.vary);
    check_named_variants(document["parameters"], result.parameters.variants);
    check_grid(document["parameters"], result.parameters.grid);
  }
  for (const std::string& proto : result.parameters.protos)
    check_proto(document.at("parameters/protos"), proto);
  if (result.parameters.protos.size() > kProtocols.size())
    document.at("parameters/protos").refuse("has a protocol twice");
  const std::vector<int>& looks = result.extended_from;
  const auto in_range = [](int blocks) { return blocks >= 1 && blocks <= kMostBlocks; };
  if (looks.size() > kMostBlocks || !std::all_of(looks.begin(), looks.end(), in_range))
    document["extended_from"].refuse("is not a list of numbers of blocks");
  const auto elements = [&](const char* name) {
    return document.has(name) ? document[name].items() : std::vector<JsonField>();
  };
  const std::vector<JsonField> probes = elements("capacity_probes");
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (!is_rate(result.probes[i].throughput_rps))
      probes[i]["throughput_rps"].refuse(kRateOutOfRange);
    check_proto(probes[i]["proto"], result.probes[i].proto);
  }
  const std::vector<JsonField> pilots = elements("pilots");
  for (std::size_t i = 0; i < pilots.size(); ++i) check_pilot(pilots[i], result.pilots[i]);
  if (result.slo && !is_rate(result.slo->least_rps))
    document["slo"]["least_rps"].refuse(kRateOutOfRange);
}

}  // namespace mpb
