// A TUN device in the network namespace of the calling thread. A read() of its descriptor returns
// one packet that was routed to the device, and a packet that is written to the descriptor arrives
// from the device. Packets are bare IP packets (IFF_NO_PI) without offloads, so the kernel provides
// segmented packets of at most one MTU, with checksums. The descriptor is non-blocking and CLOEXEC,
// and the device disappears with it. It works after the thread has left the namespace too, so one
// process can own both ends of a link.
#pragma once

#include <string>
#include <string_view>

#include "sys/fd.hh"

namespace mpb {

struct Tun {
  Fd fd;
  std::string name;
};

// Creates the device, down and without addresses. For an empty name, the kernel chooses one
// ("tun0"). The transmit queue has the kernel's default of 500 packets; `ip link set NAME
// txqueuelen N` makes it longer (in a user namespace, SIOCSIFTXQLEN does not). Throws CannotRun
// with the remedy if the host or the privileges do not allow a TUN device, BadInput for an invalid
// name.
Tun open_tun(std::string_view name);

}  // namespace mpb
