#include "analysis/write.hh"

#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/evidence.hh"
#include "analysis/explain.hh"
#include "analysis/figures.hh"
#include "analysis/slo.hh"
#include "analysis/steadiness.hh"
#include "result/json.hh"
#include "result/measured.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

Json interval_json(const Interval& interval) {
  return {{"low", interval.low}, {"high", interval.high}};
}

// The settings of a variant as a run has them (result/fields.hh).
void add_variant(Json& json, const Settings& variant) {
  for (const auto& [name, value] : variant) json["settings"][name] = value;
  if (const std::string congestion = setting(variant, "congestion"); !congestion.empty())
    json["congestion"] = congestion;
}

void add_conditions(Json& json, const Settings& conditions) {
  for (const auto& [name, value] : conditions) json["conditions"][name] = value;
}

Json explanation_json(const Explanation& why, const Result& result) {
  Json json{{"op", why.op}, {"values", why.values}, {"proto", why.proto}};
  if (why.rate_rps) json["rate_rps"] = *why.rate_rps;
  add_variant(json, why.variant);
  add_conditions(json, why.conditions);
  json["of_links"] = Json::object();
  for (std::size_t i = 0; i < why.of_links.size(); ++i) {
    if (why.of_links[i]) json["of_links"][result.capacities[i].name] = *why.of_links[i];
  }
  if (why.of_all_links) json["of_all_links"] = *why.of_all_links;
  json["shares"] = Json::object();
  for (std::size_t i = 0; i < why.shares.size(); ++i)
    json["shares"][result.capacities[i].name] = why.shares[i];
  if (why.retransmitted) json["retransmitted"] = *why.retransmitted;
  json["after_first_byte_ns"] = why.after_first_byte_ns;
  Json intervals = Json::object();
  for (const auto& [who, cost] : cpu_costs(why)) {
    json[who + "_cpu_ns"] = cost.ns;
    if (cost.interval) intervals[who] = interval_json(*cost.interval);
  }
  if (!intervals.empty()) json["cpu_intervals_ns"] = std::move(intervals);
  const auto ratio = [&json](const std::string& name, const std::optional<Centre>& its) {
    if (!its) return;
    json[name] = its->value;
    if (its->interval) json[name + "_interval"] = interval_json(*its->interval);
  };
  ratio("stack_ratio", why.stack_ratio);
  ratio("stack_cpu_ratio", why.stack_cpu_ratio);
  return json;
}

Json runs_json(std::size_t made, std::size_t invalid) {
  return {{"made", made}, {"invalid", invalid}};
}

// Identifies the figure by the properties that its runs share.
Json figure_json(const Figure& figure) {
  const Run& run = *figure.runs.front();
  Json json{{"name", figure.name}, {"cell", figure.cell}, {"op", run.op}, {"values", run.values}};
  if (run.rate_rps && !run.search) json["rate_rps"] = *run.rate_rps;
  add_conditions(json, run.conditions);
  json["proto"] = figure.proto;
  json["variant"] = figure.variant;
  if (figure.comparison) json["base"] = figure.base, json["base_variant"] = figure.base_variant;
  json["metric"] = figure.metric->name;
  if (!figure.comparison) json["unit"] = unit_name(figure.metric->unit);
  json["n"] = figure.values.size();
  // Only some protocols can fail to join subflows, so each figure has the number of invalid runs.
  json["runs"] = runs_json(figure.made, figure.invalid);
  if (figure.comparison) json["base_runs"] = runs_json(figure.base_made, figure.base_invalid);
  json[figure.comparison ? "ratio" : "median"] = figure.value;
  if (figure.interval) json["interval"] = interval_json(*figure.interval);
  if (!figure.comparison) json["mad"] = figure.mad;
  json["samples"] = figure.values;
  json["outliers"] = figure.outliers;
  if (!figure.comparison) return json;
  const Comparison& comparison = *figure.comparison;
  if (figure.interval) {  // with fewer blocks, these would show nothing either
    json["p"] = comparison.p;
    json["mann_whitney_p"] = comparison.mann_whitney_p;
    json["cliffs_delta"] = comparison.cliffs_delta;
  }
  json["margin"] = figure.metric->margin;
  const Judgement& judgement = figure.judgement;
  json["verdict"] = to_text(judgement.verdict);
  if (!figure.withheld.empty()) json["no_verdict_because"] = figure.withheld;
  if (judgement.family > 0) {
    json["adjusted_p"] = judgement.p;
    json["family"] = judgement.family;
  }
  if (judgement.blocks_missing) json["blocks_missing"] = *judgement.blocks_missing;
  return json;
}

// `group` has a trend.
Json trend_json(const RunGroup& group) {
  const Run& run = *group.first;
  const Steadiness its = *steadiness_of(group);
  Json json{{"op", run.op}, {"values", run.values}, {"proto", run.proto}};
  if (run.rate_rps) json["rate_rps"] = *run.rate_rps;
  add_variant(json, run.variant);
  add_conditions(json, run.conditions);
  json["change"] = its.change.value;
  if (its.change.interval) json["interval"] = interval_json(*its.change.interval);
  json["steady"] = its.steady;
  if (its.settles_after) json["settles_after_ns"] = its.settles_after->count();
  return json;
}

Json answers_json(const Analysis& analysis) {
  Json json = Json::array();
  for (const SloAnswer& answer : analysis.answers) {
    Json entry{{"op", answer.op}, {"values", answer.values}, {"proto", answer.proto}};
    if (answer.rate) {
      entry["rate_rps"] = answer.rate->value;
      entry["interval"] = interval_json(answer.rate->interval);
    }
    if (answer.held_rps) entry["held_at_rps"] = *answer.held_rps;
    if (answer.failed_rps) entry["fails_at_rps"] = *answer.failed_rps;
    if (answer.never_valid_rps) entry["invalid_from_rps"] = *answer.never_valid_rps;
    if (answer.ratio) {
      entry["base"] = answer.base;
      entry["ratio"] = answer.ratio->value;
      entry["ratio_interval"] = interval_json(answer.ratio->interval);
      entry["differs"] = differs_from_base(answer);
      if (!answer.withheld.empty()) entry["not_compared_because"] = answer.withheld;
    }
    entry["ended"] = answer.ended;
    entry["valid_runs"] = answer.valid_runs;
    entry["runs"] = answer.runs;
    json.push_back(std::move(entry));
  }
  return json;
}

bool is_leaf_array(const Json& json) {
  return json.is_array() && std::none_of(json.begin(), json.end(),
                                         [](const Json& item) { return item.is_structured(); });
}

std::string indent_of(int depth) { return std::string(static_cast<std::size_t>(depth) * 2, ' '); }

// nlohmann's dump(2) would write each number of a histogram on its own line, a hundred thousand
// lines. This keeps an array of plain values on one line.
void write_indented(const Json& json, std::string& out, int depth) {
  if (!json.is_structured() || json.empty() || is_leaf_array(json)) {
    out += json.dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  const std::string indent = indent_of(depth + 1);
  out += json.is_object() ? "{\n" : "[\n";
  bool first = true;
  for (auto it = json.begin(); it != json.end(); ++it) {
    if (!first) out += ",\n";
    first = false;
    out += indent;
    if (json.is_object()) out += Json(it.key()).dump() + ": ";
    write_indented(*it, out, depth + 1);
  }
  out += "\n" + indent_of(depth) + (json.is_object() ? "}" : "]");
}

// Writes the document member by member. Only one element of a list exists as JSON at a time.
class Document {
 public:
  explicit Document(const Sink& sink) : sink_(sink) { sink_("{"); }

  void member(const std::string& name, const Json& value) {
    begin(name);
    write(value, 1);
  }

  template <class Range, class Make>
  void list(const std::string& name, const Range& range, Make make) {
    begin(name);
    const char* between = "[";
    for (const auto& element : range) {
      sink_(between + ("\n" + indent_of(2)));
      write(make(element), 2);
      between = ",";
    }
    sink_(range.empty() ? "[]" : "\n" + indent_of(1) + "]");
  }

  void end() { sink_("\n}\n"); }

 private:
  void begin(const std::string& name) {
    sink_((first_ ? "\n" : ",\n") + indent_of(1) + Json(name).dump() + ": ");
    first_ = false;
  }

  void write(const Json& value, int depth) {
    std::string text;
    write_indented(value, text, depth);
    sink_(text);
  }

  const Sink& sink_;
  bool first_ = true;
};

std::vector<const Figure*> figures_that(const Analysis& analysis, bool compare) {
  std::vector<const Figure*> figures;
  for (const Figure& figure : analysis.figures) {
    // The answers of a search contain its ratios.
    if (figure.base.empty() != compare && figure.comparison.has_value() == compare)
      figures.push_back(&figure);
  }
  return figures;
}

}  // namespace

void write_json(const Analysis& analysis, const Sink& sink) {
  const Result& result = analysis.result;
  Document document(sink);
  Json head = json_of_head(result);
  if (result.slo) head["slo"]["answers"] = answers_json(analysis);
  for (const auto& [name, value] : head.items()) document.member(name, value);
  MeasuredDigest digest(result);
  document.list("runs", result.runs, [&digest](const Run& run) {
    Json json = json_of(run);
    digest.add(json);
    return json;
  });
  document.member("measured_sha256", digest.hex());
  document.list("explanations", analysis.explanations,
                [&](const Explanation& why) { return explanation_json(why, result); });
  const std::vector<std::string> evidence = evidence_sentences(result);
  if (!evidence.empty()) document.member("evidence", evidence);
  std::vector<RunGroup> with_trend;
  for (const RunGroup& group : analysis.groups) {
    if (steadiness_of(group)) with_trend.push_back(group);
  }
  document.list("trends", with_trend, trend_json);
  const auto json_of = [](const Figure* figure) { return figure_json(*figure); };
  document.list("figures", figures_that(analysis, false), json_of);
  document.list("comparisons", figures_that(analysis, true), json_of);
  document.end();
}

std::string to_json(const Analysis& analysis) {
  std::string text;
  write_json(analysis, [&text](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace mpb
