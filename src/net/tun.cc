#include "net/tun.hh"

#include <fcntl.h>
#include <fmt/format.h>
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
          "this host has no /dev/net/tun; run: modprobe tun (in a container: pass --device "
          "/dev/net/tun to it)");
    case EACCES:
    case EPERM:
      throw CannotRun(
          "no permission to open /dev/net/tun; run: chmod 0666 /dev/net/tun, which is the default "
          "of distributions, or run as root");
    default:
      throw SysError("opening /dev/net/tun");
  }
}

}  // namespace

Tun open_tun(std::string_view name) {
  ifreq request{};
  if (name.size() >= sizeof request.ifr_name)
    throw BadInput(fmt::format("interface name \"{}\" is longer than 15 characters", name));
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = IFF_TUN | IFF_NO_PI;

  Fd fd = open_device();
  if (ioctl(fd.get(), TUNSETIFF, &request) < 0) {
    const int error = errno;
    if (error == EPERM) {
      throw CannotRun(
          fmt::format("creating the TUN device \"{}\" needs CAP_NET_ADMIN in its network "
                      "namespace; run as root, or allow user namespaces (in a container: pass "
                      "--cap-add NET_ADMIN to it)",
                      name));
    }
    if (error == EINVAL) throw BadInput(fmt::format("\"{}\" is not an interface name", name));
    throw SysError(fmt::format("creating the TUN device \"{}\"", name), error);
  }
  return {std::move(fd), request.ifr_name};
}

}  // namespace mpb
