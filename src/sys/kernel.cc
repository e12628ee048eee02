#include "sys/kernel.hh"

#include <sys/utsname.h>

#include <cstdio>
#include <utility>

namespace mpb {

bool kernel_at_least(int major, int minor) {
  utsname uts{};
  uname(&uts);
  std::pair<int, int> version{0, 0};
  if (std::sscanf(uts.release, "%d.%d", &version.first, &version.second) != 2) return false;
  return version >= std::pair(major, minor);
}

}  // namespace mpb
