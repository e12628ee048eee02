#include "lab/record.hh"

#include <time.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "emu/control.hh"
#include "lab/target.hh"
#include "result/environment.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

std::string utc_now() {
  const time_t seconds = time(nullptr);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string scenario_json(const ExperimentOptions& options) {
  if (options.target) return R"({"name": "target", "backend": "none", "links": []})";
  Json json{{"name", options.scenario.name},
            {"description", options.scenario.description},
            {"backend", to_text(options.backend)}};
  json["backend_why"] = options.backend_why;
  json["links"] = parse_json(links_to_json(options.scenario.links), "links");
  for (const std::size_t link : options.scenario.backups) json["links"][link]["backup"] = true;
  if (!options.scenario.events.empty())
    json["events"] = parse_json(events_to_json(options.scenario), "events");
  for (const auto& [role, settings] : options.scenario.sysctls)
    json["sysctls"][to_text(role)] = settings;
  return json.dump();
}

std::string workload_json(const ExperimentOptions& options) {
  const Workload& w = options.workload;
  Json json;
  if (w.kind == WorkloadKind::kReplicaSync)
    json = {{"kind", "replica-sync"}, {"data_bytes", w.data.count}};
  for (const Op op : w.ops) json["ops"].push_back(to_text(op));
  for (const ValueSize& size : w.sizes) json["sizes"].push_back(to_text(size));
  json["keys"] = to_text(w.keys);
  if (w.kind == WorkloadKind::kRequests) json["keyspace"] = w.keyspace;
  json["connections"] = w.connections;
  json["threads"] = w.threads;
  json["pipeline"] = w.pipeline;
  if (w.rate) json["rate_rps"] = *w.rate;
  if (!options.rates.empty()) json["rates_rps"] = options.rates;
  if (options.auto_rates) json["rates"] = "auto";
  json["arrivals"] = is_open_loop(options) ? std::string(to_text(w.arrivals)) : "closed";
  json["warmup_s"] = seconds(w.warmup);
  json["duration_s"] = seconds(w.duration);
  json["timeout_s"] = seconds(w.timeout);
  return json.dump();
}

}  // namespace

Result recorded(const ExperimentOptions& options) {
  Result result;
  result.command = options.command;
  result.started = utc_now();
  result.seed = options.seed;
  result.scenario_json = scenario_json(options);
  result.workload_json = workload_json(options);
  Json environment = parse_json(host_environment_json(), "environment");
  if (options.target) {
    environment["namespaces"]["client"]["sysctls"] = parse_json(network_sysctls_json(), "sysctls");
  } else {
    for (const Step& step : topology(options.scenario, options.backend, options.congestion,
                                     has_endpoints(options, Proto::kTcp))) {
      environment["commands"].push_back(to_text(step));
    }
  }
  result.environment_json = environment.dump();
  if (options.slo) result.slo = SloAsked{to_text(*options.slo), least_rate(options)};
  if (options.target) {
    result.store = {
        "target", target_version(*options.target), "asked for with --target", {}, false};
  } else {
    const StoreChoice& store = options.store;
    const bool mptcp = std::any_of(options.protos.begin(), options.protos.end(), needs_mptcp);
    for (const LinkSpec& link : options.scenario.links) {
      result.capacities.push_back({link.name, static_cast<double>(link.up.rate.count),
                                   static_cast<double>(link.down.rate.count)});
    }
    result.store = {to_text(store.kind), store.version, store.why,
                    store_command(store, mptcp ? Transport::kMptcp : Transport::kTcp, kStorePort),
                    mptcp};
  }
  return result;
}

}  // namespace mpb
