#include "experiment/resume.hh"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/verdicts.hh"
#include "result/json.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

std::string shown(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void compare(const std::string& file, const std::string& field, const Json& before,
             const Json& now) {
  if (before == now) return;
  throw BadInput(
      fmt::format("{}: {}: was {} and is {} now, so further runs would not be comparable with the "
                  "finished ones; start again without --resume",
                  file, field, shown(before), shown(now)));
}

void compare_all(const std::string& file, const std::string& place, const Json& before,
                 const Json& now) {
  static const std::set<std::string> kDescribing{"/description", "/backend_why"};
  const Json was = before.flatten(), is = now.flatten();
  for (const auto& [pointer, value] : was.items()) {
    if (!kDescribing.contains(pointer))
      compare(file, place + pointer, value, is.value(pointer, Json("absent")));
  }
  for (const auto& [pointer, value] : is.items()) {
    if (!kDescribing.contains(pointer) && !was.contains(pointer))
      compare(file, place + pointer, "absent", value);
  }
}

// Each with its host. Without mpirun the list is empty.
Json ranks_of(const Environment& environment) {
  Json names = Json::array();
  for (const RankRecord& rank : environment.ranks) names.push_back(rank.name);
  return names;
}

}  // namespace

void check_same_world(const Result& before, const Result& now, const std::string& file) {
  compare(file, "/tool/version", before.tool_version, now.tool_version);
  const Environment &was = before.environment, &is = now.environment;
  compare(file, "/environment/kernel", was.kernel, is.kernel);
  compare(file, "/environment/cpus", was.cpus, is.cpus);
  // Older results do not contain these.
  if (was.cpu) compare(file, "/environment/cpu", *was.cpu, is.cpu.value_or("absent"));
  if (was.host_kernel)
    compare(file, "/environment/host_kernel", *was.host_kernel, is.host_kernel.value_or("absent"));
  // The host's default too, which the runs use without --congestion.
  if (was.congestion_control)
    compare(file, "/environment/congestion_control", *was.congestion_control,
            is.congestion_control.value_or("absent"));
  compare(file, "/environment/ranks", ranks_of(was), ranks_of(is));
  // tc(8) may have been updated. Older results do not contain this field.
  if (was.netem_seeded)
    compare(file, "/environment/netem_seeded", *was.netem_seeded, is.netem_seeded.value_or(false));
  // Two kernels of User Mode Linux have the same name.
  if (was.machine)
    compare_all(file, "/environment/machine", json_of(*was.machine),
                is.machine ? json_of(*is.machine) : Json::object());
  compare(file, "/seed", before.seed, now.seed);
  compare(file, "/store/kind", before.store.kind, now.store.kind);
  compare(file, "/store/version", before.store.version, now.store.version);
  // All but the number of blocks. Version 1 did not record them.
  if (!before.parameters.protos.empty()) {
    Parameters asked = now.parameters;
    asked.repeat = before.parameters.repeat;
    compare_all(file, "/parameters", json_of(before.parameters), json_of(asked));
  }
  compare_all(file, "/scenario", json_of(before.scenario), json_of(now.scenario));
  compare_all(file, "/workload", json_of(before.workload), json_of(now.workload));
}

void check_plan(const ExperimentOptions& options, const Result& before, const std::string& file) {
  if (options.slo) return;  // the next steps of a search follow from any runs
  ExperimentOptions all = options;
  // --until-ci may have made more blocks than --repeat.
  all.repeat = std::max(options.repeat, static_cast<int>(blocks_of(before)));
  check_runs(all);
  const std::vector<Cell> cells = plan_cells(all, before.probes);
  const auto text = [](int block, const std::string& proto, const Settings& variant,
                       const std::string& op, const std::string& values, std::optional<double> rate,
                       const Settings& conditions) {
    return fmt::format("block {}, {} {} {}{}{}", block, contestant_name(proto, variant), op, values,
                       rate ? fmt::format(" at {} req/s", Json(*rate).dump()) : "",
                       conditions_text(conditions));
  };
  const std::vector<Cell> pilots =
      options.auto_warmup ? pilot_cells(all, before.probes, before.pilots) : std::vector<Cell>{};
  for (std::size_t i = 0; i < before.pilots.size(); ++i) {
    const Pilot& pilot = before.pilots[i];
    const std::string was = text(0, pilot.proto, pilot.variant, pilot.op, pilot.values,
                                 pilot.rate_rps, pilot.conditions);
    if (i >= pilots.size() ||
        was != text(0, proto_name(pilots[i]), pilots[i].variant, pilots[i].name,
                    to_text(pilots[i].size), pilots[i].rate, pilots[i].conditions))
      throw BadInput(
          fmt::format("{}: /pilots/{}: is {}, which is not the plan of its command", file, i, was));
  }
  for (std::size_t i = 0; i < std::min(cells.size(), before.runs.size()); ++i) {
    const Cell& cell = cells[i];
    const Run& run = before.runs[i];
    // A synchronisation has no rate: its SETs come after it.
    const bool at_rate = options.workload.kind == WorkloadKind::kRequests;
    const std::string planned =
        text(cell.block, proto_name(cell), cell.variant, cell.name, to_text(cell.size),
             at_rate ? cell.rate : std::nullopt, cell.conditions);
    const std::string was =
        text(run.block, run.proto, run.variant, run.op, run.values, run.rate_rps, run.conditions);
    if (planned != was)
      throw BadInput(fmt::format("{}: /runs/{}: is {}, but the plan of its command has {}", file, i,
                                 was, planned));
  }
}

}  // namespace mpb
