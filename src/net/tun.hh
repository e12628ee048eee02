// A TUN device in the network namespace of the calling thread: what is routed to it is read from
// its descriptor, one IP packet a read(), and what is written to the descriptor arrives from it.
// Bare IP packets (IFF_NO_PI); no offloads, so the kernel hands over segmented, checksummed packets
// of at most one MTU. Non-blocking, CLOEXEC. The device goes with the descriptor, and the
// descriptor keeps working after the thread has left the namespace, which is how one process comes
// to hold both ends of a link.
#pragma once

#include <string>
#include <string_view>

#include "sys/fd.hh"

namespace mpb {

struct Tun {
  Fd fd;
  std::string name;
};

// Creates the device, down and without addresses. An empty name leaves the choice to the kernel
// ("tun0"). Its transmit queue is the kernel's 500 packets: `ip link set NAME txqueuelen N` makes
// it longer (SIOCSIFTXQLEN does not, within a user namespace). Throws CannotRun, with the remedy,
// where the host or its privileges do not allow it, BadInput for a name that is none.
Tun open_tun(std::string_view name);

}  // namespace mpb
