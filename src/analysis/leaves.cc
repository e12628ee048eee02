#include "analysis/leaves.hh"

#include <nlohmann/json.hpp>

#include "analysis/links.hh"
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
Leaves leaves(const ScenarioRecord& scenario) {
  Json json = json_of(scenario);
  json.erase("links");
  Leaves all = leaves(json);
  for (const LinkRecord& link : scenario.links)
    all.emplace_back("links " + link.name, link_description(link));
  return all;
}
Leaves leaves(const WorkloadRecord& workload) { return leaves(json_of(workload)); }

}  // namespace mpb
