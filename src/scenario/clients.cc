#include "scenario/clients.hh"

#include <fmt/format.h>

namespace mpb {

std::string name_of_client(const std::string& link, int client) {
  return client == 1 ? link : fmt::format("{}_c{}", link, client);
}

bool suits_several_clients(Endpoints endpoints) {
  return endpoints == Endpoints::kSubflow || endpoints == Endpoints::kBackup ||
         endpoints == Endpoints::kNone;
}

void add_clients(int clients, std::vector<LinkSpec>& links, std::set<std::size_t>& backups) {
  const std::vector<LinkSpec> of_first = links;
  const std::set<std::size_t> backups_of_first = backups;
  for (int client = 2; client <= clients; ++client) {
    for (const std::size_t backup : backups_of_first) backups.insert(links.size() + backup);
    for (LinkSpec link : of_first) {
      link.name = name_of_client(link.name, client);
      links.push_back(std::move(link));
    }
  }
}

}  // namespace mpb
