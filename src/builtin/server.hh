// The built-in store: a small RESP server over TCP or MPTCP, for hosts without Redis or Valkey, and
// for tests that need a store with known behaviour.
//
// One thread, one epoll. The limit of stored data and a limit of requests and replies in flight
// bound the memory. The server stops reading from a client that sends commands without reading the
// replies. A client that exceeds the limit gets an error, and its connection is closed.
#pragma once

#include <cstddef>
#include <functional>

#include "net/socket.hh"

namespace mpb {

struct ServerOptions {
  Address address;
  Transport transport = Transport::kTcp;
  // The limit of keys and values, and also that of all requests and replies in flight.
  std::size_t memory_limit = std::size_t{1} << 30U;
  std::size_t max_clients = 100'000;
};

// Serves until `stop_fd` becomes readable. Calls `on_listening` once, with the address in use.
void serve(const ServerOptions& options, int stop_fd,
           const std::function<void(const Address&)>& on_listening);

}  // namespace mpb
