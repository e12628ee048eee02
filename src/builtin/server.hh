// The built-in store: a small RESP server over TCP or MPTCP, for hosts without Redis or Valkey and
// for tests that need to know their store.
//
// One thread, one epoll. Memory is bounded by what it may store plus a bound on what is on its way
// in and out: a client that sends commands without reading the replies is not read from until it
// does; one that exceeds the bound is told so and closed.
#pragma once

#include <cstddef>
#include <functional>

#include "net/socket.hh"

namespace mpb {

struct ServerOptions {
  Address address;
  Transport transport = Transport::kTcp;
  std::size_t memory_limit =
      std::size_t{1} << 30U;  // of keys and values, and again of all requests and replies under way
  std::size_t max_clients = 10'000;
};

// Serves until `stop_fd` becomes readable. `on_listening` is called once, with the address in use.
void serve(const ServerOptions& options, int stop_fd,
           const std::function<void(const Address&)>& on_listening);

}  // namespace mpb
