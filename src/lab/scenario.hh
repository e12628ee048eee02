// A scenario: the links between client and server, read from a JSON file such as netns/two-lossy-links.json.
//
// netns/README.md documents the file. Every quantity carries its unit, every field is known, and an error names the file, the JSON pointer
// and the remedy. This struct owns the schema; nothing else reads those files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "emu/model.hh"

namespace mpb {

enum class Role { kClient, kServer, kRouter };

std::string to_text(Role role);  // "client", "server", "router"

struct Scenario {
  std::string name;
  std::string description;
  std::vector<LinkSpec> links;                                 // 1 to 8: the kernel takes at most 8 subflows a connection
  std::map<Role, std::map<std::string, std::string>> sysctls;  // on top of our own, for experiments: {"server": {"net.mptcp.enabled": "0"}}
};

// NAME (a file of the netns folder without its .json) or the path of a file. Throws BadInput; an unknown name suggests the nearest.
Scenario load_scenario(const std::string& name_or_file);

Scenario scenario_from_json(const std::string& text, const std::string& path);

// The path of "NAME|FILE" among the shipped files of a kind ("netns", "workloads"); throws BadInput with the nearest name.
std::string find_data_file(const std::string& kind, const std::string& what, const std::string& name_or_file);

}  // namespace mpb
