// The hosts of a world. Each of them has a network namespace of its own.
#pragma once

#include <string>

namespace mpb {

enum class Role { kClient, kServer, kRouter };

struct Place {
  Role role;
  int client = 1;  // the number of a client, from 1; always 1 for the others

  // From a Role, because most scenarios have one host of each.
  // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions)
  Place(Role its, int number = 1) : role(its), client(number) {}
  bool operator==(const Place&) const = default;
  bool operator==(Role) const = delete;  // would be the first client only: compare the roles
};

// "client", "client2", "server", "router".
inline std::string to_text(const Place& place) {
  if (place.role == Role::kServer) return "server";
  if (place.role == Role::kRouter) return "router";
  return place.client == 1 ? "client" : "client" + std::to_string(place.client);
}

}  // namespace mpb
