// Several client hosts with links of their own to one server.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "emu/link_fields.hh"
#include "scenario/endpoints.hh"

namespace mpb {

// Of all clients together. Each has a routing table of its own and an address such as 10.0.64.1.
inline constexpr std::size_t kMostLinksOfAll = 64;

// "link1" of the first client, "link1_c2" of the second. No scenario file has a name with "_", so
// no two links get the same name.
std::string name_of_client(const std::string& link, int client);

// Whether the clients alone know their links. In the other modes, the server would announce the
// links of one client to the others too.
bool suits_several_clients(Endpoints endpoints);

// Gives each of `clients` hosts the links of the first one, and the numbers of its backup links.
void add_clients(int clients, std::vector<LinkSpec>& links, std::set<std::size_t>& backups);

}  // namespace mpb
