#include "analysis/figure_names.hh"

#include "analysis/text.hh"
#include "result/condition.hh"
#include "sys/units.hh"

namespace mpb {

std::string cell_name(const Result& result, const Run& run) {
  const Defaults& defaults = result.defaults;
  const WorkloadRecord& workload = result.workload;
  std::string name = run.op + "_" + run.values;
  if (run.replication) {
    name += "_" + to_text(Bytes{run.replication->data_bytes});
  } else if (run.connections != defaults.connections) {
    name += "_c" + std::to_string(run.connections);
  }
  if (run.threads != defaults.threads) name += "_t" + std::to_string(run.threads);
  if (run.pipeline != defaults.pipeline) name += "_P" + std::to_string(run.pipeline);
  if (workload.requests_per_connection)
    name += "_" + std::to_string(*workload.requests_per_connection) + "perconn";
  // The rate of the SETs that a replica has to follow.
  if (run.replication && workload.rate_rps) name += "_" + number(*workload.rate_rps) + "rps";
  if (run.rate_rps) name += "_" + number(*run.rate_rps) + "rps";
  if (run.arrivals == "poisson") name += "_poisson";
  if (workload.keyspace && *workload.keyspace != defaults.keyspace)
    name += "_r" + std::to_string(*workload.keyspace);
  if (workload.keys != defaults.keys) name += "_" + workload.keys;
  for (const auto& [variable, value] : run.conditions) {
    // The parameters of the load are parts of the name above.
    if (link_property(variable)) name += "_" + variable + "=" + value;
  }
  return name_part(name, ":+=");
}

std::string variant_name(const std::string& proto, const std::set<std::string>& congestion,
                         const Settings& variant) {
  std::string name = name_part(proto);
  if (congestion.size() == 1) name += "+congestion=" + name_part(*congestion.begin());
  for (const auto& [setting, value] : variant) {
    if (setting != "congestion") name += "+" + name_part(setting) + "=" + name_part(value);
  }
  return name;
}

std::string variant_name(const Result& result, const RunGroup& group) {
  const Run& first = *group.first;
  if (const std::string asked = setting(first.variant, "congestion"); !asked.empty())
    return variant_name(first.proto, {asked}, first.variant);
  std::set<std::string> congestion;
  for (const Run& run : result.runs) {
    if (!belongs_to(run, group)) continue;
    congestion.insert(run.outcome.congestion_control.begin(), run.outcome.congestion_control.end());
  }
  return variant_name(first.proto, congestion, first.variant);
}

std::string cell_name(const Result& result, const RunGroup& group) {
  return cell_name(result, group.valid.empty() ? *group.first : *group.valid.front());
}

std::string scenario_name(const Result& result) { return name_part(result.scenario.name); }

std::string name_part(std::string text, const char* also) {
  for (char& c : text) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && std::string("._-").find(c) == std::string::npos &&
        std::string(also).find(c) == std::string::npos)
      c = '_';
  }
  return text.empty() ? "_" : text;
}

}  // namespace mpb
