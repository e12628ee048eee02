// The addresses of a world: 10.0.i.1 of the client and 10.1.i.1 of the server on link i (from 1).
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>

namespace mpb {

// `side` is 0 for the client's end of a link and 1 for the server's; links count from 0.
inline std::string subnet(int side, std::size_t link, int host) {
  return fmt::format("10.{}.{}.{}", side, link + 1, host);
}

inline std::string client_address(std::size_t link) { return subnet(0, link, 1); }
inline std::string server_address(std::size_t link) { return subnet(1, link, 1); }

}  // namespace mpb
