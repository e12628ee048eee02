#include "net/tun.hh"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>

#include "sys/error.hh"

namespace mpb {

namespace {

Fd open_device() {
  Fd fd{::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)};
  if (fd) return fd;
  switch (errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      throw CannotRun(
          "no /dev/net/tun here; run: modprobe tun (in a container: pass --device /dev/net/tun to "
          "it)");
    case EACCES:
    case EPERM:
      throw CannotRun(
          "may not open /dev/net/tun; run: chmod 0666 /dev/net/tun, as distributions ship it, or "
          "run as root");
    default:
      throw SysError("opening /dev/net/tun");
  }
}

}  // namespace

Tun open_tun(std::string_view name) {
  ifreq request{};
  if (name.size() >= sizeof request.ifr_name)
    throw BadInput("interface name \"" + std::string(name) + "\" is longer than 15 characters");
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = IFF_TUN | IFF_NO_PI;

  Fd fd = open_device();
  const std::string doing = "creating the TUN device \"" + std::string(name) + "\"";
  if (ioctl(fd.get(), TUNSETIFF, &request) < 0) {
    if (errno == EPERM)
      throw CannotRun(
          doing +
          " needs CAP_NET_ADMIN in its network namespace; run as root, or allow user namespaces");
    if (errno == EINVAL)
      throw BadInput("\"" + std::string(name) + "\" is no name for an interface");
    throw SysError(doing);
  }
  return {std::move(fd), request.ifr_name};
}

}  // namespace mpb
