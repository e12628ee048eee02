#include "result/read.hh"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "result/field_reader.hh"
#include "result/fields.hh"
#include "result/json_field.hh"
#include "result/read_checks.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

const std::string kNotAResult = "give a result that mptcp-bench has written";
const std::string kRunAgain = "run the experiment again with mptcp-bench " MPB_VERSION;

Run run_from(const JsonField& field) {
  Run run;
  FieldReader reader(field);
  fields(reader, run);
  check_proto(field["proto"], run.proto);
  return run;
}

double rate_from(const JsonField& field, const std::string& text) {
  try {
    return static_cast<double>(parse_rate(text).count);
  } catch (const BadInput& error) {
    field.refuse(error.what());
  }
}

double rate_of(const JsonField& direction, const Settings& settings,
               const std::optional<TraceRecord>& trace) {
  if (trace) return trace->mean_bps;
  const auto rate = std::find_if(settings.begin(), settings.end(),
                                 [](const auto& setting) { return setting.first == "rate"; });
  if (rate == settings.end()) direction.at("rate").refuse("is missing");
  return rate_from(direction.at("rate"), rate->second);
}

// A result without a cap per flow does not have the field.
double flow_rate_of(const JsonField& direction, const Settings& settings) {
  const std::string text = setting(settings, "flow_rate");
  return text.empty() ? 0 : rate_from(direction.at("flow_rate"), text);
}

void check_schema(const Json& json, const std::string& file) {
  const bool has_schema = json.is_object() && json.contains("schema") && json["schema"].is_string();
  const std::string schema = has_schema ? json["schema"].get<std::string>() : "";
  if (schema == kSchema || schema == kSchemaBefore) return;
  throw BadInput(fmt::format("{}: /schema: is neither \"{}\" nor \"{}\"; {}", file, kSchema,
                             kSchemaBefore, kNotAResult));
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
                          .up_bps = rate_of(links[i]["up"], link.up, link.up_trace),
                          .down_bps = rate_of(links[i]["down"], link.down, link.down_trace),
                          .mtu_bytes = mtu_of(links[i]["up"], link.up),
                          .up_flow_bps = flow_rate_of(links[i]["up"], link.up),
                          .down_flow_bps = flow_rate_of(links[i]["down"], link.down)});
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

LoadReport load_report_from(const Json& json) {
  const JsonSource source{std::string(kOfReport), ""};
  const JsonField field(json, source, "");
  LoadReport report;
  FieldReader reader(field);
  fields(reader, report);
  if (!report.rows.adds_up()) field["timeline_rows"].refuse("does not add up");
  return report;
}

}  // namespace mpb
