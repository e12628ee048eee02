// Reads the settings of a world back from the kernel, and compares them with those that it should
// have. A sysctl may have been rounded, and another program may have removed an endpoint.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenario/topology.hh"
#include "world/spaces.hh"

namespace mpb {

// Clauses such as "the client's endpoints are 10.0.2.1 dev link2 subflow instead of none". Empty if
// everything is as it should be.
std::vector<std::string> wrong_settings(const WorldOptions& options, const Spaces& spaces);

// From the lines of `ip mptcp endpoint show`, without the endpoints that the kernel made itself.
std::vector<Endpoint> endpoints_from_text(const std::vector<std::string>& lines);

// From the line of `ip mptcp limits show`: {"add_addr_accepted": "0", "subflows": "1"}.
std::map<std::string, std::string> limits_from_text(const std::string& line);

}  // namespace mpb
