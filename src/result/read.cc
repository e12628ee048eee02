#include "result/read.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "result/field_reader.hh"
#include "result/fields.hh"
#include "result/json.hh"
#include "result/json_field.hh"
#include "result/protocol.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

// The limits of parts of a figure's name, which may become the name of a file.
constexpr std::size_t kLongestName = 16;  // the limit of the kernel for congestion controls
constexpr std::size_t kLongestValues = 100;
constexpr std::int64_t kMostSockets = 1'000'000;  // of a run
constexpr std::size_t kMostFurtherSubflows = 64;  // of a connection, since Linux 7.2
const std::string kNotAResult = "give a result that mptcp-bench has written";
const std::string kRunAgain = "run the experiment again with mptcp-bench " MPB_VERSION;

void check_proto(const JsonField& field, const std::string& proto) {
  if (!is_proto(proto)) {
    field.refuse(
        fmt::format("is not a protocol: {}, or one of these with -again", protocol_names()));
  }
}

Run run_from(const JsonField& field) {
  Run run;
  FieldReader reader(field);
  fields(reader, run);
  check_proto(field["proto"], run.proto);
  return run;
}

double rate_of(const JsonField& direction, const Settings& settings) {
  const auto rate = std::find_if(settings.begin(), settings.end(),
                                 [](const auto& setting) { return setting.first == "rate"; });
  if (rate == settings.end()) direction.at("rate").refuse("is missing");
  try {
    return static_cast<double>(parse_rate(rate->second).count);
  } catch (const BadInput& error) {
    direction.at("rate").refuse(error.what());
  }
}

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

// An MTU in bytes. The headers of a packet take less than the smallest.
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

void check_digest(const JsonField& digest) {
  constexpr std::size_t kDigits = 64;
  const auto text = digest.as<std::string>();
  if (text.size() != kDigits || text.find_first_not_of("0123456789abcdef") != std::string::npos)
    digest.refuse("is not a SHA-256 of 64 digits 0-9 and a-f");
}

void check_machine(const JsonField& machine) {
  for (const char* name : {"kernel_sha256", "config_sha256", "root_sha256"})
    check_digest(machine[name]);
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

// Checks bounds that no experiment approaches, and within which no sum overflows.
void refuse_absurd(const JsonField& field, const Run& run) {
  const auto sane = [](double value) { return value >= 0 && value <= 1e15; };
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
  if (!std::all_of(shares.begin(), shares.end(), [](double pct) { return pct >= 0 && pct <= 1e6; }))
    field["cpu"].refuse("has a value that is not a percentage");
  if (run.block < 0 || run.block >= kMostBlocks) field["block"].refuse("is out of range");
  if (run.order < 0) field["order"].refuse("is out of range");
  if (!run.valid()) return;
  if (run.op == "sync" && (!run.replication || !run.replication->lag_ns))
    field["op"].refuse("is a synchronisation, but its measurements are missing");
}

// Tables and charts expect the links of the scenario, and the segments of the first run, in every
// run. A file in which a run has others was not written by an experiment, and is refused here. A
// run that ended early may have none.
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

void check_schema(const Json& json, const std::string& file) {
  const bool has_schema = json.is_object() && json.contains("schema") && json["schema"].is_string();
  const std::string schema = has_schema ? json["schema"].get<std::string>() : "";
  if (schema == kSchema || schema == kSchemaBefore) return;
  throw BadInput(fmt::format("{}: /schema: is neither \"{}\" nor \"{}\"; {}", file, kSchema,
                             kSchemaBefore, kNotAResult));
}

// Checks the fields outside the runs.
void check_head(const JsonField& document, const Result& result) {
  if (result.environment.cpus < 1)
    document["environment"]["cpus"].refuse("is not a number of CPUs");
  if (result.environment.machine) check_machine(document["environment"]["machine"]);
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

// A result without an MTU was measured with the standard one.
double mtu_of(const JsonField& direction, const Settings& settings) {
  const std::string text = setting(settings, "mtu");
  return text.empty() ? LinkCapacity{}.mtu_bytes : mtu_from(direction.at("mtu"), text);
}

std::vector<LinkCapacity> capacities_of(const JsonField& document, const ScenarioRecord& scenario) {
  std::vector<LinkCapacity> capacities;
  const std::vector<JsonField> links = document["scenario"]["links"].items();
  for (std::size_t i = 0; i < links.size(); ++i) {
    const LinkRecord& link = scenario.links[i];
    capacities.push_back({.name = link.name,
                          .up_bps = rate_of(links[i]["up"], link.up),
                          .down_bps = rate_of(links[i]["down"], link.down),
                          .mtu_bytes = mtu_of(links[i]["up"], link.up)});
  }
  return capacities;
}

}  // namespace

Result result_from_json(std::string_view text, const std::string& file) {
  Result result;
  // There may be thousands of runs with histograms. Each is read as soon as its text is parsed, so
  // that never all of them are in memory as JSON. An unreadable run is reported last, because the
  // document may not be a result at all.
  std::string unreadable;
  const JsonSource source{file, kRunAgain};
  const auto take_run = [&](std::size_t index, const Json& json) {
    if (!unreadable.empty()) return;
    if (index >= kMostRuns) {
      unreadable =
          fmt::format("{}: /runs: has more than {} runs; {}", file, kMostRuns, kNotAResult);
      return;
    }
    const JsonField field(json, source, "/runs/" + std::to_string(index));
    try {
      result.runs.push_back(run_from(field));
      refuse_absurd(field, result.runs.back());
    } catch (const BadInput& error) {
      unreadable = error.what();
    }
  };
  const Json json = parse_json(text, file, kNotAResult, {"runs", take_run});
  check_schema(json, file);
  const JsonField document(json, source, "");
  FieldReader reader(document);
  fields(reader, result);
  result.capacities = capacities_of(document, result.scenario);
  check_head(document, result);
  if (!unreadable.empty()) throw BadInput(unreadable);
  document["runs"].items();
  refuse_odd_runs(document, result);
  if (document.has("measured_sha256"))
    result.measured_sha256 = document["measured_sha256"].as<std::string>();
  return result;
}

Result read_result(const std::string& file) {
  std::string text;
  try {
    text = read_file(file);
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}; {}", error.what(), kNotAResult));
  }
  return result_from_json(text, file);
}

Outcome outcome_from(const Json& json) {
  const JsonSource source{std::string(kOfOutcome), ""};
  Outcome outcome;
  FieldReader reader(JsonField(json, source, ""));
  fields(reader, outcome);
  return outcome;
}

std::optional<MachineRecord> machine_of_environment() {
  const char* text = std::getenv(kMachineVariable);
  return text == nullptr ? std::nullopt : std::optional(machine_from(text));
}

MachineRecord machine_from(std::string_view text) {
  const std::string remedy = "let tests/vm/run.sh --uml set it, or unset it";
  const JsonSource source{kMachineVariable, remedy};
  const Json json = parse_json(text, kMachineVariable, remedy);
  const JsonField document(json, source, "");
  MachineRecord machine;
  FieldReader reader(document);
  fields(reader, machine);
  check_machine(document);
  const Json known = json_of(machine);
  for (const auto& [name, value] : document.members()) {
    if (!known.contains(name)) value.refuse("is not a field of a machine");
  }
  return machine;
}

}  // namespace mpb
