#include "net/tun.hh"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "sys/error.hh"

namespace mpb {

namespace {

// A TUN drops in silence when its reader is late, and the default of 500 packets is 60 ms at 100 Mbit/s. The emulated queue is the one
// that is to overflow, so this one must not.
constexpr int kTransmitQueue = 10000;

Fd open_device() {
  Fd fd{::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)};
  if (fd) return fd;
  switch (errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      throw CannotRun("no /dev/net/tun here; run: modprobe tun (in a container: pass --device /dev/net/tun to it)");
    case EACCES:
    case EPERM:
      throw CannotRun("may not open /dev/net/tun; run: chmod 0666 /dev/net/tun, as distributions ship it, or run as root");
    default:
      throw SysError("opening /dev/net/tun");
  }
}

}  // namespace

Tun open_tun(std::string_view name) {
  ifreq request{};
  if (name.size() >= sizeof request.ifr_name) throw BadInput("interface name \"" + std::string(name) + "\" is longer than 15 characters");
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = IFF_TUN | IFF_NO_PI;

  Fd fd = open_device();
  const std::string doing = "creating the TUN device \"" + std::string(name) + "\"";
  if (ioctl(fd.get(), TUNSETIFF, &request) < 0) {
    if (errno == EPERM) throw CannotRun(doing + " needs CAP_NET_ADMIN in its network namespace; run as root, or allow user namespaces");
    if (errno == EINVAL) throw BadInput("\"" + std::string(name) + "\" is no name for an interface");
    throw SysError(doing);
  }
  Tun tun{std::move(fd), request.ifr_name};

  const Fd any{check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "opening a socket")};
  request.ifr_qlen = kTransmitQueue;
  // This ioctl wants the capability on the host itself (net/core/dev_ioctl.c), so root of a user namespace may not; there only netlink
  // will do, and `ip link set ... txqueuelen`, which lab/topology runs on every TUN, uses it.
  if (ioctl(any.get(), SIOCSIFTXQLEN, &request) < 0 && errno != EPERM) throw SysError("setting the transmit queue of " + tun.name);
  return tun;
}

}  // namespace mpb
