// The addresses of a world: 10.0.i.1 of the client and 10.1.i.1 of the server on link i (from 1),
// and fd00:0:i::1 and fd00:1:i::1 where links carry IPv6 too.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>

namespace mpb {

enum class Family { kV4, kV6 };

// `side` is 0 for the client's end of a link and 1 for the server's; links count from 0. Host 0 is
// the subnet itself.
inline std::string subnet(int side, std::size_t link, int host, Family family = Family::kV4) {
  if (family == Family::kV4) return fmt::format("10.{}.{}.{}", side, link + 1, host);
  const std::string network = fmt::format("fd00:{}:{:x}::", side, link + 1);
  return host == 0 ? network : network + fmt::format("{:x}", host);
}

inline std::string client_address(std::size_t link, Family family = Family::kV4) {
  return subnet(0, link, 1, family);
}
inline std::string server_address(std::size_t link, Family family = Family::kV4) {
  return subnet(1, link, 1, family);
}

}  // namespace mpb
