#include <sys/utsname.h>

#include <nlohmann/json.hpp>

#include "result/json.hh"
#include "tools/lab_proof.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const OpenedConnections& its) {
  return {{"opened", its.opened},        {"mptcp", its.mptcp},
          {"fell_back", its.fell_back},  {"tcp", its.tcp},
          {"no_answer", its.unanswered}, {"further_subflows", its.further_subflows}};
}

Json changed_counters(const Counters& change) {
  Json json = Json::object();
  for (const auto& [name, value] : change) {
    if (value != 0) json[name] = value;
  }
  return json;
}

Json json_of(const LinkUse& link, bool sampled) {
  Json json{{"name", link.name},
            {"client_tx_bytes", link.client_tx_bytes},
            {"client_rx_bytes", link.client_rx_bytes}};
  if (!sampled) return json;
  json["most_subflows"] = link.most_subflows;
  json["most_tcp"] = link.most_tcp;
  return json;
}

}  // namespace

std::string to_json(const LabProof& proof) {
  utsname uts{};
  uname(&uts);
  Json json{{"schema", "mptcp-bench/lab/1"},
            {"tool_version", MPB_VERSION},
            {"kernel", uts.release},
            {"scenario", proof.scenario},
            {"links_by", proof.backend},
            {"command", proof.command},
            {"exit_status", proof.exit_status},
            {"duration_s", seconds(proof.duration)},
            {"answer", answer(proof)}};
  Json& connections = json["connections"] = Json::object();
  Json& counters = json["counters"] = Json::object();
  for (const auto& [role, its] : opened_connections(proof.counters)) {
    connections[role] = json_of(its);
    connections[role]["accepted_fell_back"] = accepted_fallbacks(proof.counters.at(role));
    counters[role] = changed_counters(proof.counters.at(role));
  }
  MissingCounters missing;
  for (const auto& [role, change] : proof.counters) missing = missing_counters(change);
  json["counts_unanswered_subflows"] = !missing.joins;
  json["counts_late_fallbacks"] = !missing.fallbacks;
  json["samples"] = proof.samples;
  Json& links = json["links"] = Json::array();
  for (const LinkUse& link : proof.links) links.push_back(json_of(link, proof.samples > 0));
  if (proof.capture) json["capture"] = json_of(*proof.capture);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mpb
