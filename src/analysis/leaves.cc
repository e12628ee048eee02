#include "analysis/leaves.hh"

#include <nlohmann/json.hpp>

#include "result/json.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

void add_leaves(const Json& json, const std::string& path, Leaves& all) {
  const auto text = [](const Json& leaf) {
    return leaf.is_string() ? leaf.get<std::string>()
                            : leaf.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  if (json.is_object()) {
    for (const auto& [name, value] : json.items())
      add_leaves(value, path.empty() ? name : path + " " + name, all);
  } else if (json.is_array()) {
    std::string lines;
    for (const Json& item : json) lines += (lines.empty() ? "" : "\n") + text(item);
    all.emplace_back(path, lines);
  } else {
    all.emplace_back(path, text(json));
  }
}

Leaves leaves(const Json& json) {
  Leaves all;
  add_leaves(json, "", all);
  return all;
}

}  // namespace

Leaves leaves(const Environment& environment) { return leaves(json_of(environment)); }
Leaves leaves(const ScenarioRecord& scenario) { return leaves(json_of(scenario)); }
Leaves leaves(const WorkloadRecord& workload) { return leaves(json_of(workload)); }

}  // namespace mpb
