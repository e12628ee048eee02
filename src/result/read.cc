#include "result/read.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "result/fields.hh"
#include "result/json.hh"
#include "result/protocol.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

// Numbers in JSON are exact up to here: 104 days of nanoseconds.
constexpr std::int64_t kMostExact = std::int64_t{1} << 53;
// The limits of parts of a figure's name, which may become the name of a file.
constexpr std::size_t kLongestName = 16;  // the limit of the kernel for congestion controls
constexpr std::size_t kLongestValues = 100;
constexpr std::int64_t kMostSockets = 1'000'000;  // of a run
constexpr std::size_t kMostFurtherSubflows = 64;  // of a connection, since Linux 7.2
const std::string kNotAResult = "give a result that mptcp-bench has written";
const std::string kRunAgain = "run the experiment again with mptcp-bench " MPB_VERSION;

// The origin of a document, and the remedy if it cannot be read.
struct Source {
  std::string name;
  std::string remedy;
};

// A value of the document and its position.
class Field {
 public:
  Field(const Json& json, const Source& source, std::string pointer)
      : json_(&json), source_(&source), pointer_(std::move(pointer)) {}

  [[noreturn]] void refuse(const std::string& why) const {
    throw BadInput(fmt::format("{}: {}: {}{}{}", source_->name, pointer_.empty() ? "/" : pointer_,
                               why, source_->remedy.empty() ? "" : "; ", source_->remedy));
  }

  // The position of a value below this one that is missing, or that was not kept. It can only
  // refuse().
  Field at(const std::string& pointer) const {
    return {*json_, *source_, pointer_ + "/" + pointer};
  }

  bool has(const char* name) const { return json_->is_object() && json_->contains(name); }

  Field operator[](const std::string& name) const {
    if (!json_->is_object()) refuse("is not an object");
    const auto found = json_->find(name);
    if (found == json_->end()) at(name).refuse("is missing");
    return {*found, *source_, pointer_ + "/" + name};
  }

  std::vector<Field> items() const {
    if (!json_->is_array()) refuse("is not an array");
    std::vector<Field> all;
    for (std::size_t i = 0; i < json_->size(); ++i)
      all.emplace_back((*json_)[i], *source_, pointer_ + "/" + std::to_string(i));
    return all;
  }

  std::vector<std::pair<std::string, Field>> members() const {
    if (!json_->is_object()) refuse("is not an object");
    std::vector<std::pair<std::string, Field>> all;
    for (const auto& [name, value] : json_->items())
      all.emplace_back(name, Field(value, *source_, pointer_ + "/" + name));
    return all;
  }

  template <class T>
  T as() const {
    if constexpr (std::is_same_v<T, std::string>) {
      if (!json_->is_string()) refuse("is not text");
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json_->is_boolean()) refuse("is neither true nor false");
    } else if constexpr (std::is_integral_v<T>) {
      try {
        const T value = whole_number<T>(*json_);
        // The sum of a thousand such numbers fits too.
        if constexpr (std::is_same_v<T, std::int64_t>) {
          if (value < -kMostExact || value > kMostExact) refuse("is out of range");
        }
        return value;
      } catch (const BadInput& error) {
        refuse(error.what());
      }
    } else {
      if (!json_->is_number()) refuse("is not a number");
    }
    return json_->get<T>();
  }

  // An array of whole numbers. Most of a result consists of long ones, so this constructs a Field
  // only for a number that it refuses.
  template <class T>
  std::vector<T> numbers() const {
    if (!json_->is_array()) refuse("is not an array");
    std::vector<T> all;
    all.reserve(json_->size());
    for (const Json& item : *json_) {
      if (item.is_number_unsigned() && std::in_range<T>(item.get<std::uint64_t>())) {
        all.push_back(static_cast<T>(item.get<std::uint64_t>()));
      } else {
        all.push_back(Field(item, *source_, pointer_ + "/" + std::to_string(all.size())).as<T>());
      }
    }
    return all;
  }

  bool is_null() const { return json_->is_null(); }

 private:
  const Json* json_;
  const Source* source_;
  std::string pointer_;
};

Histogram histogram_from(const Field& latency) {
  const auto count = latency["count"].as<std::uint64_t>();
  if (count == 0) return {};
  const Field field = latency["histogram"];
  if (field["sub_bucket_bits"].as<int>() != Histogram::kSubBucketBits)
    field["sub_bucket_bits"].refuse("belongs to another layout");
  const auto deltas = field["index_delta"].numbers<std::uint32_t>();
  const auto counts = field["count"].numbers<std::uint64_t>();
  if (deltas.size() != counts.size()) field["count"].refuse("is not as long as index_delta");
  std::vector<Histogram::Bucket> buckets;
  buckets.reserve(deltas.size());
  std::uint32_t index = 0;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    index += deltas[i];
    buckets.push_back({index, counts[i]});
  }
  try {
    Histogram histogram = Histogram::from_buckets(buckets, Nanos{field["min"].as<std::int64_t>()},
                                                  Nanos{field["max"].as<std::int64_t>()},
                                                  field["sum"].as<std::uint64_t>());
    if (histogram.count() != count)
      latency["count"].refuse("is not the number of values in the histogram");
    return histogram;
  } catch (const std::invalid_argument& error) {
    field.refuse(error.what());
  }
}

// The visitor that reads fields (result/fields.hh).
class Reader {
 public:
  explicit Reader(Field object) : object_(std::move(object)) {}

  template <class T>
  void operator()(const char* name, T& value) {
    read(object_[name], name, value);
  }
  template <class T>
  void operator()(const char* name, std::optional<T>& value) {
    if (object_.has(name)) read(object_[name], name, value.emplace());
  }
  template <class T>
  void when(bool, const char* name, T& value) {
    if (object_.has(name)) read(object_[name], name, value);
  }
  template <class T>
  void derived(const char*, const T&) {}
  template <class T>
  void added(const char* name, T& value) {
    when(true, name, value);
  }
  template <class Fields>
  void group(const char* name, Fields fields) {
    const Field outer = object_;
    object_ = outer[name];
    fields();
    object_ = outer;
  }
  template <class Fields>
  void group_when(bool, const char* name, Fields fields) {
    if (object_.has(name)) group(name, fields);
  }

 private:
  static void read(const Field& field, const std::string&, Histogram& value) {
    value = histogram_from(field);
  }
  static void read(const Field& field, const std::string& name, Nanos& value) {
    if (!name.ends_with("_s")) {
      value = Nanos{field.as<std::int64_t>()};
      return;
    }
    const double nanos = field.as<double>() * 1e9;
    if (!(std::abs(nanos) <= static_cast<double>(kMostExact))) field.refuse("is out of range");
    value = Nanos{std::llround(nanos)};
  }
  static void read(const Field& field, const std::string&, Losses& value) {
    for (const auto& [name, count] : field.members()) {
      std::size_t loss = 0;
      while (loss < kLosses && to_text(static_cast<Loss>(loss)) != name) ++loss;
      if (loss == kLosses) count.refuse("is not a kind of error");
      value[loss] = count.as<std::uint64_t>();
    }
  }
  static void read(const Field& field, const std::string&, SloRule& value) {
    try {
      value = parse_slo(field.as<std::string>());
    } catch (const BadInput& error) {
      field.refuse(error.what());
    }
  }
  static void read(const Field& field, const std::string&, Settings& value) {
    for (const auto& [name, text] : field.members())
      value.emplace_back(name, text.as<std::string>());
  }
  static void read(const Field& field, const std::string&, Column& value) {
    for (const Field& item : field.items())
      value.push_back(item.is_null() ? std::nullopt : std::optional(item.as<std::int64_t>()));
  }
  template <class T>
  static void read(const Field& field, const std::string& name, std::vector<T>& value) {
    if constexpr (std::is_integral_v<T>) {
      value = field.numbers<T>();
    } else {
      for (const Field& item : field.items()) read(item, name, value.emplace_back());
    }
  }
  template <class T>
  static void read(const Field& field, const std::string& name, std::set<T>& value) {
    for (const Field& item : field.items()) {
      T element;
      read(item, name, element);
      value.insert(std::move(element));
    }
  }
  template <class T>
  static void read(const Field& field, const std::string& name, std::map<std::string, T>& value) {
    for (const auto& [key, item] : field.members()) read(item, name, value[key]);
  }
  template <class T>
  static void read(const Field& field, const std::string&, T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      value = field.as<T>();
    } else {
      Reader reader(field);
      fields(reader, value);
    }
  }

  Field object_;
};

void check_proto(const Field& field, const std::string& proto) {
  if (!is_proto(proto)) {
    field.refuse(
        fmt::format("is not a protocol: {}, or one of these with -again", protocol_names()));
  }
}

Run run_from(const Field& field) {
  Run run;
  Reader reader(field);
  fields(reader, run);
  check_proto(field["proto"], run.proto);
  return run;
}

double rate_of(const Field& direction, const Settings& settings) {
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
void check_congestion(const Field& object, const char* member, const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  if (!plain || name.size() > kLongestName)
    object.at(member).refuse("is not the name of a congestion control");
}

// Checks the settings of a variant, which become part of the names of figures and contestants.
void check_variant(const Field& object, const Settings& variant) {
  const Field field = object.at("settings");
  if (variant.size() > kMostVariables) field.refuse("has too many settings");
  for (const auto& [name, value] : variant) {
    if (find_setting(name) == nullptr) field.refuse("has a setting that cannot vary");
    if (!is_plain_setting(name) || !is_plain_setting(value))
      field.refuse("has a name or a value that no setting has");
  }
}

// Checks the variables of the plan, whose combinations are the contestants.
void check_vary(const Field& parameters, const std::vector<Variable>& vary) {
  const Field field = parameters.at("vary");
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
void check_named_variants(const Field& parameters,
                          const std::map<std::string, Settings>& variants) {
  const Field field = parameters.at("variants");
  if (variants.size() > kMostVariants) field.refuse("has too many variants");
  for (const auto& [name, settings] : variants) {
    if (!is_plain_setting(name)) field.refuse("has a name that no variant has");
    check_variant(parameters, settings);
  }
}

// An MTU in bytes. The headers of a packet take less than the smallest.
double mtu_from(const Field& field, const std::string& text) {
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
void check_conditions(const Field& object, const Settings& conditions) {
  const Field field = object.at("conditions");
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
void check_grid(const Field& parameters, const std::vector<Variable>& grid) {
  const Field field = parameters.at("grid");
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

void check_digest(const Field& digest) {
  constexpr std::size_t kDigits = 64;
  const auto text = digest.as<std::string>();
  if (text.size() != kDigits || text.find_first_not_of("0123456789abcdef") != std::string::npos)
    digest.refuse("is not a SHA-256 of 64 digits 0-9 and a-f");
}

void check_machine(const Field& machine) {
  for (const char* name : {"kernel_sha256", "config_sha256", "root_sha256"})
    check_digest(machine[name]);
}

void check_pilot(const Field& field, const Pilot& pilot) {
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
void refuse_absurd(const Field& field, const Run& run) {
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
void refuse_odd_runs(const Field& document, const Result& result) {
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
void check_head(const Field& document, const Result& result) {
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
    return document.has(name) ? document[name].items() : std::vector<Field>();
  };
  const std::vector<Field> probes = elements("capacity_probes");
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (!is_rate(result.probes[i].throughput_rps))
      probes[i]["throughput_rps"].refuse(kRateOutOfRange);
    check_proto(probes[i]["proto"], result.probes[i].proto);
  }
  const std::vector<Field> pilots = elements("pilots");
  for (std::size_t i = 0; i < pilots.size(); ++i) check_pilot(pilots[i], result.pilots[i]);
  if (result.slo && !is_rate(result.slo->least_rps))
    document["slo"]["least_rps"].refuse(kRateOutOfRange);
}

// A result without an MTU was measured with the standard one.
double mtu_of(const Field& direction, const Settings& settings) {
  const std::string text = setting(settings, "mtu");
  return text.empty() ? LinkCapacity{}.mtu_bytes : mtu_from(direction.at("mtu"), text);
}

std::vector<LinkCapacity> capacities_of(const Field& document, const ScenarioRecord& scenario) {
  std::vector<LinkCapacity> capacities;
  const std::vector<Field> links = document["scenario"]["links"].items();
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
  const Source source{file, kRunAgain};
  const auto take_run = [&](std::size_t index, const Json& json) {
    if (!unreadable.empty()) return;
    if (index >= kMostRuns) {
      unreadable =
          fmt::format("{}: /runs: has more than {} runs; {}", file, kMostRuns, kNotAResult);
      return;
    }
    const Field field(json, source, "/runs/" + std::to_string(index));
    try {
      result.runs.push_back(run_from(field));
      refuse_absurd(field, result.runs.back());
    } catch (const BadInput& error) {
      unreadable = error.what();
    }
  };
  const Json json = parse_json(text, file, kNotAResult, {"runs", take_run});
  check_schema(json, file);
  const Field document(json, source, "");
  Reader reader(document);
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
  const Source source{std::string(kOfOutcome), ""};
  Outcome outcome;
  Reader reader(Field(json, source, ""));
  fields(reader, outcome);
  return outcome;
}

std::optional<MachineRecord> machine_of_environment() {
  const char* text = std::getenv(kMachineVariable);
  return text == nullptr ? std::nullopt : std::optional(machine_from(text));
}

MachineRecord machine_from(std::string_view text) {
  const std::string remedy = "let tests/vm/run.sh --uml set it, or unset it";
  const Source source{kMachineVariable, remedy};
  const Json json = parse_json(text, kMachineVariable, remedy);
  const Field document(json, source, "");
  MachineRecord machine;
  Reader reader(document);
  fields(reader, machine);
  check_machine(document);
  const Json known = json_of(machine);
  for (const auto& [name, value] : document.members()) {
    if (!known.contains(name)) value.refuse("is not a field of a machine");
  }
  return machine;
}

}  // namespace mpb
