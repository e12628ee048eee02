// A client and a server network namespace of our own, joined by links of TUNs, for benchmarks with
// real packets. Needs root or a user namespace. Everything made here goes with the process, and no
// packet leaves it.
#pragma once

#include <arpa/inet.h>
#include <sched.h>
#include <sys/socket.h>

#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "net/tun.hh"
#include "sys/error.hh"

namespace mpb {

// The far end of link `index` (from 0) as seen from one side: the client is 10.<index>.1.1, the
// server 10.<index>.1.2.
inline sockaddr_in address_of(std::size_t index, bool client, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr =
      htonl(0x0a000100u | static_cast<unsigned>(index) << 16 | (client ? 1u : 2u));
  return address;
}

// A thread in a fresh namespace with one TUN a link, up: hands out the TUNs, then runs `work`
// there.
template <class Work>
std::pair<std::thread, std::vector<Fd>> start_side(bool client, std::size_t links, Work work) {
  std::promise<std::vector<Fd>> plugs;
  std::future<std::vector<Fd>> ready = plugs.get_future();
  std::thread thread([client, links, work, plugs = std::move(plugs)]() mutable {
    try {
      if (unshare(CLONE_NEWNET) < 0) throw CannotRun("making network namespaces needs root");
      std::vector<Fd> fds;
      for (std::size_t i = 0; i < links; ++i) {
        Tun tun = open_tun("link" + std::to_string(i));
        const std::string net = "10." + std::to_string(i) + ".1.";
        const std::string setup = "ip link set lo up; ip addr add " + net + (client ? "1" : "2") +
                                  " peer " + net + (client ? "2" : "1") + "/32 dev " + tun.name +
                                  " && ip link set " + tun.name +
                                  " txqueuelen 10000 up";  // as in the world of a run
        if (std::system(setup.c_str()) != 0) throw RunFailed("cannot set up " + tun.name);
        fds.push_back(std::move(tun.fd));
      }
      plugs.set_value(std::move(fds));
    } catch (...) {
      return plugs.set_exception(std::current_exception());
    }
    work();
  });
  try {
    return {std::move(thread), ready.get()};
  } catch (...) {
    thread.join();
    throw;
  }
}

// A UDP socket that is bound, so that the far end's packets meet no ICMP errors, and connected.
inline Fd udp_socket(std::size_t index, bool client) {
  Fd fd{check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "opening a UDP socket")};
  const sockaddr_in here = address_of(index, client, 9);
  const sockaddr_in there = address_of(index, !client, 9);
  check(bind(fd.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here),
        "binding a UDP socket");
  check(connect(fd.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there),
        "connecting a UDP socket");
  return fd;
}

}  // namespace mpb
