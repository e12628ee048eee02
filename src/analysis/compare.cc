#include "analysis/compare.hh"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/evidence.hh"
#include "result/json.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

// Adds "kernel: 6.1 and 6.18" if the two differ. Either may be absent.
void note(std::vector<std::string>& all, const std::string& name, const Json& a, const Json& b) {
  const auto text = [](const Json& value) {
    if (value.is_null()) return std::string("none");
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  if (a != b) all.push_back(fmt::format("{}: {} and {}", name, text(a), text(b)));
}

Json member(const Json& json, const std::string& name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return json.is_object() && found != json.end() ? *found : Json();
}

// Compares every leaf of two objects, except the members in `without`: they are compared elsewhere,
// or do not affect the measurement. `prefix` is the path of the objects, "" for the host.
void note_leaves(std::vector<std::string>& all, const std::string& prefix, Json a, Json b,
                 const std::set<std::string>& without) {
  constexpr std::size_t kMost = 6;
  std::set<std::string> names;
  for (Json* json : {&a, &b}) {
    if (!json->is_object()) *json = Json::object();
    for (const std::string& name : without) json->erase(name);
    *json = json->flatten();
    for (const auto& [name, value] : json->items()) names.insert(name);
  }
  std::vector<std::string> found;
  names.erase("");  // an empty object flattens to this name
  for (const std::string& name : names)
    note(found, prefix + name.substr(prefix.empty() ? 1 : 0), member(a, name), member(b, name));
  for (std::size_t i = 0; i < found.size() && i < kMost; ++i) all.push_back(found[i]);
  if (found.size() > kMost)
    all.push_back(fmt::format("and {} more of {}", found.size() - kMost,
                              prefix.empty() ? "the host" : prefix));
}

void note_questions(std::vector<std::string>& all, const Result& a, const Result& b,
                    const std::set<std::string>& without) {
  note_leaves(all, "scenario", json_of(a.scenario), json_of(b.scenario),
              {"name", "description", "backend_why", "sysctls"});
  note_leaves(all, "workload", json_of(a.workload), json_of(b.workload), without);
  // Seconds of one clock cannot be compared with seconds of another.
  for (const char* name : {"virtual_time", "virtual_clock"})
    note(all, name, member(json_of(a.environment), name), member(json_of(b.environment), name));
}

// The warm-ups of all runs, in seconds.
Json warmups(const Result& result) {
  std::set<double> all;
  for (const Run& run : result.runs)
    all.insert(seconds(run.warmup.value_or(result.workload.warmup)));
  return all;
}

// The congestion controls of all valid runs.
Json congestion_controls(const Result& result) {
  std::set<std::string> names;
  for (const Run& run : result.runs) {
    if (run.valid())
      names.insert(run.outcome.congestion_control.begin(), run.outcome.congestion_control.end());
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// "tcp 1, mptcp 2": the number of paths of each protocol at a target, in valid runs.
Json paths_text(const Result& result) {
  std::map<std::string, std::set<std::size_t>> paths;
  for (const Run& run : result.runs) {
    if (run.valid() && !run.outcome.paths.empty()) paths[contestant(run)].insert(paths_of(run));
  }
  std::vector<std::string> texts;
  for (const auto& [name, numbers] : paths)
    texts.push_back(fmt::format("{} {}", name, fmt::join(numbers, " or ")));
  return texts.empty() ? Json() : Json(fmt::format("{}", fmt::join(texts, ", ")));
}

// "tcp, mptcp, mptcp+signal".
Json contestants_text(const Result& result) {
  std::vector<std::string> names;
  for (const Contestant& its : contestants_of(result))
    names.push_back(contestant_name(its.proto, its.variant));
  return fmt::format("{}", fmt::join(names, ", "));
}

// "link2.delay 5ms, 20ms; connections 1, 50".
Json grid_text(const Result& result) {
  std::vector<std::string> variables;
  for (const Variable& its : result.parameters.grid)
    variables.push_back(fmt::format("{} {}", its.name, fmt::join(its.values, ", ")));
  return variables.empty() ? Json() : Json(fmt::format("{}", fmt::join(variables, "; ")));
}

// The priority of the emulator in all valid runs: "real-time", "ordinary" or "mixed"; null if it is
// not known.
Json emulator_priorities(const Result& result) {
  std::set<std::string> names;
  for (const Run& run : result.runs) {
    if (run.valid() && run.emulator && run.emulator->sched_fifo)
      names.insert(*run.emulator->sched_fifo ? "real-time" : "ordinary");
  }
  if (names.empty()) return {};
  return names.size() == 1 ? *names.begin() : "mixed";
}

// Whether packets were captured in valid runs, which costs the emulator CPU time.
Json captured(const Result& result) {
  const bool any = std::any_of(result.runs.begin(), result.runs.end(), [](const Run& run) {
    return run.valid() && run.capture.has_value();
  });
  return any ? Json("yes") : Json();
}

// Whether two runs made the same requests. Connections, threads, pipeline and keys may differ: if
// the workloads differ in them, the user has allowed it.
bool made_same_requests(const Run& a, const Run& b) {
  return a.op == b.op && a.values == b.values && a.rate_rps == b.rate_rps &&
         a.arrivals == b.arrivals && a.conditions == b.conditions;
}

// The figure with the same name in another result, whatever its scenario is called. Otherwise the
// only one of its cell, metric and protocols, if that is so in both results. Otherwise the same for
// its requests in place of its cell. Null if there is none.
const Figure* counterpart(const Figure& figure, const std::vector<Figure>& own,
                          const std::vector<Figure>& others) {
  const auto name = [](const Figure& its) { return its.name.substr(its.name.find('/') + 1); };
  const auto found = std::find_if(others.begin(), others.end(),
                                  [&](const Figure& other) { return name(other) == name(figure); });
  if (found != others.end()) return &*found;
  const auto only_one = [&](const auto& has_same_place) -> const Figure* {
    const auto is_alike = [&](const Figure& its) {
      return its.metric == figure.metric && has_same_place(its) && its.proto == figure.proto &&
             its.base == figure.base;
    };
    if (std::count_if(own.begin(), own.end(), is_alike) != 1 ||
        std::count_if(others.begin(), others.end(), is_alike) != 1)
      return nullptr;
    return &*std::find_if(others.begin(), others.end(), is_alike);
  };
  if (const Figure* of_cell = only_one([&](const Figure& its) { return its.cell == figure.cell; }))
    return of_cell;
  return only_one([&](const Figure& its) {
    return !its.runs.empty() && !figure.runs.empty() &&
           made_same_requests(*its.runs.front(), *figure.runs.front());
  });
}

// Whether the difference "scenario/links/0/up/rate: 1mbit and 2mbit" has this name, or one that
// begins with it.
bool is_about(const std::string& difference, const std::string& field) {
  return !field.empty() && difference.starts_with(field) &&
         std::string(":/").find(difference[field.size()]) != std::string::npos;
}

}  // namespace

std::vector<std::string> differences_of_request(const Result& a, const Result& b) {
  std::vector<std::string> found;
  note_questions(found, a, b, {});
  note(found, "scenario/name", a.scenario.name, b.scenario.name);
  note_leaves(found, "scenario/sysctls", member(json_of(a.scenario), "sysctls"),
              member(json_of(b.scenario), "sysctls"), {});
  note_leaves(found, "parameters", json_of(a.parameters), json_of(b.parameters), {});
  note(found, "seed", a.seed, b.seed);
  return found;
}

void refuse_comparison(const std::string& name_a, const std::string& name_b,
                       const std::vector<std::string>& differences, const std::string& remedy) {
  throw BadInput(fmt::format("{} and {} did not measure the same: {}; {}", name_a, name_b,
                             fmt::join(differences, "; "), remedy));
}

Differences differences(const Result& a, const Result& b, const std::vector<std::string>& allowed) {
  Differences found;
  // Operations, sizes and rates may differ: the cells that both results have are compared.
  note_questions(found.refused, a, b, {"ops", "sizes", "rate_rps", "rates_rps", "warmup_s"});
  // Warm-ups that pilot runs determine differ a little from day to day.
  const bool by_pilots = a.parameters.auto_warmup && b.parameters.auto_warmup;
  note(by_pilots ? found.listed : found.refused, "warm-up", warmups(a), warmups(b));

  // Without real-time priority the emulator is later, and a busy machine affects the latency.
  const Json priority_a = emulator_priorities(a), priority_b = emulator_priorities(b);
  if (!priority_a.is_null() && !priority_b.is_null())
    note(found.refused, "the emulator's priority", priority_a, priority_b);

  note(found.refused, "packet capture", captured(a), captured(b));

  const auto is_allowed = [&allowed](const std::string& difference) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const std::string& field) { return is_about(difference, field); });
  };
  std::copy_if(found.refused.begin(), found.refused.end(), std::back_inserter(found.listed),
               is_allowed);
  std::erase_if(found.refused, is_allowed);

  // The set-up is what a comparison is about.
  note(found.listed, "scenario", a.scenario.name, b.scenario.name);
  note(found.listed, "congestion control", congestion_controls(a), congestion_controls(b));
  if (!a.parameters.vary.empty() || !b.parameters.vary.empty())
    note(found.listed, "contestants", contestants_text(a), contestants_text(b));
  // The cells of conditions that both have are compared.
  note(found.listed, "grid", grid_text(a), grid_text(b));
  note_leaves(found.listed, "sysctls", member(json_of(a.parameters), "sysctls"),
              member(json_of(b.parameters), "sysctls"), {});
  note_leaves(found.listed, "scenario/sysctls", member(json_of(a.scenario), "sysctls"),
              member(json_of(b.scenario), "sysctls"), {});
  const Json environment_a = json_of(a.environment), environment_b = json_of(b.environment);
  const auto note_member = [&](std::vector<std::string>& all, const char* name) {
    note(all, name, member(environment_a, name), member(environment_b, name));
  };
  // Most comparisons are of kernels, CPUs or stores, so their differences come first.
  for (const char* name : {"kernel", "host_kernel", "cpu"}) note_member(found.listed, name);
  note_leaves(found.listed, "machine", member(environment_a, "machine"),
              member(environment_b, "machine"), {});
  note(found.listed, "store", a.store.kind + " " + a.store.version,
       b.store.kind + " " + b.store.version);
  note(found.listed, "mptcp-bench", a.tool_version, b.tool_version);
  note_leaves(found.listed, "", environment_a, environment_b,
              {"kernel", "host_kernel", "cpu", "machine", "virtual_time", "virtual_clock",
               "namespaces", "commands", "steal_pct", "memory_bytes"});
  // Qdiscs and endpoints of links of ours follow from the scenario.
  if (is_at_target(a) && is_at_target(b)) {
    const auto host = [](const Json& environment) {
      return member(member(environment, "namespaces"), "client");
    };
    for (const char* name : {"qdiscs", "offloads", "mptcp_endpoints", "mptcp_limits"})
      note(found.listed, fmt::format("this host's {}", name), member(host(environment_a), name),
           member(host(environment_b), name));
    note(found.listed, "paths of each protocol", paths_text(a), paths_text(b));
  }
  for (const char* role : {"client", "server"}) {
    const auto sysctls = [role](const Json& environment) {
      return member(member(member(environment, "namespaces"), role), "sysctls");
    };
    note_leaves(found.listed, std::string(role) + "'s sysctls", sysctls(environment_a),
                sysctls(environment_b), {"net.ipv4.tcp_mem"});
  }
  return found;
}

namespace {

std::vector<CompareRow> rows_of(const Analysis& a, const Analysis& b) {
  const std::vector<Figure>&figures_a = a.figures, &figures_b = b.figures;
  std::vector<CompareRow> rows;
  for (const Figure& figure : figures_a) {
    const Figure* other = counterpart(figure, figures_a, figures_b);
    if (!figure.metric->headline || other == nullptr) continue;
    const auto is_positive = [](double value) { return value > 0; };
    if (!std::all_of(figure.values.begin(), figure.values.end(), is_positive) ||
        !std::all_of(other->values.begin(), other->values.end(), is_positive))
      continue;
    CompareRow row{figure, *other, {}, {}};
    row.comparison = unpaired(row.a.values, row.b.values, row.a.metric->margin);
    rows.push_back(std::move(row));
  }
  std::vector<Claim> claims;
  for (const CompareRow& row : rows) {
    claims.push_back({.comparison = &row.comparison,
                      .metric = row.a.metric,
                      .can_be_judged = row.a.withheld.empty() && row.b.withheld.empty() &&
                                       can_be_judged(*row.a.metric, *row.a.runs.front()),
                      .too_short = row.a.too_short + row.b.too_short,
                      .at_least = row.b.at_least || row.a.at_most,
                      .at_most = row.b.at_most || row.a.at_least});
  }
  const std::vector<Judgement> judgements =
      judge_together(claims, adjustment_of(a.result, b.result), [&](std::size_t) {
        // Runs of two results are not paired, so fewer can decide.
        return looks_at(a.result, kFewestForInterval) + looks_at(b.result, kFewestForInterval) - 1;
      });
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].judgement = judgements[i];
  return rows;
}

}  // namespace

Adjustment adjustment_of(const Result& a, const Result& b) {
  const Adjustment of_a = adjustment_of(a.parameters);
  return of_a == Adjustment::kHolm ? of_a : adjustment_of(b.parameters);
}

std::vector<CompareRow> compare(const Analysis& a, const Analysis& b) { return rows_of(a, b); }

std::string only_in(const std::vector<Figure>& figures, const std::vector<Figure>& others) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> names;
  for (const Figure& figure : figures) {
    if (figure.metric->headline && counterpart(figure, figures, others) == nullptr)
      names.push_back(figure.name.substr(figure.name.find('/') + 1));
  }
  const std::size_t more = names.size() - std::min(names.size(), kMost);
  names.resize(names.size() - more);
  const std::string text = fmt::format("{}", fmt::join(names, ", "));
  return more > 0 ? fmt::format("{} and {} more", text, more) : text;
}

}  // namespace mpb
