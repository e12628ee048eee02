#include "scenario/clients.hh"

#include <fmt/format.h>

namespace mpb {

std::string to_text(const Place& place) {
  switch (place.role) {
    case Role::kServer:
      return "server";
    case Role::kRouter:
      return "router";
    case Role::kClient:
      break;
  }
  return place.client == 1 ? "client" : fmt::format("client{}", place.client);
}

std::string name_of_client(const std::string& link, int client) {
  return client == 1 ? link : fmt::format("{}_c{}", link, client);
}

bool suits_several_clients(Endpoints endpoints) {
  return endpoints == Endpoints::kSubflow || endpoints == Endpoints::kBackup ||
         endpoints == Endpoints::kNone;
}

void add_clients(Scenario& scenario, int clients) {
  const std::vector<LinkSpec> links = scenario.links;
  const std::set<std::size_t> backups = scenario.backups;
  for (int client = 2; client <= clients; ++client) {
    for (const std::size_t backup : backups)
      scenario.backups.insert(scenario.links.size() + backup);
    for (LinkSpec link : links) {
      link.name = name_of_client(link.name, client);
      scenario.links.push_back(std::move(link));
    }
  }
  scenario.clients = clients;
}

}  // namespace mpb
